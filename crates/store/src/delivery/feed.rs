//! Row 4: from waiting to queued.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use registry::ConsumerId;

use crate::db::{Row, Rows, Scalar, Sql, repeated};
use crate::{EventId, Head, PersonId, Queued, Store, StoreError};

/// Consumers with anything due, found by the one index without touching a row.
const HUNGRY: Sql = Sql::new(
    "lane.hungry",
    "select r.consumer from {rows} where exists (
       select 1 from lane l where l.consumer = r.consumer and l.state = 'due' and l.due_at <= {1})
     or exists (select 1 from lane l where l.consumer = r.consumer and l.state = 'due' and l.due_at > {2})",
);
const CURSOR: Sql = Sql::new(
    "consumer_cursor.room",
    "select room, counted_at from consumer_cursor where consumer = {1}{pg: for update}",
);
const COUNT: Sql = Sql::new("lane.count_queued", "select count(*) from lane where consumer = {1} and state = 'queued'");
/// Two ranges of the index instead of one condition with `or`, which would walk over all that waits.
const JUMPED: Sql =
    Sql::new("lane.jumped", "update lane set due_at = {2} where consumer = {1} and state = 'due' and due_at > {3}");
const TAKE: Sql = Sql::new(
    "lane.feed",
    "update lane set state = 'queued', due_at = null, queued_at = {2} where (consumer, person) in (
       select consumer, person from lane
       where consumer = {1} and state = 'due' and due_at <= {2} order by due_at limit {3}\
       {pg: for update skip locked})
     returning consumer, person, event",
);
const ROOM: Sql = Sql::new(
    "consumer_cursor.set_room",
    "update consumer_cursor set room = {2}, counted_at = {3} where consumer = {1}",
);

/// How often the queued lanes of one consumer are counted at most, in milliseconds: while counting is quick …
const COUNT_SOON: i64 = 100;
/// … and when it takes so long that a tenth of the time would be more than this.
const COUNT_LATE: i64 = 1000;

/// How the feeder works in one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The longest step of any schedule with its jitter: a lane due later than that (a clock jumped) is due now.
    pub longest_wait: Duration,
    /// Lanes per transaction.
    pub batch: usize,
}

impl Store {
    /// Queues due lanes of the consumers in `deliverable` (as at [`crate::Tx::record`]) as far as there is room: one
    /// pass, one transaction per consumer, at least each second. Counts a consumer's queued lanes again when its room is
    /// below half the window, at most ten times a second and for no more than a tenth of the time (where even that is too
    /// seldom, once a second). Publish what is returned.
    pub async fn feed(&self, deliverable: &BTreeSet<ConsumerId>, feed: Feed) -> Result<Vec<Queued>, StoreError> {
        let now = self.now_ms().await?;
        let late = now.saturating_add(i64::try_from(feed.longest_wait.as_millis()).unwrap_or(i64::MAX / 2));
        let batch = Rows::new().uuid("consumer", deliverable.iter().copied());
        let rows = self.fetch(&HUNGRY, Some(batch), &[Scalar::Int(now), Scalar::Int(late)]).await?;
        let mut queued = Vec::new();
        for row in &rows {
            let consumer = ConsumerId(row.read(HUNGRY.name).get()?);
            queued.extend(repeated!(self.feed_one(consumer, now, late, feed.batch))?);
        }
        Ok(queued)
    }

    /// One consumer, one transaction: cursor, then state, then lanes, as a recorder does it.
    async fn feed_one(
        &self,
        consumer: ConsumerId,
        now: i64,
        late: i64,
        batch: usize,
    ) -> Result<Vec<Queued>, StoreError> {
        let mut tx = self.begin().await?;
        let id = Scalar::Uuid(consumer.0);
        let rows = tx.fetch(&CURSOR, None, &[id]).await?;
        let Some(row) = rows.first() else { return Ok(Vec::new()) };
        let mut row = row.read(CURSOR.name);
        let (mut room, mut counted_at): (i64, i64) = (row.get()?, row.get()?);
        if tx.able(&BTreeSet::from([consumer]), now).await?.is_empty() {
            return Ok(Vec::new());
        }
        let pause = (10 * self.shared.count_took.load(Ordering::Relaxed)).clamp(COUNT_SOON, COUNT_LATE);
        let counted_lately = (now - pause..=now).contains(&counted_at);
        if room < self.shared.window / 2 && !counted_lately {
            let begun = Instant::now();
            let rows = tx.fetch(&COUNT, None, &[id]).await?;
            let took = i64::try_from(begun.elapsed().as_millis()).unwrap_or(COUNT_LATE);
            self.shared.count_took.store(took, Ordering::Relaxed);
            let queued: i64 = rows.first().map_or(Ok(0), |row| row.read(COUNT.name).get())?;
            (room, counted_at) = (self.shared.window - queued, now);
        }
        let limit = room.clamp(0, i64::try_from(batch).unwrap_or(i64::MAX));
        tx.execute(&JUMPED, None, &[id, Scalar::Int(now), Scalar::Int(late)]).await?;
        let rows = tx.fetch(&TAKE, None, &[id, Scalar::Int(now), Scalar::Int(limit)]).await?;
        let heads = rows.iter().map(|row| head(TAKE.name, row)).collect::<Result<Vec<_>, _>>()?;
        room -= i64::try_from(heads.len()).unwrap_or(i64::MAX);
        tx.execute(&ROOM, None, &[id, Scalar::Int(room), Scalar::Int(counted_at)]).await?;
        let queued = tx.messages(&heads).await?;
        tx.commit().await?;
        Ok(queued)
    }
}

pub(super) fn head(statement: &'static str, row: &Row) -> Result<Head, StoreError> {
    let mut row = row.read(statement);
    let (consumer, person) = (ConsumerId(row.get()?), PersonId(row.get()?));
    Ok(Head { consumer, person, event: EventId(row.get()?) })
}
