//! Rows 1 to 3: recording advisories into lanes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use registry::ConsumerId;

use crate::db::{Rows, Scalar, Sql};
use crate::{EventId, NewEvent, PersonId, Routing, StoreError, Tx};

/// A block per consumer. Room is taken with it and may fall below zero: then nothing of the block is queued, and the
/// feeder counts again. The row stays locked until the end, so blocks follow each other in order of commit.
const CURSOR: Sql = Sql::new(
    "consumer_cursor.take",
    "insert into consumer_cursor as c (consumer, next_seq, room, counted_at)
     select r.consumer, r.n + 1, {1} - r.taken, 0 from {rows} where true
     on conflict (consumer) do update set next_seq = c.next_seq + excluded.next_seq - 1,
       room = c.room + excluded.room - {1}
     returning consumer, next_seq, room",
);
/// Sorted by (consumer, person), as every statement that locks several lanes.
const OPEN: Sql = Sql::new(
    "lane.open",
    "insert into lane as l (consumer, person, seq, event, routing, behind, tries, attempts, state, due_at, queued_at)
     select r.consumer, r.person, r.seq, r.event, r.routing, 0, 0, 0, r.state, r.due_at, r.queued_at from {rows}
     where true
     on conflict (consumer, person) do update set behind = l.behind + 1
     returning consumer, person, behind",
);
const BEHIND: Sql = Sql::new(
    "behind.insert",
    "insert into behind (consumer, person, seq, event, routing)
     select r.consumer, r.person, r.seq, r.event, r.routing from {rows}",
);

/// An advisory with its number, its routing as text, and whether its consumer can take it now.
struct Numbered<'a> {
    advisory: &'a NewAdvisory,
    seq: i64,
    routing: String,
    queue: bool,
}

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
        self.insert_events(events).await?;
        if advisories.is_empty() {
            return Ok(Vec::new());
        }
        let numbered = self.number_advisories(advisories, deliverable, now.as_millisecond()).await?;
        let opened = self.open_lanes(&numbered, now.as_millisecond()).await?;
        let behind: Vec<&Numbered<'_>> =
            numbered.iter().filter(|each| !opened.contains(&(each.advisory.consumer, each.advisory.person))).collect();
        let batch = Rows::new()
            .uuid("consumer", behind.iter().map(|each| each.advisory.consumer))
            .uuid("person", behind.iter().map(|each| each.advisory.person))
            .int("seq", behind.iter().map(|each| each.seq))
            .uuid("event", behind.iter().map(|each| each.advisory.event))
            .text("routing", behind.iter().map(|each| each.routing.as_str()));
        self.execute(&BEHIND, Some(batch), &[]).await?;
        let queued = numbered.iter().filter(|each| each.queue).map(|each| {
            let NewAdvisory { consumer, person, event, .. } = *each.advisory;
            Opened { consumer, person, event }
        });
        Ok(queued.filter(|each| opened.contains(&(each.consumer, each.person))).collect())
    }

    /// Takes a dense block per consumer and says which consumers can take theirs now. Sorted by (consumer, person); the
    /// numbers follow the order of the slice.
    async fn number_advisories<'a>(
        &mut self,
        advisories: &'a [NewAdvisory],
        deliverable: &BTreeSet<ConsumerId>,
        now: i64,
    ) -> Result<Vec<Numbered<'a>>, StoreError> {
        let mut blocks: BTreeMap<ConsumerId, i64> = BTreeMap::new();
        for advisory in advisories {
            *blocks.entry(advisory.consumer).or_default() += 1;
        }
        let taken = |(consumer, n): (&ConsumerId, &i64)| if deliverable.contains(consumer) { *n } else { 0 };
        let batch = Rows::new()
            .uuid("consumer", blocks.keys().copied())
            .int("n", blocks.values().copied())
            .int("taken", blocks.iter().map(taken));
        let rows = self.fetch(&CURSOR, Some(batch), &[Scalar::Int(self.shared.window)]).await?;
        let mut next = BTreeMap::new();
        let mut room = BTreeSet::new();
        for row in &rows {
            let mut row = row.read(CURSOR.name);
            let (consumer, end, left): (_, i64, i64) = (ConsumerId(row.get()?), row.get()?, row.get()?);
            next.insert(consumer, end - blocks.get(&consumer).copied().unwrap_or_default());
            if left >= 0 && deliverable.contains(&consumer) {
                room.insert(consumer);
            }
        }
        // After the cursor is locked: whoever opens a breaker locks it too, so this is the last word.
        let able = self.able(&room, now).await?;
        let mut numbered = Vec::with_capacity(advisories.len());
        for advisory in advisories {
            let seq = next.get_mut(&advisory.consumer).ok_or(StoreError::Impossible { column: "consumer_cursor" })?;
            let routing = advisory.routing.to_stored()?;
            numbered.push(Numbered { advisory, seq: *seq, routing, queue: able.contains(&advisory.consumer) });
            *seq += 1;
        }
        numbered.sort_unstable_by_key(|each| (each.advisory.consumer, each.advisory.person));
        Ok(numbered)
    }

    /// Upserts the lanes and returns those that are new.
    async fn open_lanes(
        &mut self,
        numbered: &[Numbered<'_>],
        now: i64,
    ) -> Result<BTreeSet<(ConsumerId, PersonId)>, StoreError> {
        let batch = Rows::new()
            .uuid("consumer", numbered.iter().map(|each| each.advisory.consumer))
            .uuid("person", numbered.iter().map(|each| each.advisory.person))
            .int("seq", numbered.iter().map(|each| each.seq))
            .uuid("event", numbered.iter().map(|each| each.advisory.event))
            .text("routing", numbered.iter().map(|each| each.routing.as_str()))
            .text("state", numbered.iter().map(|each| if each.queue { "queued" } else { "due" }))
            .opt_int("due_at", numbered.iter().map(|each| (!each.queue).then_some(now)))
            .opt_int("queued_at", numbered.iter().map(|each| each.queue.then_some(now)));
        let rows = self.fetch(&OPEN, Some(batch), &[]).await?;
        let mut opened = BTreeSet::new();
        for row in &rows {
            let mut row = row.read(OPEN.name);
            let lane = (ConsumerId(row.get()?), PersonId(row.get()?));
            if row.get::<i64>()? == 0 {
                opened.insert(lane);
            }
        }
        Ok(opened)
    }
}
