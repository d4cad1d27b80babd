//! Leases: who may do what only one process may do.

use std::time::Duration;

use jiff::Timestamp;

use crate::db::{Scalar, Sql, instant};
use crate::{Store, StoreError, Tx};

// One statement each, so that two takers meet on the row and never both win.
const TAKE: Sql = Sql::new(
    "lease.take",
    "insert into lease as l (name, holder, epoch, expires_at) values ({1}, {2}, 1, {3})
     on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at,
       epoch = case when l.holder = excluded.holder and l.expires_at > {4} then l.epoch else l.epoch + 1 end
     where l.holder = excluded.holder or l.expires_at <= {4} or l.expires_at > excluded.expires_at
     returning epoch",
);
const SEIZE: Sql = Sql::new(
    "lease.seize",
    "insert into lease as l (name, holder, epoch, expires_at) values ({1}, {2}, 1, {3})
     on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at, epoch = l.epoch + 1
     returning epoch",
);
const RENEW: Sql = Sql::new(
    "lease.renew",
    "update lease set expires_at = {3} where name = {1} and holder = {2} and epoch = {4} returning epoch",
);
const RELEASE: Sql =
    Sql::new("lease.release", "update lease set expires_at = 0 where name = {1} and holder = {2} and epoch = {3}");
/// Not shared: two units of work under one lease follow each other, so that no person is decided about by both at once.
const FENCE: Sql = Sql::new("lease.fence", "select epoch from lease where name = {1}{pg: for update}");

/// A lease that was held when it was read. The epoch is what fences: it rises whenever the holder changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Name of the lease, such as `ingester`.
    pub name: String,
    /// Name of the process that holds it.
    pub holder: String,
    /// Rises with each new holder.
    pub epoch: i64,
    /// Until when nobody else takes it.
    pub expires_at: Timestamp,
}

impl Store {
    /// Takes the lease if it is free, has ended or is held by `holder` already (then it is renewed and keeps its
    /// epoch); `None` if somebody else holds it. A stored end that lies more than `ttl` after now counts as `ttl`.
    pub async fn take_lease(&self, name: &str, holder: &str, ttl: Duration) -> Result<Option<Held>, StoreError> {
        let now = self.now_ms().await?;
        let end = now.saturating_add(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX / 4));
        let scalars = [Scalar::Text(name), Scalar::Text(holder), Scalar::Int(end), Scalar::Int(now)];
        self.write_lease(&TAKE, &scalars, name, holder, end).await
    }

    /// Takes the lease at once, whoever holds it, with the next epoch: for the one process that owns the data folder.
    pub async fn seize_lease(&self, name: &str, holder: &str, ttl: Duration) -> Result<Held, StoreError> {
        let end = self.now_ms().await?.saturating_add(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX / 4));
        let scalars = [Scalar::Text(name), Scalar::Text(holder), Scalar::Int(end)];
        let held = self.write_lease(&SEIZE, &scalars, name, holder, end).await?;
        held.ok_or_else(|| StoreError::Fenced { what: name.to_owned() })
    }

    /// Prolongs a lease that nobody has taken since, even one that has ended meanwhile (a process that was suspended); `None`
    /// if somebody did. Unlike [`Store::take_lease`] it tells two holders of one name apart.
    pub async fn renew_lease(&self, held: &Held, ttl: Duration) -> Result<Option<Held>, StoreError> {
        let end = self.now_ms().await?.saturating_add(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX / 4));
        let scalars = [Scalar::Text(&held.name), Scalar::Text(&held.holder), Scalar::Int(end), Scalar::Int(held.epoch)];
        self.write_lease(&RENEW, &scalars, &held.name, &held.holder, end).await
    }

    /// Gives the lease back; nothing happens if it was lost meanwhile.
    pub async fn release_lease(&self, held: &Held) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let epoch = Scalar::Int(held.epoch);
        tx.execute(&RELEASE, None, &[Scalar::Text(&held.name), Scalar::Text(&held.holder), epoch]).await?;
        tx.commit().await
    }

    async fn write_lease(
        &self,
        sql: &Sql,
        scalars: &[Scalar<'_>],
        name: &str,
        holder: &str,
        end: i64,
    ) -> Result<Option<Held>, StoreError> {
        let mut tx = self.begin().await?;
        let rows = tx.fetch(sql, None, scalars).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let epoch = row.read(sql.name).get()?;
        tx.commit().await?;
        Ok(Some(Held { name: name.to_owned(), holder: holder.to_owned(), epoch, expires_at: instant(end)? }))
    }
}

impl Tx {
    /// Ends with [`StoreError::Fenced`] if the lease's epoch is not `held`'s any more; else keeps others from taking it,
    /// and every other fenced transaction from beginning its work, until the end of this one. Fence first: what the
    /// statements after it read is then what the unit of work before left.
    pub async fn fence(&mut self, held: &Held) -> Result<(), StoreError> {
        let rows = self.fetch(&FENCE, None, &[Scalar::Text(&held.name)]).await?;
        let epoch = rows.first().map(|row| row.read(FENCE.name).get::<i64>()).transpose()?;
        if epoch == Some(held.epoch) { Ok(()) } else { Err(StoreError::Fenced { what: held.name.clone() }) }
    }
}
