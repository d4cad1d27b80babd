//! Advancing lanes: the oldest advisory behind becomes the head.

use std::collections::BTreeSet;

use registry::ConsumerId;

use crate::db::{Rows, Sql};
use crate::{EventId, Head, PersonId, StoreError, Tx};

/// Takes the oldest behind each lane. A statement of its own after the lock, so that it sees what a recorder committed
/// while the lock waited for it.
const OLDEST: Sql = Sql::new(
    "behind.take",
    "delete from behind where (consumer, person, seq) in (
       select r.consumer, r.person,
         (select min(b.seq) from behind b where b.consumer = r.consumer and b.person = r.person) from {rows})
     returning consumer, person, seq, event, routing",
);
const ADVANCE: Sql = Sql::new(
    "lane.advance",
    "update lane set seq = r.seq, event = r.event, routing = r.routing, behind = lane.behind - 1, tries = 0,
       attempts = 0, first_attempt_at = null, state = r.state, due_at = r.due_at, queued_at = r.queued_at
     from {rows} where lane.consumer = r.consumer and lane.person = r.person",
);
/// A locked lane with nothing behind.
const END: Sql = Sql::new(
    "lane.end",
    "delete from lane where (consumer, person) in (select r.consumer, r.person from {rows}) and behind = 0",
);
const MISS: Sql = Sql::new(
    "missed.insert",
    "insert into missed (consumer, person, seq) select r.consumer, r.person, r.seq from {rows} where true
     on conflict (consumer, person, seq) do nothing",
);

/// A lane as it was locked (or deleted).
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) seq: i64,
    pub(super) event: EventId,
    pub(super) routing: String,
    pub(super) tries: i64,
    pub(super) queued: bool,
    pub(super) behind: i64,
}

/// A locked lane whose head ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finish<'a> {
    pub(super) consumer: ConsumerId,
    pub(super) person: PersonId,
    pub(super) lane: &'a Lane,
}

/// A new head.
struct Next {
    consumer: ConsumerId,
    person: PersonId,
    seq: i64,
    event: EventId,
    routing: String,
}

impl Tx {
    /// Moves *locked* lanes on, in order of the slice; returns the new heads that are queued.
    pub(super) async fn advance_lanes(
        &mut self,
        finished: &[Finish<'_>],
        deliverable: &BTreeSet<ConsumerId>,
        now: i64,
    ) -> Result<Vec<Head>, StoreError> {
        if finished.is_empty() {
            return Ok(Vec::new());
        }
        let keys = |lanes: &[&Finish<'_>]| {
            Rows::new()
                .uuid("consumer", lanes.iter().map(|each| each.consumer))
                .uuid("person", lanes.iter().map(|each| each.person))
        };
        let (waiting, done): (Vec<_>, Vec<_>) = finished.iter().partition(|each| each.lane.behind > 0);
        self.execute(&END, Some(keys(&done)), &[]).await?;
        let rows = self.fetch(&OLDEST, Some(keys(&waiting)), &[]).await?;
        let next = |row: &crate::db::Row| {
            let mut row = row.read(OLDEST.name);
            let (consumer, person, seq) = (ConsumerId(row.get()?), PersonId(row.get()?), row.get()?);
            Ok(Next { consumer, person, seq, event: EventId(row.get()?), routing: row.get()? })
        };
        let next: Vec<Next> = rows.iter().map(next).collect::<Result<_, StoreError>>()?;
        if next.len() != waiting.len() {
            return Err(StoreError::Impossible { column: "lane.behind" });
        }
        let consumers = next.iter().map(|each| each.consumer).filter(|each| deliverable.contains(each)).collect();
        let able = self.able(&consumers, now).await?;
        let queue = |each: &Next| able.contains(&each.consumer);
        let batch = Rows::new()
            .uuid("consumer", next.iter().map(|each| each.consumer))
            .uuid("person", next.iter().map(|each| each.person))
            .int("seq", next.iter().map(|each| each.seq))
            .uuid("event", next.iter().map(|each| each.event))
            .text("routing", next.iter().map(|each| each.routing.as_str()))
            .text("state", next.iter().map(|each| if queue(each) { "queued" } else { "due" }))
            .opt_int("due_at", next.iter().map(|each| (!queue(each)).then_some(now)))
            .opt_int("queued_at", next.iter().map(|each| queue(each).then_some(now)));
        self.execute(&ADVANCE, Some(batch), &[]).await?;
        let heads = next.iter().filter(|each| queue(each));
        Ok(heads.map(|each| Head { consumer: each.consumer, person: each.person, event: each.event }).collect())
    }

    /// Remembers numbers that will never arrive.
    pub(super) async fn miss(&mut self, missed: &[(ConsumerId, PersonId, i64)]) -> Result<(), StoreError> {
        let batch = Rows::new()
            .uuid("consumer", missed.iter().map(|each| each.0))
            .uuid("person", missed.iter().map(|each| each.1))
            .int("seq", missed.iter().map(|each| each.2));
        self.execute(&MISS, Some(batch), &[]).await?;
        Ok(())
    }
}
