//! Heart-beats of the processes.

use std::time::Duration;

use jiff::Timestamp;

use crate::db::{Scalar, Sql};
use crate::{Store, StoreError};

const BEAT: Sql = Sql::new(
    "process.beat",
    "insert into process (name, role, registry_version, registry_schema, seen_at) values ({1}, {2}, {3}, {4}, {5})
     on conflict (name) do update set role = excluded.role, registry_version = excluded.registry_version,
       registry_schema = excluded.registry_schema, seen_at = excluded.seen_at",
);
/// Names are made anew at each start; what was not seen for a day never comes back.
const FORGET: Sql = Sql::new("process.forget", "delete from process where seen_at < {1}");
const SEEN: Sql = Sql::new(
    "process.seen",
    "select name, role, registry_version, registry_schema, seen_at from process where seen_at >= {1} order by name",
);
const DAY: i64 = 86_400_000;

/// What a process says of itself, every 5 s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Unique name of the process (pod).
    pub name: String,
    /// `ingester`, `notifier`, `standalone` …
    pub role: String,
    /// The registry version it works with.
    pub registry_version: Option<i64>,
    /// The highest registry schema it can read.
    pub schema: u32,
}

/// A process that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// What it said last.
    pub beat: Beat,
    /// When.
    pub seen_at: Timestamp,
}

impl Store {
    /// Records that a process is alive.
    pub async fn beat(&self, beat: &Beat) -> Result<(), StoreError> {
        let now = self.now_ms().await?;
        let mut tx = self.begin().await?;
        let (name, role) = (Scalar::Text(&beat.name), Scalar::Text(&beat.role));
        let (version, schema) = (Scalar::OptInt(beat.registry_version), Scalar::Int(beat.schema.into()));
        tx.execute(&BEAT, None, &[name, role, version, schema, Scalar::Int(now)]).await?;
        tx.execute(&FORGET, None, &[Scalar::Int(now - DAY)]).await?;
        tx.commit().await
    }

    /// The processes seen within `within` before now, by name.
    pub async fn processes(&self, within: Duration) -> Result<Vec<Process>, StoreError> {
        let since = self.now_ms().await? - i64::try_from(within.as_millis()).unwrap_or(DAY);
        let rows = self.fetch(&SEEN, None, &[Scalar::Int(since)]).await?;
        let process = |row: &crate::db::Row| {
            let mut row = row.read(SEEN.name);
            let (name, role, registry_version) = (row.get()?, row.get()?, row.get()?);
            let schema = u32::try_from(row.get::<i64>()?);
            let schema = schema.map_err(|_| StoreError::Impossible { column: "process.registry_schema" })?;
            Ok(Process { beat: Beat { name, role, registry_version, schema }, seen_at: row.time()? })
        };
        rows.iter().map(process).collect()
    }
}
