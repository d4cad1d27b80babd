//! CPR records as pure values: person numbers, partial dates, record layouts, extract files grouped by person,
//! tokenised snapshots, the state of a person at one time, the difference of two states, and its projection.
//!
//! What is not here: no store, no network, no clock, no randomness and no asynchronous code. A reader is any
//! [`std::io::Read`] with [`std::io::Seek`]; `today` comes from the caller.
//!
//! Facts about the format come from the CPR office's extract descriptions (U12160-P, U12170-P); positions in the
//! docstrings are 1-based as they are there, offsets in the code are 0-based.

pub mod category;
pub mod code;
pub mod date;
pub mod extract;
pub mod layout;
pub mod number;
pub mod record;
pub mod state;
pub mod text;
pub mod token;

pub use category::{Categories, Category};
pub use code::RecordCode;
pub use date::{CprDate, Uncertain};
pub use number::{Gender, NumberError, PersonNumber};
pub use record::{EventCode, NumberField, Record, Records};
pub use state::{ChangeEntry, Facts, Field, FieldSet, Mask, Projection, State, Value};
