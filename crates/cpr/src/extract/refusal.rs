//! Why a file is refused as a whole, and what is doubtful about one that is not.

use std::io;

use jiff::civil::Date;

use crate::RecordCode;

/// Why a file is refused. One sentence each; never content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The file cannot be read.
    #[error("the file cannot be read at byte {offset}")]
    Read {
        /// How far reading came.
        offset: u64,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// No bytes, or blanks and terminators only.
    #[error("the file is empty: not even a start record 000; have it delivered again")]
    Empty,
    /// The file is in EBCDIC.
    #[error("the file is in EBCDIC (CP277): order character set ISO 8859-1 for the task")]
    Ebcdic,
    /// The file is in CP850.
    #[error("the file is in CP850 (first seen in line {line}): order character set ISO 8859-1 for the task")]
    Cp850 {
        /// The first such line.
        line: u64,
    },
    /// The file begins with a Unicode byte order mark.
    #[error(
        "the file begins with a byte order mark: something converted it to Unicode; it must arrive in ISO 8859-1 as CPR made it"
    )]
    ByteOrderMark,
    /// Every line with a character outside of ASCII is UTF-8.
    #[error(
        "the file is in UTF-8 (first seen in line {line}): something converted it; it must arrive in ISO 8859-1 as CPR made it"
    )]
    Utf8 {
        /// The first such line.
        line: u64,
    },
    /// The first record is not 000.
    #[error("line {line} is not a start record 000: the file's beginning is missing or it is no CPR extract")]
    NoStart {
        /// The first line with content.
        line: u64,
    },
    /// A second 000.
    #[error("line {line} is a second start record 000: several files were joined; each must be delivered alone")]
    SecondStart {
        /// Its line.
        line: u64,
    },
    /// The start record cannot be read.
    #[error("line {line}, record 000, field {field} cannot be read: the file is damaged; have it delivered again")]
    BadStart {
        /// Its line.
        line: u64,
        /// The field.
        field: &'static str,
    },
    /// The file comes from the future.
    #[error(
        "line {line}, record 000: the production date {production_date} is after today, {today}; check the clock, or have the file made again"
    )]
    FromTheFuture {
        /// Its line.
        line: u64,
        /// The production date.
        production_date: Date,
        /// The day of processing.
        today: Date,
    },
    /// No 999.
    #[error(
        "the file is truncated: it ends at byte {offset} after line {line} without an end record 999; have it delivered again"
    )]
    Truncated {
        /// The last line.
        line: u64,
        /// The size of the file.
        offset: u64,
    },
    /// Something other than 910 after 999.
    #[error(
        "line {line} stands after the end record 999, where only records 910 may stand: the file is damaged or several were joined"
    )]
    AfterEnd {
        /// Its line.
        line: u64,
    },
    /// The counter does not match (only where this is not a warning).
    #[error(
        "line {line}, record 999: the counter says {stated} records and the file has {counted}; have it delivered again"
    )]
    Counter {
        /// Its line.
        line: u64,
        /// What 999 says.
        stated: u64,
        /// What was counted.
        counted: u64,
    },
    /// The counter is no number (only where this is not a warning).
    #[error("line {line}, record 999, field record_count cannot be read: the file is damaged; have it delivered again")]
    CounterUnreadable {
        /// Its line.
        line: u64,
    },
    /// A file without terminators has a record whose length nobody knows.
    #[error(
        "record {code} at byte {offset} is unknown, so its length in a file without line terminators is too; set recordLength if all records have one"
    )]
    UnknownLength {
        /// The code.
        code: RecordCode,
        /// Where the record begins, counted from 0.
        offset: u64,
    },
    /// A file without terminators has something else where a record must begin.
    #[error(
        "no record code at byte {offset} of a file without line terminators: the file is damaged, or its records are padded and recordLength must be set"
    )]
    NoCode {
        /// Where the record should begin, counted from 0.
        offset: u64,
    },
    /// The set record length cannot be.
    #[error("recordLength {length} is not between 106 and 4096, so it cannot hold the records of a person")]
    RecordLength {
        /// What was set.
        length: usize,
    },
    /// The file is larger than the index can address.
    #[error("the file is larger than the 4 TiB or 4 billion lines that can be indexed")]
    TooLarge,
}

/// What is doubtful about a file that is read nevertheless.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Warning {
    /// The counter does not match.
    #[error("line {line}, record 999: the counter says {stated} records and the file has {counted}")]
    Counter {
        /// The line of 999.
        line: u64,
        /// What 999 says.
        stated: u64,
        /// What was counted.
        counted: u64,
    },
    /// The counter is no number.
    #[error("line {line}, record 999, field record_count cannot be read")]
    CounterUnreadable {
        /// The line of 999.
        line: u64,
    },
    /// The former production date is no date.
    #[error("line {line}, record 000, field previous_production_date cannot be read")]
    PreviousDateUnreadable {
        /// The line of 000.
        line: u64,
    },
}
