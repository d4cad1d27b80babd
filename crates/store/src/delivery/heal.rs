//! Row 13: messages that were lost.

use std::time::Duration;

use registry::ConsumerId;

use super::feed::head;
use crate::db::{Rows, Scalar, Sql, repeated};
use crate::{Queued, Store, StoreError};

const DRAINED: Sql =
    Sql::new("consumer_state.drained_to", "select drained_to from consumer_state where consumer = {1}");
const LOST: Sql = Sql::new(
    "lane.heal",
    "update lane set queued_at = {2} where (consumer, person) in (
       select consumer, person from lane
       where consumer = {1} and state = 'queued' and queued_at < {3} order by person limit {4}\
       {pg: for update skip locked})
     returning consumer, person, event",
);
/// Queued after now: a clock jumped back. From now on it ages like the others.
const AHEAD: Sql = Sql::new(
    "lane.ahead",
    "update lane set queued_at = {2} where consumer = {1} and state = 'queued' and queued_at > {3}",
);
const REPORT: Sql = Sql::new(
    "consumer_state.drain",
    "insert into consumer_state as s (consumer, breaker, drained_to) select r.consumer, 'closed', r.drained_to
     from {rows} where true
     on conflict (consumer) do update set drained_to = excluded.drained_to
       where s.drained_to is null or s.drained_to < excluded.drained_to or s.drained_to > {1}",
);

impl Store {
    /// Finds heads that were queued more than `patience` (twice the consumer's timeout and 60 s) before the point up to
    /// which the consumer's queue is drained, and marks them as queued now, at most `limit`. Publish what is returned.
    pub async fn heal(
        &self,
        consumer: ConsumerId,
        patience: Duration,
        limit: usize,
    ) -> Result<Vec<Queued>, StoreError> {
        let now = self.now_ms().await?;
        let rows = self.fetch(&DRAINED, None, &[Scalar::Uuid(consumer.0)]).await?;
        let drained: Option<i64> = rows.first().map_or(Ok(None), |row| row.read(DRAINED.name).get())?;
        let Some(drained) = drained else { return Ok(Vec::new()) };
        let patience = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX / 4);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        repeated!(self.heal_once(consumer, now, drained.min(now) - patience, now + patience, limit))
    }

    async fn heal_once(
        &self,
        consumer: ConsumerId,
        now: i64,
        before: i64,
        ahead: i64,
        limit: i64,
    ) -> Result<Vec<Queued>, StoreError> {
        let mut tx = self.begin().await?;
        let (id, now) = (Scalar::Uuid(consumer.0), Scalar::Int(now));
        let rows = tx.fetch(&LOST, None, &[id, now, Scalar::Int(before), Scalar::Int(limit)]).await?;
        let heads = rows.iter().map(|row| head(LOST.name, row)).collect::<Result<Vec<_>, _>>()?;
        tx.execute(&AHEAD, None, &[id, now, Scalar::Int(ahead)]).await?;
        let queued = tx.messages(&heads).await?;
        tx.commit().await?;
        Ok(queued)
    }

    /// Reports how far queues are drained: the highest [`crate::Loaded::queued_at`] seen, or now for an empty queue.
    /// Never moves backwards (but back to now from the future). Call it about once a second for all consumers, not per delivery.
    pub async fn drained(&self, to: &[(ConsumerId, jiff::Timestamp)]) -> Result<(), StoreError> {
        let now = self.now_ms().await?;
        let mut to: Vec<_> = to.iter().map(|(consumer, to)| (*consumer, to.as_millisecond().min(now))).collect();
        to.sort_unstable();
        to.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.1 = later.1;
            }
            same
        });
        repeated!(self.drained_once(&to, now))
    }

    async fn drained_once(&self, to: &[(ConsumerId, i64)], now: i64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let batch = Rows::new()
            .uuid("consumer", to.iter().map(|(consumer, _)| *consumer))
            .int("drained_to", to.iter().map(|(_, to)| *to));
        tx.execute(&REPORT, Some(batch), &[Scalar::Int(now)]).await?;
        tx.commit().await
    }
}
