//! Row 15: a consumer that is gone from the registry.

use registry::ConsumerId;

use crate::db::{Row, Rows, Scalar, Sql, repeated};
use crate::{PersonId, Store, StoreError};

/// One index probe a consumer: every consumer with a lane or a number missed has a cursor.
const KNOWN: Sql = Sql::new(
    "consumer_cursor.known",
    "select c.consumer from consumer_cursor c
     where exists (select 1 from lane l where l.consumer = c.consumer)
       or exists (select 1 from missed m where m.consumer = c.consumer)
       or exists (select 1 from consumer_state s where s.consumer = c.consumer)
     union select consumer from consumer_state order by 1",
);
/// A lane goes together with everything behind it: nobody ever meets one without the other.
const LOCK: Sql = Sql::new(
    "lane.lock_removed",
    "select person from lane where consumer = {1} order by person limit {2}{pg: for update}",
);
const BEHIND: Sql = Sql::new(
    "behind.remove",
    "delete from behind where consumer = {1} and person in (select r.person from {rows}) returning seq",
);
const LANES: Sql = Sql::new(
    "lane.remove",
    "delete from lane where consumer = {1} and person in (select r.person from {rows}) returning seq",
);
const MISSED: Sql = Sql::new("missed.remove", "delete from missed where consumer = {1}");
const STATE: Sql = Sql::new("consumer_state.remove", "delete from consumer_state where consumer = {1}");
const SUMMARY: Sql = Sql::new(
    "withdrawal.add",
    "insert into withdrawal as w (consumer, reason, advisories, first_seq, last_seq, at)
     values ({1}, 'ConsumerRemoved', {2}, {3}, {4}, {5})
     on conflict (consumer, reason) do update set advisories = w.advisories + excluded.advisories, at = excluded.at,
       first_seq = case when w.first_seq < excluded.first_seq then w.first_seq else excluded.first_seq end,
       last_seq = case when w.last_seq > excluded.last_seq then w.last_seq else excluded.last_seq end",
);

impl Store {
    /// Consumers with anything in a lane, in `consumer_state` or in `missed`, by id: those that are not in the registry
    /// any more are to be removed.
    pub async fn consumers(&self) -> Result<Vec<ConsumerId>, StoreError> {
        let rows = self.fetch(&KNOWN, None, &[]).await?;
        rows.iter().map(|row| Ok(ConsumerId(row.read(KNOWN.name).get()?))).collect()
    }

    /// Withdraws what waits for a removed consumer: deletes at most `limit` lanes with all behind them in one
    /// transaction and adds them to one summary row. Returns how many advisories; call again until it is 0.
    ///
    /// `version` is the registry without the consumer: if another one is in force, nothing happens
    /// ([`StoreError::RegistryMoved`]), for the consumer may have come back. The cursor stays, so that one that comes
    /// back under the same uid never meets a sequence number twice.
    pub async fn remove_consumer(&self, consumer: ConsumerId, version: i64, limit: usize) -> Result<u64, StoreError> {
        let now = self.now_ms().await?;
        repeated!(self.remove_once(consumer, version, limit, now))
    }

    async fn remove_once(&self, consumer: ConsumerId, version: i64, limit: usize, now: i64) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        if tx.lock_registry().await? != Some(version) {
            return Err(StoreError::RegistryMoved);
        }
        let id = Scalar::Uuid(consumer.0);
        let limit = [id, Scalar::Int(i64::try_from(limit).unwrap_or(i64::MAX))];
        let rows = tx.fetch(&LOCK, None, &limit).await?;
        let persons: Vec<PersonId> =
            rows.iter().map(|row| Ok(PersonId(row.read(LOCK.name).get()?))).collect::<Result<_, StoreError>>()?;
        let batch = || Some(Rows::new().uuid("person", persons.iter().copied()));
        let mut gone = numbers(&BEHIND, &tx.fetch(&BEHIND, batch(), &[id]).await?)?;
        gone.extend(numbers(&LANES, &tx.fetch(&LANES, batch(), &[id]).await?)?);
        if let (Some(first), Some(last)) = (gone.iter().min(), gone.iter().max()) {
            let count = Scalar::Int(i64::try_from(gone.len()).unwrap_or(i64::MAX));
            let summary = [id, count, Scalar::Int(*first), Scalar::Int(*last), Scalar::Int(now)];
            tx.execute(&SUMMARY, None, &summary).await?;
        } else {
            tx.execute(&MISSED, None, &[id]).await?;
            tx.execute(&STATE, None, &[id]).await?;
        }
        tx.commit().await?;
        Ok(gone.len() as u64)
    }
}

fn numbers(sql: &Sql, rows: &[Row]) -> Result<Vec<i64>, StoreError> {
    rows.iter().map(|row| row.read(sql.name).get()).collect()
}
