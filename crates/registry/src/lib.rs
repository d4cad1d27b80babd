//! The registry: the compiled, validated, versioned form of the resources, which the data plane reads.
//!
//! What is here: the compiled types and their stored form, the rule which persons a subscription selects, and the rule
//! where a consumer's data may go. All of it is pure.
//!
//! What is not here: no manifest and no file (crate `control` compiles), no store, no network, no name resolution and no
//! clock; `today` comes from the caller.

mod age;
mod destination;
mod id;
mod model;
mod selection;
mod stored;

pub use age::AgeRange;
pub use destination::{Destination, Net, NetError, allows, is_public};
pub use id::{ConsumerId, ObjectRef, SecretRef, SourceId, SubscriptionId, uid};
pub use model::{
    Authority, Consumer, Content, Directory, Environment, Grant, Limits, Purpose, Registry, Retry, SCHEMA, Source,
    Subscription, Webhook,
};
pub use selection::{Clause, Municipality};
pub use stored::StoredError;
