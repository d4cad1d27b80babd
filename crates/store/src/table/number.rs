//! Person numbers: the only table that holds any.

use std::collections::HashMap;

use cpr::PersonNumber;

use crate::db::{Row, Rows, Scalar, Sql, stored_text};
use crate::{NumberId, PersonId, Store, StoreError, Tx};

const FIND: Sql = Sql::new(
    "number.find",
    "select n.id, n.number, n.person, n.state from {rows} cross join number n where n.number = r.number",
);
const INSERT: Sql = Sql::new(
    "number.insert",
    "insert into number (number, person, state) select r.number, r.person, r.state from {rows} where true
     on conflict (number) do nothing returning id, number, person, state",
);
const ASSIGN: Sql = Sql::new(
    "number.assign",
    "update number set person = r.person, state = r.state from {rows} where number.id = r.id",
);
const ONE: Sql = Sql::new("number.one", "select id, number, person, state from number where number = {1}");

stored_text!(NumberState, "number.state":
    Current = "current", Former = "former", Duplicate = "duplicate", Referenced = "referenced");

/// `person_number.value()` fits: ten digits.
fn column(number: PersonNumber) -> i64 {
    number.value().cast_signed()
}

fn numbered(statement: &'static str, row: &Row) -> Result<Numbered, StoreError> {
    let impossible = StoreError::Impossible { column: "number.number" };
    let mut row = row.read(statement);
    let id = NumberId(row.get()?);
    let Ok(number) = PersonNumber::from_value(row.get::<i64>()?.cast_unsigned()) else { return Err(impossible) };
    let person = row.get::<Option<uuid::Uuid>>()?.map(PersonId);
    Ok(Numbered { id, number, person, state: NumberState::from_stored(&row.get::<String>()?)? })
}

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
        let rows = Rows::new().int("number", numbers.iter().copied().map(column));
        let rows = self.fetch(&FIND, Some(rows), &[]).await?;
        rows.iter().map(|row| numbered(FIND.name, row)).collect()
    }

    /// Stores numbers (each at most once in the slice) and returns all their rows in the order of the slice. One that
    /// another transaction stored meanwhile keeps its row as it is.
    pub async fn insert_numbers(&mut self, numbers: &[NewNumber]) -> Result<Vec<Numbered>, StoreError> {
        let batch = Rows::new()
            .int("number", numbers.iter().map(|new| column(new.number)))
            .opt_uuid("person", numbers.iter().map(|new| new.person.map(Into::into)))
            .text("state", numbers.iter().map(|new| new.state.stored()));
        let rows = self.fetch(&INSERT, Some(batch), &[]).await?;
        let stored: Result<Vec<_>, _> = rows.iter().map(|row| numbered(INSERT.name, row)).collect();
        let mut stored: HashMap<_, _> = stored?.into_iter().map(|row| (row.number, row)).collect();
        if stored.len() < numbers.len() {
            // Somebody else stored the others first; the insert waited for them, so they are visible now.
            let others: Vec<_> =
                numbers.iter().map(|new| new.number).filter(|number| !stored.contains_key(number)).collect();
            stored.extend(self.numbers(&others).await?.into_iter().map(|row| (row.number, row)));
        }
        let row = |new: &NewNumber| stored.get(&new.number).copied();
        let rows: Option<Vec<_>> = numbers.iter().map(row).collect();
        rows.ok_or(StoreError::Impossible { column: "number.number" })
    }

    /// Gives stored numbers a person and a state, as when a referenced relative is delivered.
    pub async fn assign_numbers(&mut self, numbers: &[(NumberId, PersonId, NumberState)]) -> Result<(), StoreError> {
        let batch = Rows::new()
            .int("id", numbers.iter().map(|(id, ..)| id.0))
            .uuid("person", numbers.iter().map(|(_, person, _)| *person))
            .text("state", numbers.iter().map(|(.., state)| state.stored()));
        self.execute(&ASSIGN, Some(batch), &[]).await?;
        Ok(())
    }
}

impl Store {
    /// The row of one number.
    pub async fn number(&self, number: PersonNumber) -> Result<Option<Numbered>, StoreError> {
        let rows = self.fetch(&ONE, None, &[Scalar::Int(column(number))]).await?;
        rows.first().map(|row| numbered(ONE.name, row)).transpose()
    }
}
