//! Leases: who may do what only one process may do.

use std::time::Duration;

use jiff::Timestamp;

use crate::{Store, StoreError, Tx};

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
        let _ = (name, holder, ttl);
        unimplemented!()
    }

    /// Takes the lease at once, whoever holds it, with the next epoch: for the one process that owns the data folder.
    pub async fn seize_lease(&self, name: &str, holder: &str, ttl: Duration) -> Result<Held, StoreError> {
        let _ = (name, holder, ttl);
        unimplemented!()
    }

    /// Gives the lease back; nothing happens if it was lost meanwhile.
    pub async fn release_lease(&self, held: &Held) -> Result<(), StoreError> {
        let _ = held;
        unimplemented!()
    }
}

impl Tx {
    /// Ends with [`StoreError::Fenced`] if the lease's epoch is not `held`'s any more; else keeps others from taking it
    /// until the end of the transaction.
    pub async fn fence(&mut self, held: &Held) -> Result<(), StoreError> {
        let _ = held;
        unimplemented!()
    }
}
