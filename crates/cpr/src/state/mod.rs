//! The state of a person at one time: the projected fields.

mod changes;
mod facts;
mod field;
mod project;
mod read;
mod value;

pub use changes::{ChangeEntry, changes_json};
pub use facts::Facts;
pub use field::{Field, FieldSet};
pub use project::{AddressKind, Mask, Projection};
pub use value::{ProtectionInForce, ProtectionType, Value};

use std::fmt;

use crate::Records;

/// The projected fields of a person at one time. `Debug` hides the values.
#[derive(Clone, PartialEq, Eq)]
pub struct State {
    known: FieldSet,
    /// By field number.
    values: [Option<Value>; Field::ALL.len()],
}

impl State {
    /// The state that `records` show, as far as `known` says that they can speak about a field.
    #[must_use]
    pub fn of(records: &Records, known: FieldSet) -> Self {
        let mut values = read::values(records);
        for field in Field::ALL.iter().filter(|field| !known.contains(**field)) {
            values[*field as usize] = None;
        }
        Self { known, values }
    }

    /// What the state can speak about.
    #[must_use]
    pub fn known(&self) -> FieldSet {
        self.known
    }

    /// The value of `field`; `None` if it is absent or not known.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&Value> {
        self.values[field as usize].as_ref()
    }

    /// The fields whose values differ. A field unknown on either side is never a change.
    #[must_use]
    pub fn changed(before: &Self, after: &Self) -> FieldSet {
        let known = before.known.intersection(after.known);
        known.iter().filter(|field| before.get(*field) != after.get(*field)).collect()
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("known", &self.known).finish_non_exhaustive()
    }
}
