//! The handle, and one transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};
use tokio::sync::Mutex;

use crate::codec::Codec;
use crate::db::{Dialect, Row, Rows, Scalar, Sql, instant};
use crate::{Packed, StoreConfig, StoreError};

/// How long a clock that was read is carried on by the monotonic one.
const CLOCK_AGE: Duration = Duration::from_secs(1);

const CLOCK: Sql = Sql::new(
    "clock.read",
    "select cast({pg:extract(epoch from clock_timestamp()) * 1000}{lite:unixepoch('subsec') * 1000} as bigint)",
);

/// Flushes the journal to the disk, then its pages into the file and those too.
const SETTLE: Sql = Sql::new("sqlite.settle", "pragma wal_checkpoint(full)");

/// The store. Cheap to clone; all clones share the connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
}

/// What all clones and transactions share.
pub(crate) struct Shared {
    pub(crate) pools: Pools,
    pub(crate) codec: Codec,
    pub(crate) window: i64,
    /// Milliseconds that the last count of queued lanes took.
    pub(crate) count_took: AtomicI64,
    clock: Mutex<Option<(Instant, i64)>>,
    offset: AtomicI64,
}

/// The connections.
pub(crate) enum Pools {
    /// PostgreSQL.
    Pg(PgPool),
    /// SQLite: one writer, several readers.
    Lite { writer: SqlitePool, readers: SqlitePool },
}

/// One transaction. Dropping it undoes everything; see the crate's documentation on repeating one.
///
/// On SQLite it holds the only writer (`begin immediate`), so keep it short and compute before it begins.
pub struct Tx {
    inner: Inner,
    /// When it began, in milliseconds.
    pub(crate) began: i64,
    pub(crate) shared: Arc<Shared>,
}

enum Inner {
    Pg(Transaction<'static, Postgres>),
    Lite(Transaction<'static, Sqlite>),
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.shared.pools.dialect())
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tx({:?})", self.shared.pools.dialect())
    }
}

impl Pools {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Pg(_) => Dialect::Pg,
            Self::Lite { .. } => Dialect::Lite,
        }
    }
}

impl Store {
    /// Opens the connections. Creates a SQLite file and its folder when missing; neither migrates nor verifies.
    pub async fn connect(config: &StoreConfig) -> Result<Self, StoreError> {
        let shared = Shared {
            pools: crate::config::open(config).await?,
            codec: Codec::new(),
            window: config.window,
            count_took: AtomicI64::new(0),
            clock: Mutex::new(None),
            offset: AtomicI64::new(0),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The database's clock plus the offset of [`Store::shift_clock`]: the one clock for everything that is stored or
    /// compared between processes. Read from the database at most once a second, in between carried on by this
    /// process's monotonic clock.
    pub async fn now(&self) -> Result<Timestamp, StoreError> {
        let mut clock = self.shared.clock.lock().await;
        let ms = match *clock {
            Some((at, ms)) if at.elapsed() < CLOCK_AGE => {
                ms + i64::try_from(at.elapsed().as_millis()).unwrap_or_default()
            }
            _ => {
                let rows = self.fetch(&CLOCK, None, &[]).await?;
                let ms = rows.first().ok_or(StoreError::Impossible { column: "clock" })?.read(CLOCK.name).get()?;
                *clock = Some((Instant::now(), ms));
                ms
            }
        };
        instant(ms + self.shared.offset.load(Ordering::Relaxed))
    }

    /// [`Store::now`] in milliseconds.
    pub(crate) async fn now_ms(&self) -> Result<i64, StoreError> {
        Ok(self.now().await?.as_millisecond())
    }

    /// Moves this handle's (and its clones') clock, for tests only. The offset is absolute, not added up.
    pub fn shift_clock(&self, offset: SignedDuration) {
        let ms = i64::try_from(offset.as_millis()).unwrap_or_default();
        self.shared.offset.store(ms, Ordering::Relaxed);
    }

    /// Begins a transaction (SQLite: `begin immediate`; PostgreSQL: read committed).
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let began = self.now_ms().await?;
        let inner = match &self.shared.pools {
            Pools::Pg(pool) => pool.begin().await.map(Inner::Pg),
            Pools::Lite { writer, .. } => writer.begin_with("begin immediate").await.map(Inner::Lite),
        }
        .map_err(|source| StoreError::Transaction { action: "begin", source })?;
        Ok(Tx { inner, began, shared: Arc::clone(&self.shared) })
    }

    /// Packs the body of a snapshot; do it before the transaction begins.
    #[must_use]
    pub fn pack(&self, body: &[u8]) -> Packed {
        self.shared.codec.pack(body)
    }

    /// Makes what was committed so far survive a loss of power too, whatever the [`crate::Durability`]: call it before
    /// the last other copy of something is removed. PostgreSQL does so with each commit.
    pub async fn settle(&self) -> Result<(), StoreError> {
        let Pools::Lite { writer, .. } = &self.shared.pools else { return Ok(()) };
        let mut connection = writer.acquire().await.map_err(StoreError::Connect)?;
        let rows = crate::db::fetch_lite(&mut connection, &SETTLE, None, &[]).await?;
        let busy: i64 = rows.first().map_or(Ok(1), |row| row.read(SETTLE.name).get())?;
        if busy == 0 { Ok(()) } else { Err(StoreError::Unsettled) }
    }

    /// Closes all connections; on SQLite writes the journal back into the file.
    pub async fn close(&self) {
        match &self.shared.pools {
            Pools::Pg(pool) => pool.close().await,
            Pools::Lite { writer, readers } => {
                // The last connection to close writes the journal back, and only a writer can.
                readers.close().await;
                writer.close().await;
            }
        }
    }

    /// Reads outside a transaction.
    pub(crate) async fn fetch(
        &self,
        sql: &Sql,
        rows: Option<Rows<'_>>,
        scalars: &[Scalar<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        match &self.shared.pools {
            Pools::Pg(pool) => crate::db::fetch_pg(pool, sql, rows, scalars).await,
            Pools::Lite { readers, .. } => {
                let mut connection = readers.acquire().await.map_err(StoreError::Connect)?;
                crate::db::fetch_lite(&mut connection, sql, rows, scalars).await
            }
        }
    }
}

impl Tx {
    /// Makes everything durable and visible.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.inner {
            Inner::Pg(transaction) => transaction.commit().await,
            Inner::Lite(transaction) => transaction.commit().await,
        }
        .map_err(|source| StoreError::Transaction { action: "commit", source })
    }

    /// Runs a statement and returns its rows. An empty batch runs nothing.
    pub(crate) async fn fetch(
        &mut self,
        sql: &Sql,
        rows: Option<Rows<'_>>,
        scalars: &[Scalar<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        match &mut self.inner {
            Inner::Pg(transaction) => crate::db::fetch_pg(&mut **transaction, sql, rows, scalars).await,
            Inner::Lite(transaction) => crate::db::fetch_lite(transaction, sql, rows, scalars).await,
        }
    }

    /// Runs a statement and returns how many rows it touched. An empty batch runs nothing.
    pub(crate) async fn execute(
        &mut self,
        sql: &Sql,
        rows: Option<Rows<'_>>,
        scalars: &[Scalar<'_>],
    ) -> Result<u64, StoreError> {
        match &mut self.inner {
            Inner::Pg(transaction) => crate::db::execute_pg(&mut **transaction, sql, rows, scalars).await,
            Inner::Lite(transaction) => crate::db::execute_lite(transaction, sql, rows, scalars).await,
        }
    }
}
