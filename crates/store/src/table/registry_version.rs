//! Versions of the registry: append-only, and one row that says which one is current.

use jiff::Timestamp;
use registry::Registry;

use crate::db::{Scalar, Sql, repeated};
use crate::{Held, Store, StoreError, Tx};

const CURRENT: Sql = Sql::new(
    "registry.current",
    "select v.version, v.compiled, c.moved_at from registry_current c join registry_version v on v.version = c.version",
);
const VERSION: Sql = Sql::new("registry.version", "select version from registry_current");
const LOCK: Sql = Sql::new("registry.lock", "select version from registry_current{pg: for share}");
const NEXT: Sql = Sql::new("registry.next", "select coalesce(max(version), 0) + 1 from registry_version");
const INSERT: Sql = Sql::new(
    "registry.insert",
    "insert into registry_version (version, compiled, epoch, recorded_at) values ({1}, {2}, {3}, {4})",
);
const FIRST: Sql = Sql::new(
    "registry.first",
    "insert into registry_current (one, version, epoch, moved_at) values (1, {1}, {2}, {3}) on conflict (one) do nothing",
);
const MOVE: Sql = Sql::new(
    "registry.move",
    "update registry_current set version = {1}, epoch = {2}, moved_at = {3} where version = {4} and epoch <= {2}",
);

/// The registry in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentRegistry {
    /// Its version, from 1.
    pub version: i64,
    /// The compiled form.
    pub registry: Registry,
    /// When it became current.
    pub since: Timestamp,
}

impl Store {
    /// The registry in force, `None` before the first one.
    pub async fn current_registry(&self) -> Result<Option<CurrentRegistry>, StoreError> {
        let rows = self.fetch(&CURRENT, None, &[]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let mut row = row.read(CURRENT.name);
        let version = row.get()?;
        let registry = Registry::from_stored(&row.get::<String>()?).map_err(StoreError::Registry)?;
        Ok(Some(CurrentRegistry { version, registry, since: row.time()? }))
    }

    /// Only the current version, for polling. Reload when it *differs* from the one in use.
    pub async fn registry_version(&self) -> Result<Option<i64>, StoreError> {
        let rows = self.fetch(&VERSION, None, &[]).await?;
        rows.first().map(|row| row.read(VERSION.name).get()).transpose()
    }

    /// Appends a version and makes it current, if `expected` is still the current one ([`StoreError::RegistryMoved`])
    /// and `lease` is still held ([`StoreError::Fenced`]). Returns the new version.
    pub async fn publish_registry(
        &self,
        registry: &Registry,
        expected: Option<i64>,
        lease: &Held,
    ) -> Result<i64, StoreError> {
        let compiled = registry.to_stored().map_err(StoreError::Registry)?;
        let now = self.now_ms().await?;
        repeated!(self.publish_once(&compiled, expected, lease, now))
    }

    async fn publish_once(
        &self,
        compiled: &str,
        expected: Option<i64>,
        lease: &Held,
        now: i64,
    ) -> Result<i64, StoreError> {
        let mut tx = self.begin().await?;
        tx.fence(lease).await?;
        let rows = tx.fetch(&NEXT, None, &[]).await?;
        let version = rows.first().ok_or(StoreError::RegistryMoved)?.read(NEXT.name).get()?;
        let (epoch, now) = (Scalar::Int(lease.epoch), Scalar::Int(now));
        tx.execute(&INSERT, None, &[Scalar::Int(version), Scalar::Text(compiled), epoch, now]).await?;
        let moved = match expected {
            None => tx.execute(&FIRST, None, &[Scalar::Int(version), epoch, now]).await?,
            Some(old) => tx.execute(&MOVE, None, &[Scalar::Int(version), epoch, now, Scalar::Int(old)]).await?,
        };
        if moved != 1 {
            return Err(StoreError::RegistryMoved);
        }
        tx.commit().await?;
        Ok(version)
    }
}

impl Tx {
    /// Locks the current version until the end of the transaction (`for share`) and returns it. A unit of work that
    /// stores membership calls it first and computes again if the version is not the one it used.
    pub async fn lock_registry(&mut self) -> Result<Option<i64>, StoreError> {
        let rows = self.fetch(&LOCK, None, &[]).await?;
        rows.first().map(|row| row.read(LOCK.name).get()).transpose()
    }
}
