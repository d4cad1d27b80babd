//! Versions of the registry: append-only, and one row that says which one is current.

use jiff::Timestamp;
use registry::Registry;

use crate::{Held, Store, StoreError, Tx};

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
        unimplemented!()
    }

    /// Only the current version, for polling. Reload when it *differs* from the one in use.
    pub async fn registry_version(&self) -> Result<Option<i64>, StoreError> {
        unimplemented!()
    }

    /// Appends a version and makes it current, if `expected` is still the current one ([`StoreError::RegistryMoved`])
    /// and `lease` is still held ([`StoreError::Fenced`]). Returns the new version.
    pub async fn publish_registry(
        &self,
        registry: &Registry,
        expected: Option<i64>,
        lease: &Held,
    ) -> Result<i64, StoreError> {
        let _ = (registry, expected, lease);
        unimplemented!()
    }
}

impl Tx {
    /// Locks the current version until the end of the transaction (`for share`) and returns it. A unit of work that
    /// stores membership calls it first and computes again if the version is not the one it used.
    pub async fn lock_registry(&mut self) -> Result<Option<i64>, StoreError> {
        unimplemented!()
    }
}
