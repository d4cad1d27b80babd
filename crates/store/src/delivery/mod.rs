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

mod advance;
mod attempt;
mod complete;
mod consumer;
mod expire;
mod feed;
mod heal;
mod load;
mod record;
mod remove;
mod routing;

pub use attempt::{Outcome, StoredAttempt};
pub use complete::{Completion, Ending, Exchange};
pub use consumer::{Breaker, ConsumerState, Probe};
pub use feed::Feed;
pub use load::{Head, Loaded};
pub use record::{NewAdvisory, Opened};
pub use routing::{AdvisoryKind, Routed, Routing, Transition};

use registry::ConsumerId;

use crate::db::{Row, Rows, Scalar, Sql};
use crate::{EventId, EventKind, PersonId, Store, StoreError, Tx};

const QUEUED: Sql = Sql::new(
    "lane.queued",
    "select l.consumer, l.person, l.event, e.kind, e.traceparent
     from (select consumer, person, event from lane
           where (consumer, person) > ({1}, {2}) and state = 'queued' order by consumer, person limit {3}) l
     join event e on e.id = l.event order by l.consumer, l.person",
);
const MESSAGES: Sql = Sql::new(
    "event.messages",
    "select r.consumer, r.person, e.id, e.kind, e.traceparent from {rows} cross join event e where e.id = r.event",
);

/// The largest wait that `not_before` may hold; a later one comes from a clock that jumped.
const LONGEST_PAUSE: i64 = 3_600_000;

fn queued(statement: &'static str, rows: &[Row]) -> Result<Vec<Queued>, StoreError> {
    let queued = |row: &Row| {
        let mut row = row.read(statement);
        let (consumer, person) = (ConsumerId(row.get()?), PersonId(row.get()?));
        let event = EventId(row.get()?);
        let kind = EventKind::from_stored(&row.get::<String>()?)?;
        Ok(Queued { consumer, person, event, kind, traceparent: row.get()? })
    };
    let mut queued: Vec<Queued> = rows.iter().map(queued).collect::<Result<_, _>>()?;
    queued.sort_unstable_by_key(|queued| (queued.consumer, queued.person));
    Ok(queued)
}

impl Tx {
    /// Completes heads to messages.
    async fn messages(&mut self, heads: &[Head]) -> Result<Vec<Queued>, StoreError> {
        let batch = Rows::new()
            .uuid("consumer", heads.iter().map(|head| head.consumer))
            .uuid("person", heads.iter().map(|head| head.person))
            .uuid("event", heads.iter().map(|head| head.event));
        queued(MESSAGES.name, &self.fetch(&MESSAGES, Some(batch), &[]).await?)
    }
}

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
    pub async fn queued(&self, after: Option<(ConsumerId, PersonId)>, limit: usize) -> Result<Vec<Queued>, StoreError> {
        let nil = (uuid::Uuid::nil(), uuid::Uuid::nil());
        let (consumer, person) = after.map_or(nil, |(consumer, person)| (consumer.0, person.0));
        let limit = Scalar::Int(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = self.fetch(&QUEUED, None, &[Scalar::Uuid(consumer), Scalar::Uuid(person), limit]).await?;
        queued(QUEUED.name, &rows)
    }
}
