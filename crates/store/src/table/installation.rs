//! Whose store this is, and its migrations.

use registry::Environment;

use crate::{Store, StoreError};

/// Whom the store belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Name of the installation: part of every uid and of every advisory's `source`.
    pub name: String,
    /// CVR number of the data controller; `None` while it is not known yet (a folder without a source). The first one
    /// given stays.
    pub authority: Option<String>,
    /// Production or test data; `None` as above.
    pub environment: Option<Environment>,
}

impl Store {
    /// Creates what is missing in the database, then [`Store::verify`].
    pub async fn migrate(&self, installation: &Installation) -> Result<i64, StoreError> {
        let _ = installation;
        unimplemented!()
    }

    /// Refuses pending migrations ([`StoreError::PendingMigrations`]) and another installation, authority or environment
    /// ([`StoreError::AuthorityMismatch`]); fixes an authority or environment that was not known before.
    /// Returns the store's generation, which is part of every advisory's `source` and `id`.
    pub async fn verify(&self, installation: &Installation) -> Result<i64, StoreError> {
        let _ = installation;
        unimplemented!()
    }

    /// Whose store it is and its generation; `None` before the first [`Store::migrate`].
    pub async fn installation(&self) -> Result<Option<(Installation, i64)>, StoreError> {
        unimplemented!()
    }
}
