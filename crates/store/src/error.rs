//! What can go wrong in the store.

/// Why the store did not do it. No variant holds personal data, SQL parameters or a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address is neither `sqlite:` nor `postgres:`, or cannot be read.
    #[error("the store's url is not usable; write `sqlite:PATH` or `postgres://USER@HOST/DATABASE`")]
    Url(#[source] Option<sqlx::Error>),
    /// No connection.
    #[error("the store cannot be reached")]
    Connect(#[source] sqlx::Error),
    /// A statement failed.
    #[error("the statement `{statement}` failed in the store")]
    Statement {
        /// Name of the statement, such as `lane.open`.
        statement: &'static str,
        /// The database's error.
        #[source]
        source: sqlx::Error,
    },
    /// Beginning or ending a transaction failed.
    #[error("the store could not {action} a transaction")]
    Transaction {
        /// `begin` or `commit`.
        action: &'static str,
        /// The database's error.
        #[source]
        source: sqlx::Error,
    },
    /// A migration failed, or an applied one was changed afterwards.
    #[error("the store's tables could not be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The tables are older than this program.
    #[error(
        "the store lacks {pending} of this program's migrations; start `cprbroker serve` of this version once, which adds them"
    )]
    PendingMigrations {
        /// How many.
        pending: usize,
    },
    /// The tables are newer than this program and no longer readable by it.
    #[error("the store has migration {found}, this program knows up to {known}; use a newer program")]
    NewerMigrations {
        /// The highest one applied.
        found: i64,
        /// The highest one known.
        known: i64,
    },
    /// The store belongs to somebody else.
    #[error("the store belongs to {what} `{stored}`, not `{given}`; use another store or correct the configuration")]
    AuthorityMismatch {
        /// `authority`, `environment` or `installation`.
        what: &'static str,
        /// What the store says.
        stored: String,
        /// What the configuration says.
        given: String,
    },
    /// Another process holds the lease with a higher epoch, or moved the checkpoint.
    #[error("`{what}` was taken over by another process; this one must stop its work on it")]
    Fenced {
        /// Name of the lease or of the checkpoint.
        what: String,
    },
    /// SQLite could not flush its journal because a reader held it for too long.
    #[error("what was committed could not be flushed to the disk yet")]
    Unsettled,
    /// The current registry version is not the one that was expected.
    #[error("the registry moved to another version meanwhile; read it again")]
    RegistryMoved,
    /// The stored registry cannot be read.
    #[error("the stored registry cannot be used")]
    Registry(#[source] registry::StoredError),
    /// A stored value cannot be.
    #[error("the store holds an impossible value in `{column}`")]
    Impossible {
        /// Table and column.
        column: &'static str,
    },
    /// A snapshot cannot be unpacked.
    #[error("snapshot {snapshot} cannot be unpacked")]
    Unpack {
        /// The row.
        snapshot: i64,
    },
}

impl StoreError {
    /// Whether the same unit of work may succeed when it is begun again at once: a deadlock, a serialisation failure or
    /// a busy database.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Statement { source, .. } | Self::Transaction { source, .. } => {
                let code = source.as_database_error().and_then(sqlx::error::DatabaseError::code);
                // PostgreSQL: serialization_failure, deadlock_detected; SQLite: BUSY and its extended codes.
                matches!(code.as_deref(), Some("40001" | "40P01" | "5" | "261" | "517"))
            }
            _ => false,
        }
    }
}
