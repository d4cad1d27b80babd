//! Attempts: the hand-over audit. Append-only.

use jiff::Timestamp;
use registry::ConsumerId;

use crate::db::{Row, Rows, Scalar, Sql, stored_text};
use crate::{EventId, PersonId, Routing, Store, StoreError, Tx};

const FIND: Sql = Sql::new(
    "attempt.find",
    "select seq, n, pod, at, person, event, routing, ms, outcome, reason, counted, final, http_status, registry_version
     from attempt where consumer = {1} and seq > {2} and seq <= {2} + {3} order by seq, at, n",
);

const INSERT: Sql = Sql::new(
    "attempt.insert",
    "insert into attempt (consumer, seq, n, pod, at, person, event, routing, ms, outcome, reason, counted, final,
       http_status, digest, registry_version)
     select r.consumer, r.seq, r.n, r.pod, r.at, r.person, r.event, r.routing, r.ms, r.outcome, r.reason, r.counted,
       r.final, r.http_status, r.digest, r.registry_version from {rows} where true
     on conflict (consumer, seq, n, pod, at) do nothing",
);

/// What became of one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Received.
    Delivered,
    /// Failed and counted against the schedule.
    Failed,
    /// Failed or not made, and not counted.
    Returned,
    /// Given up.
    Parked,
    /// Must not be sent any more.
    Withdrawn,
    /// A request for a head that somebody else completed meanwhile.
    Late,
}

stored_text!(Outcome, "attempt.outcome": Delivered = "delivered", Failed = "failed", Returned = "returned",
    Parked = "parked", Withdrawn = "withdrawn", Late = "late");

/// A row of the hand-over audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAttempt {
    /// The advisory's number at its consumer.
    pub seq: i64,
    /// Which request, from 1; 0 if none was made.
    pub n: i64,
    /// The process.
    pub pod: String,
    /// When.
    pub at: Timestamp,
    /// About whom.
    pub person: PersonId,
    /// The event.
    pub event: EventId,
    /// Why it went there; `None` for [`Outcome::Late`].
    pub routing: Option<Routing>,
    /// How long the request took.
    pub ms: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// Why.
    pub reason: Option<String>,
    /// Whether it counted against the schedule.
    pub counted: bool,
    /// Whether the advisory ended with it.
    pub last: bool,
    /// The status of the answer.
    pub http_status: Option<i64>,
    /// The registry version it was projected with.
    pub registry_version: i64,
}

/// One try to store, or the end of an advisory for which nothing was sent (`n` = 0).
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    pub(super) consumer: ConsumerId,
    pub(super) seq: i64,
    pub(super) n: i64,
    pub(super) pod: &'a str,
    pub(super) at: i64,
    pub(super) person: PersonId,
    pub(super) event: EventId,
    pub(super) routing: &'a str,
    pub(super) ms: i64,
    pub(super) outcome: Outcome,
    pub(super) reason: Option<&'a str>,
    pub(super) counted: bool,
    pub(super) last: bool,
    pub(super) http_status: Option<i64>,
    pub(super) digest: Option<&'a [u8]>,
    pub(super) registry_version: i64,
}

impl Tx {
    pub(super) async fn insert_attempts(&mut self, attempts: &[Attempt<'_>]) -> Result<(), StoreError> {
        let batch = Rows::new()
            .uuid("consumer", attempts.iter().map(|each| each.consumer))
            .int("seq", attempts.iter().map(|each| each.seq))
            .int("n", attempts.iter().map(|each| each.n))
            .text("pod", attempts.iter().map(|each| each.pod))
            .int("at", attempts.iter().map(|each| each.at))
            .uuid("person", attempts.iter().map(|each| each.person))
            .uuid("event", attempts.iter().map(|each| each.event))
            .text("routing", attempts.iter().map(|each| each.routing))
            .int("ms", attempts.iter().map(|each| each.ms))
            .text("outcome", attempts.iter().map(|each| each.outcome.stored()))
            .opt_text("reason", attempts.iter().map(|each| each.reason))
            .int("counted", attempts.iter().map(|each| each.counted.into()))
            .int("final", attempts.iter().map(|each| each.last.into()))
            .opt_int("http_status", attempts.iter().map(|each| each.http_status))
            .opt_blob("digest", attempts.iter().map(|each| each.digest))
            .int("registry_version", attempts.iter().map(|each| each.registry_version));
        self.execute(&INSERT, Some(batch), &[]).await?;
        Ok(())
    }
}

impl Store {
    /// The attempts of the advisories with numbers above `after`, at most `span` numbers, by number and time.
    pub async fn attempts(
        &self,
        consumer: ConsumerId,
        after: i64,
        span: i64,
    ) -> Result<Vec<StoredAttempt>, StoreError> {
        let scalars = [Scalar::Uuid(consumer.0), Scalar::Int(after), Scalar::Int(span)];
        self.fetch(&FIND, None, &scalars).await?.iter().map(attempt).collect()
    }
}

fn attempt(row: &Row) -> Result<StoredAttempt, StoreError> {
    let mut row = row.read(FIND.name);
    let (seq, n, pod, at) = (row.get()?, row.get()?, row.get()?, row.time()?);
    let (person, event) = (PersonId(row.get()?), EventId(row.get()?));
    let routing = Some(row.get::<String>()?).filter(|text| !text.is_empty());
    let routing = routing.as_deref().map(Routing::from_stored).transpose()?;
    let (ms, outcome, reason) = (row.get()?, Outcome::from_stored(&row.get::<String>()?)?, row.get()?);
    let (counted, last) = (row.get::<i64>()? != 0, row.get::<i64>()? != 0);
    let (http_status, registry_version) = (row.get()?, row.get()?);
    Ok(StoredAttempt {
        seq,
        n,
        pod,
        at,
        person,
        event,
        routing,
        ms,
        outcome,
        reason,
        counted,
        last,
        http_status,
        registry_version,
    })
}
