//! Rows 5 to 9 and 14: what became of heads.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use registry::ConsumerId;

use super::advance::{Finish, Lane};
use super::attempt::{Attempt, Outcome};
use crate::db::{Rows, Sql, repeated};
use crate::{EventId, Head, PersonId, Queued, Store, StoreError, Tx};

/// Lanes with nothing behind end here, if the guard holds: `free` is row 5 (`seq` alone), else rows 6 to 9 and 14.
/// PostgreSQL looks at all of it again when it waited for a recorder or another completer, which a condition inside a
/// sub-select would not get; SQLite knows no `using` and has no second writer.
const DELETE: Sql = Sql::new(
    "lane.delete",
    "delete from lane{pg: using }{lite: where (consumer, person) in (select lane.consumer, lane.person from }{rows}\
     {lite: cross join lane}
     where lane.consumer = r.consumer and lane.person = r.person and lane.seq = r.seq and lane.behind = 0
       and (r.free = 1 or (lane.tries = r.tries and lane.state = 'queued')){lite:)}
     returning lane.consumer, lane.person, lane.seq, lane.event, lane.routing",
);
/// What is left is locked, and only looked at: the next statement moves it.
const LOCK: Sql = Sql::new(
    "lane.lock",
    "select l.consumer, l.person, l.seq, l.event, l.routing, l.tries, l.state, l.behind
     from {rows} cross join lane l where l.consumer = r.consumer and l.person = r.person{pg: for update of l}",
);
const WAIT: Sql = Sql::new(
    "lane.wait",
    "update lane set state = 'due', due_at = r.due_at, queued_at = null, tries = lane.tries + r.tried,
       attempts = lane.attempts + r.counted, first_attempt_at = coalesce(lane.first_attempt_at, r.first_attempt_at)
     from {rows} where lane.consumer = r.consumer and lane.person = r.person",
);
const ARRIVED: Sql = Sql::new(
    "missed.delete",
    "delete from missed where (consumer, person, seq) in (
       select m.consumer, m.person, m.seq from {rows} cross join missed m
       where m.consumer = r.consumer and m.person = r.person and m.seq < r.seq)",
);

/// A request that was made, whether or not an answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// From the first byte to the end, in milliseconds.
    pub ms: i64,
    /// The status of the answer; `None` for a transport failure.
    pub http_status: Option<u16>,
    /// SHA-256 of the body that was sent.
    pub digest: [u8; 32],
}

/// What a head comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Row 5: received.
    Delivered,
    /// Row 6: failed and counted; again at `due_at`.
    Retry {
        /// When.
        due_at: Timestamp,
        /// What failed, such as `status` or `connect`.
        outcome: &'static str,
    },
    /// Rows 7 and 14: given up; the next delivered advisory of the lane carries its number as missed.
    Parked {
        /// Why, such as `ScheduleSpent`, `FinalStatus` or `Poison`.
        reason: &'static str,
    },
    /// Row 8: must not be sent any more. Never for a `left`.
    Withdrawn {
        /// Why, such as `NothingGranted`.
        reason: &'static str,
    },
    /// Row 9: back to waiting without counting.
    Returned {
        /// When it is due again.
        due_at: Timestamp,
        /// Why, such as `RetryAfter` or `BreakerOpen`.
        outcome: &'static str,
    },
}

/// What became of one loaded head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Which one.
    pub head: Head,
    /// Its sequence number, as loaded.
    pub seq: i64,
    /// Requests before this one, as loaded.
    pub tries: i64,
    /// Whether missed numbers were loaded with it; a delivered one then deletes them.
    pub missed: bool,
    /// The request; `None` if none was made (rows 8 and 14, a refused start of row 9).
    pub exchange: Option<Exchange>,
    /// What it comes to.
    pub ending: Ending,
    /// Name of the process.
    pub pod: String,
    /// When the request was made.
    pub at: Timestamp,
    /// The registry version it was projected with.
    pub registry_version: i64,
}

