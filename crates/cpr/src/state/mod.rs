//! The state of a person at one time: the projected fields.

mod field;

pub use field::{Field, FieldSet};
