//! Person numbers: the only table that holds any.

use cpr::PersonNumber;

use crate::{NumberId, PersonId, Store, StoreError, Tx};

/// What a number is to its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberState {
    /// The number in force.
    Current,
    /// A former number of the same person (status 60, record 022).
    Former,
    /// A number given twice and merged into another person (status 50).
    Duplicate,
    /// Only named by a relative's record: no person of its own yet.
    Referenced,
}

/// A stored number. `Debug` hides the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The row; its token stands in stored records.
    pub id: NumberId,
    /// The digits.
    pub number: PersonNumber,
    /// Whose it is; `None` for [`NumberState::Referenced`].
    pub person: Option<PersonId>,
    /// What it is.
    pub state: NumberState,
}

/// A number to store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewNumber {
    /// The digits.
    pub number: PersonNumber,
    /// Whose it is; `None` for a relative who is not stored.
    pub person: Option<PersonId>,
    /// What it is.
    pub state: NumberState,
}

impl Tx {
    /// The stored ones among `numbers`, in no order.
    pub async fn numbers(&mut self, numbers: &[PersonNumber]) -> Result<Vec<Numbered>, StoreError> {
        let _ = numbers;
        unimplemented!()
    }

    /// Stores numbers (each at most once in the slice) and returns all their rows in the order of the slice. One that
    /// another transaction stored meanwhile keeps its row as it is.
    pub async fn insert_numbers(&mut self, numbers: &[NewNumber]) -> Result<Vec<Numbered>, StoreError> {
        let _ = numbers;
        unimplemented!()
    }

    /// Gives stored numbers a person and a state, as when a referenced relative is delivered.
    pub async fn assign_numbers(&mut self, numbers: &[(NumberId, PersonId, NumberState)]) -> Result<(), StoreError> {
        let _ = numbers;
        unimplemented!()
    }
}

impl Store {
    /// The row of one number.
    pub async fn number(&self, number: PersonNumber) -> Result<Option<Numbered>, StoreError> {
        let _ = number;
        unimplemented!()
    }
}
