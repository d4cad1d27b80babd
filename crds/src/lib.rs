//! The custom resources of `cprbroker.dk/v1alpha1` as Rust types, their schemas, and one validation for both ways in:
//! the API server enforces the generated schemas, [`SpecSchema::validate`] enforces the same schemas on a folder of manifests.
//!
//! The schemas hold exactly the fields that work in this version. An unknown field is refused, never ignored. The YAML
//! beside this crate is generated from the types and kept current by a test.
//!
//! What is not here: no client, no API server, no rule between objects (crate `control`), nothing about persons.

mod consumer;
mod kind;
pub mod rule;
mod schema;
mod source;
mod subscription;
mod text;

pub use consumer::{ConsumerType, Content, CprConsumer, CprConsumerSpec, Limits, Retry, SecretReference, Tls, Webhook};
pub use kind::{GROUP, Kind, VERSION, generated};

pub use schema::{Problem, SpecSchema, sayable};
pub use source::{
    Allowed, Authority, CprSource, CprSourceSpec, Destination, Directory, Environment, Namespaces, SelectionKind,
    Selections, SourceType,
};
pub use subscription::{
    AgeRange, Category, Clause, ConsumerReference, CprSubscription, CprSubscriptionSpec, NotifyOn, Persons, Purpose,
    SourceReference,
};
pub use text::{
    Cidr, Cvr, FilePattern, FolderPath, HostSuffix, HttpsUrl, MunicipalityCode, Name, Prose, RecordCode, Timeout,
    Until, Wait, hides_person_number,
};
