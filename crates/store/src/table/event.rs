//! Events: one stored fact about one person.

use cpr::FieldSet;
use jiff::Timestamp;

use crate::{EventId, ExtractId, PersonId, SnapshotId, Store, StoreError};

/// What led to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// An extract.
    Extract,
    /// A look-up.
    Lookup,
    /// The day.
    Calendar,
    /// An enrolment.
    Enrolment,
    /// A change of the registry.
    Registry,
    /// An erasure.
    Erasure,
    /// A replay.
    Replay,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Fields changed (and perhaps memberships with them).
    Changed,
    /// Only memberships changed.
    Membership,
    /// The person was erased.
    Erased,
    /// Two persons became one.
    Merged,
    /// A birthday.
    Birthday,
}

/// An event to store: at most one per person and unit of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Its id, a UUID of version 7 from the caller.
    pub id: EventId,
    /// About whom.
    pub person: PersonId,
    /// What led to it.
    pub cause: Cause,
    /// What it is.
    pub kind: EventKind,
    /// The extract it comes from.
    pub extract: Option<ExtractId>,
    /// The snapshot before.
    pub before: Option<SnapshotId>,
    /// The snapshot whose values are sent.
    pub after: Option<SnapshotId>,
    /// The fields that differ between the two.
    pub changed: FieldSet,
    /// CPR's own event codes (record 099), as evidence.
    pub codes: Vec<String>,
    /// The registry version that decided.
    pub registry_version: i64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The W3C trace context of the event.
    pub traceparent: String,
}

/// An event as stored.
pub type StoredEvent = NewEvent;

impl Store {
    /// The events with these ids, in no order.
    pub async fn events(&self, ids: &[EventId]) -> Result<Vec<StoredEvent>, StoreError> {
        let _ = ids;
        unimplemented!()
    }
}
