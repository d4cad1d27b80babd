//! What a validated file is and holds: counts only.

use jiff::civil::Date;

use super::Warning;
use crate::RecordCode;

/// The start record.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// The task: six digits.
    pub task_number: String,
    /// The day whose end the file shows.
    pub production_date: Date,
    /// The production date of the task's former file, if it has one.
    pub previous_production_date: Option<Date>,
}

/// What was found in a file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// How lines end.
    pub form: Form,
    /// The size in bytes.
    pub bytes: u64,
    /// Lines, blank ones included.
    pub lines: u64,
    /// Records of every kind: all lines that are not blank.
    pub records: u64,
    /// Records of each known code, by code.
    pub per_code: Vec<(RecordCode, u64)>,
    /// Records of each unknown code, by code.
    pub unknown: Vec<(RecordCode, u64)>,
    /// Lines that belong to no person, those of unknown codes included (see `Extract::strays`).
    pub strays: usize,
    /// Persons.
    pub persons: usize,
    /// Records in which a field breaks its kind, overlong lines included; their persons are quarantined when read.
    pub bad_records: u64,
    /// Records 910.
    pub input_errors: usize,
    /// Records 997.
    pub receipts: usize,
    /// Whether any 099 occurs: a change extract, not a load.
    pub has_events: bool,
    /// What is doubtful about the file as a whole.
    pub warnings: Vec<Warning>,
}

/// How the records of a file are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Form {
    /// Lines with a terminator.
    Lines(Terminator),
    /// No terminators; each record has the length of its code.
    Unterminated,
    /// No terminators; each record has this length.
    Padded(usize),
}

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Terminator {
    /// Carriage return and line feed.
    CrLf,
    /// Line feed.
    Lf,
    /// Carriage return.
    Cr,
}
