//! Attempts: the hand-over audit. Append-only.

use registry::ConsumerId;

use crate::db::{Rows, Sql};
use crate::{EventId, PersonId, StoreError, Tx};

const INSERT: Sql = Sql::new(
    "attempt.insert",
    "insert into attempt (consumer, seq, n, pod, at, person, event, routing, ms, outcome, reason, counted, final,
       http_status, digest, registry_version)
     select r.consumer, r.seq, r.n, r.pod, r.at, r.person, r.event, r.routing, r.ms, r.outcome, r.reason, r.counted,
       r.final, r.http_status, r.digest, r.registry_version from {rows} where true
     on conflict (consumer, seq, n, pod, at) do nothing",
);

/// One try, or the end of an advisory for which nothing was sent (`n` = 0).
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
    pub(super) outcome: &'static str,
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
            .text("outcome", attempts.iter().map(|each| each.outcome))
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
