//! Persons and what is derived from their newest snapshot for selection.

use std::fmt;

use jiff::civil::Date;

use crate::{PersonId, SnapshotId, Store, StoreError, StoredSnapshot, Tx};

/// What is derived from a snapshot for selection and masking; rebuildable.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Municipality code of the address in force.
    pub municipality: Option<u16>,
    /// The registered birth date in its stored text form, possibly partial.
    pub born: Option<String>,
    /// Person status.
    pub status: Option<u8>,
    /// Whether a name and address protection is in force.
    pub protected: bool,
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Facts(redacted)")
    }
}

/// A stored person with its newest snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The person.
    pub id: PersonId,
    /// The newest snapshot; `None` only after an erasure in progress.
    pub current: Option<StoredSnapshot>,
    /// What is derived from it.
    pub facts: Facts,
    /// The person this one was merged into.
    pub merged_into: Option<PersonId>,
}

/// The new current state of a person; a person not yet stored is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonUpdate {
    /// The person.
    pub id: PersonId,
    /// The newest snapshot.
    pub snapshot: SnapshotId,
    /// Its production date.
    pub production_date: Date,
    /// What is derived from it.
    pub facts: Facts,
}

impl Tx {
    /// The stored ones among `persons` with their newest snapshots unpacked, in no order.
    pub async fn persons(&mut self, persons: &[PersonId]) -> Result<Vec<Person>, StoreError> {
        let _ = persons;
        unimplemented!()
    }

    /// The next persons by id, for a walk over all of them: reselection.
    pub async fn persons_after(&mut self, after: Option<PersonId>, limit: usize) -> Result<Vec<Person>, StoreError> {
        let _ = (after, limit);
        unimplemented!()
    }

    /// Moves persons to their new snapshots (each at most once in the slice).
    pub async fn put_persons(&mut self, persons: &[PersonUpdate]) -> Result<(), StoreError> {
        let _ = persons;
        unimplemented!()
    }

    /// Merges `from` into `into`: `from` becomes an alias. Memberships and numbers are the caller's to move.
    pub async fn merge_persons(&mut self, from: PersonId, into: PersonId) -> Result<(), StoreError> {
        let _ = (from, into);
        unimplemented!()
    }
}

impl Store {
    /// How many persons are stored.
    pub async fn count_persons(&self) -> Result<i64, StoreError> {
        unimplemented!()
    }

    /// [`Tx::persons_after`] outside a transaction, for dry runs.
    pub async fn persons_after(&self, after: Option<PersonId>, limit: usize) -> Result<Vec<Person>, StoreError> {
        let _ = (after, limit);
        unimplemented!()
    }
}
