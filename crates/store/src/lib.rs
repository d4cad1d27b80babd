//! The truth: every table on SQLite and PostgreSQL behind one [`Store`].
//!
//! PostgreSQL is the production store, SQLite (WAL, one process, up to 100 000 persons) the embedded one. Callers never
//! see which one it is. A [`Tx`] is one transaction with one set-based method per statement; the methods of [`Store`]
//! run their own transactions and repeat them after a deadlock or a serialisation failure.
//!
//! The lane protocol lives in [`delivery`]: the statement order there was tried out and is part of the contract.
//!
//! What is not here: no clock but the database's ([`Store::now`]), no randomness (identifiers come from the caller), no
//! decision who hears of what, no network but the database's, and no person number outside the table `number`.
//!
//! # A transaction that may have to be repeated
//!
//! Everything that a [`Tx`] did is undone when it is dropped without [`Tx::commit`]. After an error for which
//! [`StoreError::is_transient`] holds, the whole unit of work may be begun again at once.

mod codec;
mod config;
mod db;
pub mod delivery;
mod error;
mod id;
pub mod status;
mod store;
pub mod table;

pub use codec::{Packed, SnapshotBody};
pub use config::{Durability, StoreConfig};
pub use delivery::*;
pub use error::StoreError;
pub use id::{EventId, ExtractId, NumberId, PersonId, QuarantineId, SnapshotId};
pub use store::{Store, Tx};
pub use table::*;