impl Store {
    /// Records what became of heads, in one transaction, and moves their lanes on. A head whose guard does not hold
    /// (somebody else completed it) only gets an attempt row with outcome `late`, if a request was made.
    ///
    /// `deliverable` as at [`crate::Tx::record`]. Returns the next heads that were queued: publish them, then
    /// acknowledge the messages of `completions`.
    pub async fn complete(
        &self,
        completions: &[Completion],
        deliverable: &BTreeSet<ConsumerId>,
    ) -> Result<Vec<Queued>, StoreError> {
        let now = self.now_ms().await?;
        let mut rest: Vec<&Completion> = completions.iter().collect();
        let mut queued = Vec::new();
        // Two copies of one message may meet in a batch: the second one gets a transaction of its own.
        while !rest.is_empty() {
            let mut first: BTreeMap<_, &Completion> = BTreeMap::new();
            rest.retain(|each| match first.entry(each.key()) {
                Entry::Vacant(free) => {
                    free.insert(each);
                    false
                }
                Entry::Occupied(_) => true,
            });
            let sorted: Vec<&Completion> = first.into_values().collect();
            queued.extend(repeated!(self.complete_once(&sorted, deliverable, now))?);
        }
        Ok(queued)
    }

    async fn complete_once(
        &self,
        completions: &[&Completion],
        deliverable: &BTreeSet<ConsumerId>,
        now: i64,
    ) -> Result<Vec<Queued>, StoreError> {
        let mut tx = self.begin().await?;
        let ended = tx.end_lanes(completions).await?;
        let left: Vec<&Completion> =
            completions.iter().copied().filter(|each| !ended.contains_key(&each.key())).collect();
        let locked = tx.lock_lanes(&left).await?;
        let next = tx.advance_lanes(&finished(&left, &locked), deliverable, now).await?;
        tx.let_wait(&left, &locked).await?;
        let attempts = completions.iter().filter_map(|each| {
            let lane = ended.get(&each.key()).or_else(|| locked.get(&each.key()).filter(|lane| each.holds(lane)));
            each.attempt(lane)
        });
        tx.insert_attempts(&attempts.collect::<Vec<_>>()).await?;
        let held = |each: &&&Completion| {
            ended.contains_key(&each.key()) || locked.get(&each.key()).is_some_and(|lane| each.holds(lane))
        };
        tx.note_missed(&completions.iter().filter(held).copied().collect::<Vec<_>>()).await?;
        let queued = tx.messages(&next).await?;
        tx.commit().await?;
        Ok(queued)
    }
}

type Lanes = BTreeMap<(ConsumerId, PersonId), Lane>;

impl Completion {
    fn key(&self) -> (ConsumerId, PersonId) {
        (self.head.consumer, self.head.person)
    }

    fn finishes(&self) -> bool {
        !matches!(self.ending, Ending::Retry { .. } | Ending::Returned { .. })
    }

    /// Whether only `seq` guards: what arrived has arrived, whatever happened to the lane meanwhile.
    fn free(&self) -> bool {
        self.ending == Ending::Delivered
    }

    /// The guard on a lane that is locked.
    fn holds(&self, lane: &Lane) -> bool {
        lane.seq == self.seq && (self.free() || (lane.tries == self.tries && lane.queued))
    }

    /// The attempt row: of the head if the guard held, `late` if a request was made for nothing, none otherwise.
    fn attempt<'a>(&'a self, lane: Option<&'a Lane>) -> Option<Attempt<'a>> {
        let (outcome, reason, counted) = match &self.ending {
            Ending::Delivered => (Outcome::Delivered, None, true),
            Ending::Retry { outcome, .. } => (Outcome::Failed, Some(*outcome), true),
            Ending::Parked { reason } => (Outcome::Parked, Some(*reason), self.exchange.is_some()),
            Ending::Withdrawn { reason } => (Outcome::Withdrawn, Some(*reason), false),
            Ending::Returned { outcome, .. } => (Outcome::Returned, Some(*outcome), false),
        };
        let exchange = self.exchange.as_ref();
        if exchange.is_none() && (lane.is_none() || !self.finishes()) {
            return None;
        }
        Some(Attempt {
            consumer: self.head.consumer,
            seq: self.seq,
            n: if exchange.is_some() { self.tries + 1 } else { 0 },
            pod: &self.pod,
            at: self.at.as_millisecond(),
            person: self.head.person,
            event: self.head.event,
            routing: lane.map_or("", |lane| lane.routing.as_str()),
            ms: exchange.map_or(0, |exchange| exchange.ms),
            outcome: if lane.is_some() { outcome } else { Outcome::Late },
            reason,
            counted: counted && lane.is_some(),
            last: self.finishes() && lane.is_some(),
            http_status: exchange.and_then(|exchange| exchange.http_status).map(Into::into),
            digest: exchange.map(|exchange| exchange.digest.as_slice()),
            registry_version: self.registry_version,
        })
    }
}

/// The finished ones whose lane goes on, with what it looks like.
fn finished<'a>(left: &[&Completion], locked: &'a Lanes) -> Vec<Finish<'a>> {
    let lanes = left.iter().filter(|each| each.finishes()).filter_map(|each| {
        let lane = locked.get(&each.key()).filter(|lane| each.holds(lane))?;
        Some(Finish { consumer: each.head.consumer, person: each.head.person, lane })
    });
    lanes.collect()
}

