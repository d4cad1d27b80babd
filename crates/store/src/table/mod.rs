//! One module per table: its rows as the domain sees them, its statements, nothing else's.

mod event;
mod extract;
mod installation;
mod lease;
mod membership;
mod number;
mod person;
mod process;
mod quarantine;
mod registry_version;
mod reselection;
mod snapshot;
mod subscription;

pub(crate) use event::stored as stored_event;
pub(crate) use snapshot::stored as stored_snapshot;

pub use event::{Cause, EventKind, NewEvent, StoredEvent};
pub use extract::{Extract, ExtractState, NewExtract};
pub use installation::Installation;
pub use lease::Held;
pub use membership::Membership;
pub use number::{NewNumber, NumberState, Numbered};
pub use person::{Facts, Person, PersonUpdate};
pub use process::{Beat, Process};
pub use quarantine::NewQuarantined;
pub use registry_version::CurrentRegistry;
pub use reselection::Reselection;
pub use snapshot::{NewSnapshot, SnapshotKind, StoredSnapshot};
pub use subscription::StoredSubscription;
