//! The typed check of one record: does every field have the form of its kind.

use super::Record;

/// What is wrong with a record or with the set of a person's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A byte outside of CPR's character set.
    #[error("a character that CPR cannot deliver")]
    IllegalCharacter,
    /// A field of digits has something else.
    #[error("not all digits")]
    NotDigits,
    /// A date or timestamp that is none.
    #[error("not a date of the expected form")]
    NotADate,
    /// A person number that is none.
    #[error("neither a person number nor blank nor ten zeros")]
    NotANumber,
    /// No layout is known for the code.
    #[error("unknown record code")]
    UnknownCode,
    /// A line over [`super::MAX_LINE`] bytes.
    #[error("line longer than 4096 bytes")]
    LineTooLong,
    /// The person's records are over [`super::MAX_PERSON`] bytes.
    #[error("more than 1 MiB of records for one person")]
    TooMuch,
    /// No record 001, which every delivered person has.
    #[error("person without record 001")]
    NoPersonRecord,
    /// Two different records of a code that a person has once.
    #[error("two different records of one code")]
    TwoRecords,
}

/// A field that breaks its kind; `field` is `None` for a character in no field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadField {
    /// The field's name.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub fault: Fault,
}

/// Checks every field of `record`.
pub(crate) fn check(record: Record<'_>) -> Result<(), BadField> {
    let _ = record;
    unimplemented!()
}
