//! Rows 1 to 3: recording advisories into lanes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use registry::ConsumerId;

use crate::{EventId, NewEvent, PersonId, Routing, StoreError, Tx};

/// An event addressed to one consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAdvisory {
    /// To whom.
    pub consumer: ConsumerId,
    /// About whom; the person of the event.
    pub person: PersonId,
    /// The event.
    pub event: EventId,
    /// Why.
    pub routing: Routing,
}

/// An advisory that opened its lane and stands in the queue (row 1): publish it after the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Whose queue.
    pub consumer: ConsumerId,
    /// About whom.
    pub person: PersonId,
    /// The event.
    pub event: EventId,
}

impl Tx {
    /// Stores events and records advisories about them; call it once per unit of work, with at most one event per person
    /// and at most one advisory per (consumer, person).
    ///
    /// `deliverable` are the consumers that the registry lets receive now (present, not suspended, secrets there); the
    /// store itself looks at breaker, `gone`, pause and room. A process without a bus passes an empty set (row 2 for
    /// all). Each consumer gets one dense block of sequence numbers, in the order of the slice.
    ///
    /// Returns what was queued, by (consumer, person). Rows that wait (2) or are behind another (3) are not in it.
    pub async fn record(
        &mut self,
        events: &[NewEvent],
        advisories: &[NewAdvisory],
        deliverable: &BTreeSet<ConsumerId>,
        now: Timestamp,
    ) -> Result<Vec<Opened>, StoreError> {
        let _ = (events, advisories, deliverable, now);
        unimplemented!()
    }
}
