//! Extract files: the whole-file reader. A file is validated as a whole and indexed by person; then persons are read in
//! chunks, by first appearance.
//!
//! Memory: 16 bytes for each unbroken run of one person's lines, 4 for each person, and constant buffers; that is at
//! most 20 bytes a record. No line over 4 KiB is buffered.

mod finish;
mod index;
mod lines;
mod read;
mod refusal;
mod report;
mod validate;

use std::fmt;

use jiff::civil::Date;

pub use refusal::{Refusal, Warning};
pub use report::{Form, Header, Report, Terminator};

use index::{Index, Run};

use crate::record::{Fault, Records};
use crate::{PersonNumber, RecordCode};

/// How a file is to be read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The common length of all records, where the file has no line terminators and is padded.
    pub record_length: Option<usize>,
    /// The Copenhagen date of processing: a file produced later is refused.
    pub today: Date,
    /// What a counter that does not match means.
    pub counter: Strictness,
}

/// What a doubtful finding means for the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Strictness {
    /// The file is read, the report warns.
    #[default]
    Warn,
    /// The file is refused.
    Refuse,
}

/// A validated extract, indexed by person.
pub struct Extract<R> {
    reader: R,
    form: Form,
    header: Header,
    report: Report,
    index: Index,
    strays: Vec<Run>,
    input_errors: Vec<Run>,
    receipts: Vec<Run>,
}

/// All that one extract holds about one person. `Debug` hides it.
#[derive(Clone)]
pub struct PersonSet {
    /// The person key: the number that the records stand under.
    pub number: PersonNumber,
    /// The first line of the person, counted from 1.
    pub first_line: u64,
    /// The records, a 001 among them, so that they replace all that was stored for the person; or why they cannot be
    /// accepted.
    pub records: Result<Records, BadPerson>,
    /// The lines as delivered, each with a final `\n` (at most 1 MiB; of an overlong line the first 4 KiB).
    pub raw: Vec<u8>,
}

/// Why a person of an extract cannot be accepted. Holds no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, record {code}{}: {reason}", field.map(|name| format!(", field {name}")).unwrap_or_default())]
pub struct BadPerson {
    /// The line, counted from 1.
    pub line: u64,
    /// The record's code.
    pub code: RecordCode,
    /// The field, if one is to blame.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub reason: Fault,
}

/// A line that belongs to no person. `Debug` hides its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Stray {
    /// The line, counted from 1.
    pub line: u64,
    /// Its record code, if the first three bytes are one.
    pub code: Option<RecordCode>,
    /// Why it is one.
    pub reason: StrayReason,
    /// The line without terminator, at most 4 KiB of it.
    pub bytes: Vec<u8>,
}

/// Why a line belongs to no person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum StrayReason {
    /// The first three bytes are no digits.
    #[error("the line begins with no record code")]
    NoCode,
    /// No layout is known for the code.
    #[error("unknown record code")]
    UnknownCode,
    /// Characters 4 to 13 are no person number.
    #[error("the person key is no person number")]
    NoKey,
}

impl StrayReason {
    /// Every reason.
    const ALL: [Self; 3] = [Self::NoCode, Self::UnknownCode, Self::NoKey];
}

impl<R> Extract<R> {
    /// What the start record says.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What was found in the file.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// How many persons the file holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether the file holds no person.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<R> fmt::Debug for Extract<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extract").field("header", &self.header).field("report", &self.report).finish_non_exhaustive()
    }
}

impl fmt::Debug for PersonSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonSet")
            .field("first_line", &self.first_line)
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stray")
            .field("line", &self.line)
            .field("code", &self.code)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
