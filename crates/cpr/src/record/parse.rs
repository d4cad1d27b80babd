//! From lines to the records of one person.

use super::{BadRecord, Fault, MAX_LINE, MAX_PERSON, Record, Records, check};
use crate::{PersonNumber, RecordCode};

/// Codes of which a person has at most one record, and which the state is read from.
const ONCE: [RecordCode; 6] = [
    RecordCode::PERSON,
    RecordCode::ADDRESS,
    RecordCode::ADDRESS_TEXT,
    RecordCode::NAME,
    RecordCode::CIVIL_STATUS,
    RecordCode::SEPARATION,
];

/// Takes the lines of one person one by one.
#[derive(Default)]
pub(crate) struct Parser {
    records: Records,
    /// The index of the line of each record.
    indices: Vec<usize>,
    lines: usize,
    /// The person key of the first line.
    key: [u8; 10],
}

impl Records {
    /// Checks and copies the lines of one person (without terminators), in any order. Identical lines collapse.
    ///
    /// # Errors
    /// [`BadRecord`] for the first line that is too long, of an unknown code, of another person than the first line, or with
    /// a field that breaks its kind; for a second, different record of 001, 002, 003, 008, 012 or 013; or if the lines are over [`MAX_PERSON`] together.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, BadRecord> {
        let mut parser = Parser::default();
        lines.into_iter().try_for_each(|line| parser.line(line))?;
        parser.finish()
    }
}

impl Parser {
    /// A parser for so many bytes and lines.
    pub(crate) fn with_capacity(bytes: usize, lines: usize) -> Self {
        let records = Records { buffer: Vec::with_capacity(bytes), starts: Vec::with_capacity(lines) };
        Self { records, indices: Vec::with_capacity(lines), ..Self::default() }
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: &[u8]) -> Result<(), BadRecord> {
        let index = self.lines;
        let code = line.get(..3).and_then(RecordCode::parse).unwrap_or(RecordCode::START);
        let bad = |field, fault| BadRecord { index, code, field, fault };
        if line.len() > MAX_LINE {
            return Err(bad(None, Fault::LineTooLong));
        }
        let record = Record::new(line).ok_or_else(|| bad(None, Fault::UnknownCode))?;
        let key = record.key().ok_or_else(|| bad(None, Fault::OtherPerson))?;
        if index == 0 {
            PersonNumber::parse(&key).map_err(|_| bad(Some("pnr"), Fault::NotANumber))?;
            self.key = key;
        } else if key != self.key {
            return Err(bad(None, Fault::OtherPerson));
        }
        check(record).right.map_err(|wrong| bad(Some(wrong.field), wrong.fault))?;
        if self.records.buffer.len() + record.bytes.len() >= MAX_PERSON {
            return Err(bad(None, Fault::TooMuch));
        }
        self.lines += 1;
        self.indices.push(index);
        self.records.push(record);
        Ok(())
    }

    /// The records, identical lines once.
    pub(crate) fn finish(mut self) -> Result<Records, BadRecord> {
        self.collapse();
        for code in ONCE {
            let mut same = self.records.iter().enumerate().filter(|(_, record)| record.code() == code);
            if let (Some(_), Some((at, _))) = (same.next(), same.next()) {
                let index = self.indices.get(at).copied().unwrap_or(at);
                return Err(BadRecord { index, code, field: None, fault: Fault::TwoRecords });
            }
        }
        Ok(self.records)
    }

    /// Leaves the first of identical lines. Sorted rather than compared in pairs: a person may have thousands.
    fn collapse(&mut self) {
        let records: Vec<Record<'_>> = self.records.iter().collect();
        let mut order: Vec<usize> = (0..records.len()).collect();
        order.sort_unstable_by_key(|at| (records[*at].bytes, *at));
        let mut repeated: Vec<usize> = order
            .windows(2)
            .filter(|pair| records[pair[0]].bytes == records[pair[1]].bytes)
            .map(|pair| pair[1])
            .collect();
        if repeated.is_empty() {
            return;
        }
        repeated.sort_unstable();
        let mut kept = Self { lines: self.lines, ..Self::default() };
        for (at, record) in records.iter().enumerate().filter(|(at, _)| repeated.binary_search(at).is_err()) {
            kept.indices.push(self.indices[at]);
            kept.records.push(*record);
        }
        *self = kept;
    }
}
