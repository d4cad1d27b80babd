//! What a notifier needs to send a head.

use jiff::Timestamp;
use registry::ConsumerId;

use crate::{EventId, PersonId, Routing, Store, StoreError, StoredEvent, StoredSnapshot};

/// A head as a message names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    /// To whom.
    pub consumer: ConsumerId,
    /// About whom.
    pub person: PersonId,
    /// The event.
    pub event: EventId,
}

/// A queued head with everything that its projection needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Which one.
    pub head: Head,
    /// Its sequence number at the consumer.
    pub seq: i64,
    /// Why it goes there.
    pub routing: Routing,
    /// Requests made so far; also the guard of its completion.
    pub tries: i64,
    /// Requests that counted against the schedule.
    pub attempts: i64,
    /// When the first request was made.
    pub first_attempt_at: Option<Timestamp>,
    /// When it was queued: report the highest by [`Store::drained`].
    pub queued_at: Timestamp,
    /// Sequence numbers of this lane that never arrived: the advisory carries them.
    pub missed: Vec<i64>,
    /// The event.
    pub event: StoredEvent,
    /// The snapshot before the event.
    pub before: Option<StoredSnapshot>,
    /// The snapshot of the event.
    pub after: Option<StoredSnapshot>,
    /// Whether the person is protected *now*: masking follows it.
    pub protected: bool,
    /// The current registry version: if it is not the one in use, reload before projecting.
    pub registry_version: i64,
}

impl Store {
    /// Loads heads, in the order of the slice. `None` for a stale copy (row 12): the event is not the lane's head any
    /// more, or the lane is not queued; acknowledge it and go on.
    pub async fn load(&self, heads: &[Head]) -> Result<Vec<Option<Loaded>>, StoreError> {
        let _ = heads;
        unimplemented!()
    }
}