impl Tx {
    /// Deletes finished lanes with nothing behind.
    async fn end_lanes(&mut self, completions: &[&Completion]) -> Result<Lanes, StoreError> {
        let ends: Vec<_> = completions.iter().filter(|each| each.finishes()).collect();
        let batch = Rows::new()
            .uuid("consumer", ends.iter().map(|each| each.head.consumer))
            .uuid("person", ends.iter().map(|each| each.head.person))
            .int("seq", ends.iter().map(|each| each.seq))
            .int("tries", ends.iter().map(|each| each.tries))
            .int("free", ends.iter().map(|each| each.free().into()));
        let rows = self.fetch(&DELETE, Some(batch), &[]).await?;
        let lane = |row: &crate::db::Row| {
            let mut row = row.read(DELETE.name);
            let key = (ConsumerId(row.get()?), PersonId(row.get()?));
            let (seq, event, routing) = (row.get()?, EventId(row.get()?), row.get()?);
            Ok((key, Lane { seq, event, routing, tries: 0, queued: true, behind: 0 }))
        };
        rows.iter().map(lane).collect()
    }

    /// Locks the lanes that still stand.
    async fn lock_lanes(&mut self, completions: &[&Completion]) -> Result<Lanes, StoreError> {
        let batch = Rows::new()
            .uuid("consumer", completions.iter().map(|each| each.head.consumer))
            .uuid("person", completions.iter().map(|each| each.head.person));
        let rows = self.fetch(&LOCK, Some(batch), &[]).await?;
        let lane = |row: &crate::db::Row| {
            let mut row = row.read(LOCK.name);
            let key = (ConsumerId(row.get()?), PersonId(row.get()?));
            let (seq, event, routing, tries) = (row.get()?, EventId(row.get()?), row.get()?, row.get()?);
            let queued = row.get::<String>()? == "queued";
            Ok((key, Lane { seq, event, routing, tries, queued, behind: row.get()? }))
        };
        rows.iter().map(lane).collect()
    }

    /// Rows 6 and 9: lets locked lanes wait until they are due again.
    async fn let_wait(&mut self, left: &[&Completion], locked: &Lanes) -> Result<(), StoreError> {
        let holds = |each: &&&Completion| locked.get(&each.key()).is_some_and(|lane| each.holds(lane));
        let waits: Vec<(&Completion, i64, bool)> = left
            .iter()
            .filter(holds)
            .filter_map(|each| match each.ending {
                Ending::Retry { due_at, .. } => Some((*each, due_at.as_millisecond(), true)),
                Ending::Returned { due_at, .. } => Some((*each, due_at.as_millisecond(), false)),
                _ => None,
            })
            .collect();
        let tried = |each: &Completion| each.exchange.is_some();
        let batch = Rows::new()
            .uuid("consumer", waits.iter().map(|(each, ..)| each.head.consumer))
            .uuid("person", waits.iter().map(|(each, ..)| each.head.person))
            .int("due_at", waits.iter().map(|(_, due_at, _)| *due_at))
            .int("tried", waits.iter().map(|(each, ..)| tried(each).into()))
            .int("counted", waits.iter().map(|(.., counted)| (*counted).into()))
            .opt_int(
                "first_attempt_at",
                waits.iter().map(|(each, ..)| tried(each).then_some(each.at.as_millisecond())),
            );
        self.execute(&WAIT, Some(batch), &[]).await?;
        Ok(())
    }

    /// Keeps the numbers of parked ones for the next delivered advisory of the lane, and deletes those that arrived
    /// with a delivered one.
    async fn note_missed(&mut self, held: &[&Completion]) -> Result<(), StoreError> {
        let parked: Vec<_> = held.iter().filter(|each| matches!(each.ending, Ending::Parked { .. })).collect();
        let parked: Vec<_> = parked.iter().map(|each| (each.head.consumer, each.head.person, each.seq)).collect();
        self.miss(&parked).await?;
        let arrived: Vec<_> = held.iter().filter(|each| each.missed && each.free()).collect();
        let batch = Rows::new()
            .uuid("consumer", arrived.iter().map(|each| each.head.consumer))
            .uuid("person", arrived.iter().map(|each| each.head.person))
            .int("seq", arrived.iter().map(|each| each.seq));
        self.execute(&ARRIVED, Some(batch), &[]).await?;
        Ok(())
    }
}
