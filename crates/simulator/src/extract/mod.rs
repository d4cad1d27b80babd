//! Extracts of the population in CPR's format.

mod file;
mod flaw;
mod history;
mod pen;
mod records;
mod sheet;

pub use flaw::Flaw;

use std::io::Write;

use cpr::RecordCode;
use jiff::civil::Date;

use crate::moment::ymd;
use crate::population::person::Index;
use crate::{Day, Population};
use file::File;

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LineForm {
    /// CR LF, trailing blanks cut, one 0x1A at the end of the file.
    CrLfTrimmed,
    /// LF, every record at its full length.
    #[default]
    LfFull,
    /// No terminators: records at full length, one after the other.
    Unterminated,
    /// Every record padded with blanks to this length (at least 306), without terminators.
    Padded(usize),
    /// Every record padded with blanks to this length (at least 306), ended by LF.
    PaddedLf(usize),
}

/// A task at CPR: what a file of it holds and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Six digits, also in the file's name.
    pub number: String,
    /// The ordered record codes. 001 (and 099 in a change extract) is always written; 004 too when 002, 003 or 008 is
    /// ordered.
    pub codes: Vec<RecordCode>,
    /// How lines end.
    pub form: LineForm,
    /// Whether the records of about fifty persons at a time are mixed, as in unsorted deliveries. 003 comes last anyhow.
    pub mixed: bool,
    /// What is wrong with the file, if anything.
    pub flaw: Option<Flaw>,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Written {
    /// Persons with a 001.
    pub persons: u64,
    /// Records as counted in 999: all but 000, 999 and 910.
    pub records: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output refused.
    #[error("cannot write the extract")]
    Output(#[from] std::io::Error),
    /// The layout of a code lacks a field that the simulator fills: a bug of the simulator.
    #[error("record {code:03} has no field {field}")]
    NoField {
        /// The record code.
        code: u16,
        /// The field.
        field: &'static str,
    },
    /// A value is longer than its field, or not in the character set: a bug of the simulator.
    #[error("the value for field {field} of record {code:03} does not fit")]
    Unfit {
        /// The record code.
        code: u16,
        /// The field.
        field: &'static str,
    },
    /// The common length is shorter than the longest record.
    #[error("records cannot be padded to {0} bytes, the longest has 306")]
    TooShort(usize),
}

/// Every record that the population can fill.
const FILLED: [u16; 21] = [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 14, 15, 16, 23, 24, 26, 27, 28, 29, 99];

/// No record is longer.
const LONGEST: usize = 306;

impl Task {
    /// A task `number` that orders every record the population can fill.
    #[must_use]
    pub fn new(number: &str) -> Self {
        let codes = FILLED.into_iter().filter_map(RecordCode::new).collect();
        Self { number: number.to_owned(), codes, form: LineForm::default(), mixed: true, flaw: None }
    }

    /// The name of its file of `date`: `D<YYMMDD>.L<task>`.
    #[must_use]
    pub fn file_name(&self, date: Date) -> String {
        format!("D{:06}.L{}", ymd(date) % 1_000_000, self.number)
    }

    /// Writes the initial load (U12160-P) of everybody as of `date`; `previous` is the production date of the task's
    /// former file.
    ///
    /// # Errors
    /// [`WriteError`] if `out` refuses.
    pub fn write_initial<W: Write>(
        &self,
        population: &Population,
        date: Date,
        previous: Option<Date>,
        out: W,
    ) -> Result<Written, WriteError> {
        let file = File { task: self, population, date, previous, events: None };
        file.write((0..population.len()).map(Index::new), out)
    }

    /// Writes the change extract (U12170-P) of `day`: the persons touched, as they stand at the end of that day. Write it
    /// before the population advances further.
    ///
    /// # Errors
    /// [`WriteError`] if `out` refuses.
    pub fn write_changes<W: Write>(
        &self,
        population: &Population,
        day: &Day,
        previous: Option<Date>,
        out: W,
    ) -> Result<Written, WriteError> {
        let file = File { task: self, population, date: day.date(), previous, events: Some(day) };
        file.write(day.events.keys().copied(), out)
    }

    fn orders(&self, code: u16) -> bool {
        let has = |code: u16| self.codes.iter().any(|ordered| ordered.value() == code);
        match code {
            1 | 99 => true,
            4 => has(4) || has(2) || has(3) || has(8),
            _ => has(code),
        }
    }
}
