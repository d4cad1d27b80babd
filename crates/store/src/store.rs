//! The handle, and one transaction.

use jiff::{SignedDuration, Timestamp};

use crate::{Packed, StoreConfig, StoreError};

/// The store. Cheap to clone; all clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {}

/// One transaction. Dropping it undoes everything; see the crate's documentation on repeating one.
///
/// On SQLite it holds the only writer (`begin immediate`), so keep it short and compute before it begins.
#[derive(Debug)]
pub struct Tx {}

impl Store {
    /// Opens the connections. Creates a SQLite file and its folder when missing; neither migrates nor verifies.
    pub async fn connect(config: &StoreConfig) -> Result<Self, StoreError> {
        let _ = config;
        unimplemented!()
    }

    /// The database's clock plus the offset of [`Store::shift_clock`]: the one clock for everything that is stored or
    /// compared between processes. Read from the database at most once a second, in between carried on by this
    /// process's monotonic clock.
    pub async fn now(&self) -> Result<Timestamp, StoreError> {
        unimplemented!()
    }

    /// Moves this handle's (and its clones') clock, for tests only. The offset is absolute, not added up.
    pub fn shift_clock(&self, offset: SignedDuration) {
        let _ = offset;
        unimplemented!()
    }

    /// Begins a transaction (SQLite: `begin immediate`; PostgreSQL: read committed).
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        unimplemented!()
    }

    /// Packs the body of a snapshot; do it before the transaction begins.
    #[must_use]
    pub fn pack(&self, body: &[u8]) -> Packed {
        let _ = body;
        unimplemented!()
    }

    /// Closes all connections; on SQLite writes the journal back into the file.
    pub async fn close(&self) {
        unimplemented!()
    }
}

impl Tx {
    /// Makes everything durable and visible.
    pub async fn commit(self) -> Result<(), StoreError> {
        unimplemented!()
    }
}
