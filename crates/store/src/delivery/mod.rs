//! The delivery protocol: lanes, their heads and what became of them.
//!
//! A *lane* is (consumer, person) while something is undelivered; its row carries the head advisory. What comes later
//! for the same pair waits in `behind`, and everything that ended is only in `attempt`. `seq` is dense per consumer in
//! the order of recording. The numbers of rows in the documentation here are those of the table of states in
//! `docs/ARCHITECTURE.md`.
//!
//! Statement order (tried out, and kept): recording upserts lanes sorted by (consumer, person), where a new row means
//! "queue it" and a conflict means "insert into `behind`"; finishing deletes lanes with `seq = mine and behind = 0` in
//! one statement, *locks* what is left in the next and *advances* it in the one after, never in one: a sub-select of the
//! locking statement would still see the old snapshot.

mod complete;
mod consumer;
mod expire;
mod feed;
mod heal;
mod load;
mod record;
mod remove;
mod routing;

pub use complete::{Completion, Ending, Exchange};
pub use consumer::{Breaker, ConsumerState, Probe};
pub use feed::Feed;
pub use load::{Head, Loaded};
pub use record::{NewAdvisory, Opened};
pub use routing::{AdvisoryKind, Routed, Routing, Transition};

use registry::ConsumerId;

use crate::{EventId, EventKind, PersonId, Store, StoreError};

/// A head that stands in (or belongs into) a consumer's queue: all that a message needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Whose queue.
    pub consumer: ConsumerId,
    /// About whom.
    pub person: PersonId,
    /// The event.
    pub event: EventId,
    /// What the event is.
    pub kind: EventKind,
    /// The event's trace context.
    pub traceparent: String,
}

impl Store {
    /// The queued heads after `after`, by (consumer, person): the scan that fills an embedded bus at its start.
    pub async fn queued(
        &self,
        after: Option<(ConsumerId, PersonId)>,
        limit: usize,
    ) -> Result<Vec<Queued>, StoreError> {
        let _ = (after, limit);
        unimplemented!()
    }
}
