//! How to reach the store.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::StoreError;
use crate::store::Pools;

/// Section `store` of a process's configuration.
#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StoreConfig {
    /// `sqlite:PATH` (created when missing) or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
    pub url: String,
    /// Connections at most; on SQLite the readers beside the one writer.
    #[serde(default = "StoreConfig::default_connections")]
    pub max_connections: u32,
    /// What a commit survives; only SQLite looks at it, PostgreSQL has its own `synchronous_commit`.
    #[serde(default)]
    pub durability: Durability,
    /// Advisories per consumer that may stand in its queue; the rest waits in the store.
    #[serde(default = "StoreConfig::default_window")]
    pub window: i64,
}

/// What a commit on SQLite survives. No setting ever damages the file, and none loses the order of commits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Durability {
    /// Every commit survives the death of the process (`synchronous = NORMAL`). When the power goes, the commits since
    /// the last checkpoint may be gone, the newest first: a chunk is then applied again from its checkpoint, and an
    /// advisory whose receipt was lost is sent again with the same id.
    #[default]
    ProcessCrash,
    /// Every commit also survives a loss of power (`synchronous = FULL`), at one disk flush a commit.
    PowerLoss,
}

impl StoreConfig {
    /// A store at `url` with the default settings.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            max_connections: Self::default_connections(),
            durability: Durability::default(),
            window: Self::default_window(),
        }
    }

    fn default_connections() -> u32 {
        8
    }

    fn default_window() -> i64 {
        5000
    }
}

impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The url may hold a password: only its scheme is shown.
        let scheme = self.url.split(':').next().unwrap_or_default();
        f.debug_struct("StoreConfig")
            .field("url", &format_args!("{scheme}:…"))
            .field("max_connections", &self.max_connections)
            .field("durability", &self.durability)
            .field("window", &self.window)
            .finish()
    }
}

/// Statements of one process; more than there are, so that each is prepared once a connection.
const PREPARED: usize = 200;

/// How long a caller waits for a connection before it reports the store as unreachable.
const PATIENCE: Duration = Duration::from_secs(30);

/// Settings of every PostgreSQL connection. Batches arrive as arrays, whose length the planner cannot know, and the
/// tables of the delivery protocol grow from nothing to a million rows within the planner's memory: so plans are made
/// once, go by index and never by a scan that was cheap when the table was small. A transaction whose process went without
/// a word (a node that lost its network) gives its locks back after a minute.
const PG_SETTINGS: [(&str, &str); 7] = [
    ("application_name", "cprbroker"),
    ("idle_in_transaction_session_timeout", "60000"),
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

/// Opens the connections that the configuration names.
pub(crate) async fn open(config: &StoreConfig) -> Result<Pools, StoreError> {
    match config.url.split(':').next() {
        Some("postgres" | "postgresql") => {
            let options = PgConnectOptions::from_str(&config.url)
                .map_err(|error| StoreError::Url(Some(error)))?
                .statement_cache_capacity(PREPARED)
                .options(PG_SETTINGS);
            let pool = PgPoolOptions::new().max_connections(config.max_connections).acquire_timeout(PATIENCE);
            Ok(Pools::Pg(pool.connect_with(options).await.map_err(StoreError::Connect)?))
        }
        Some("sqlite") => open_lite(config).await,
        _ => Err(StoreError::Url(None)),
    }
}

async fn open_lite(config: &StoreConfig) -> Result<Pools, StoreError> {
    let options = SqliteConnectOptions::from_str(&config.url).map_err(|error| StoreError::Url(Some(error)))?;
    if let Some(folder) = options.get_filename().parent().filter(|folder| *folder != Path::new("")) {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::Connect(sqlx::Error::Io(error)))?;
    }
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match config.durability {
            Durability::ProcessCrash => SqliteSynchronous::Normal,
            Durability::PowerLoss => SqliteSynchronous::Full,
        })
        .busy_timeout(PATIENCE)
        // 32 MiB of pages, and the file mapped: reads of snapshots cost no copy between processes.
        .pragma("cache_size", "-32768")
        .pragma("mmap_size", "268435456")
        .pragma("temp_store", "memory");
    let pool = || SqlitePoolOptions::new().acquire_timeout(PATIENCE).idle_timeout(None).max_lifetime(None);
    let writer = pool().max_connections(1).connect_with(options.clone()).await.map_err(StoreError::Connect)?;
    let readers = options.pragma("query_only", "on");
    let readers = pool().max_connections(config.max_connections).connect_lazy_with(readers);
    Ok(Pools::Lite { writer, readers })
}
