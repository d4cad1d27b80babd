//! What is decided when the whole file was read.

use super::validate::Pass;
use super::{Extract, Form, Refusal, Report, Strictness, Warning};
use crate::RecordCode;
use crate::layout::layout;

/// So many lines in CP850, and none in ISO 8859-1, are no accident.
const MANY: u64 = 3;

/// What is known when the last line was read.
pub(super) struct Ending {
    pub(super) form: Form,
    pub(super) size: u64,
    pub(super) lines: u64,
}

impl Pass<'_> {
    /// Decides on the file as a whole and builds the index.
    pub(super) fn finish<R>(mut self, ending: &Ending, reader: R) -> Result<Extract<R>, Refusal> {
        if let Some(line) = self.utf8.filter(|_| !self.latin) {
            return Err(Refusal::Utf8 { line });
        }
        if let Some((line, MANY..)) = self.cp850.filter(|_| !self.proper) {
            return Err(Refusal::Cp850 { line });
        }
        let header = self.header.take().ok_or(Refusal::Empty)?;
        let (line, stated) = self.end.ok_or(Refusal::Truncated { line: ending.lines, offset: ending.size })?;
        self.counter(line, stated)?;
        let found = |known: bool| {
            let codes = (0..).filter_map(RecordCode::new).take(1000).zip(self.per_code.iter().copied());
            codes.filter(move |(code, count)| *count > 0 && layout(*code).is_some() == known).collect()
        };
        let mut report = Report {
            form: ending.form,
            bytes: ending.size,
            lines: ending.lines,
            records: self.records,
            per_code: found(true),
            unknown: found(false),
            strays: self.strays.len(),
            persons: 0,
            bad_records: self.bad_records,
            input_errors: self.input_errors.len(),
            receipts: self.receipts.len(),
            has_events: self.count(RecordCode::EVENT) > 0,
            warnings: self.warnings,
        };
        let index = self.persons.finish().ok_or(Refusal::TooLarge)?;
        report.persons = index.len();
        let (strays, input_errors, receipts) = (self.strays, self.input_errors, self.receipts);
        Ok(Extract { reader, form: ending.form, header, report, index, strays, input_errors, receipts })
    }

    /// Compares the counter of 999 with all records but 000, 999 and 910.
    fn counter(&mut self, line: u64, stated: Option<u64>) -> Result<(), Refusal> {
        let counted = self.records - 2 - self.count(RecordCode::INPUT_ERROR);
        let strict = self.options.counter == Strictness::Refuse;
        match stated {
            Some(stated) if stated == counted => {}
            Some(stated) if strict => return Err(Refusal::Counter { line, stated, counted }),
            Some(stated) => self.warnings.push(Warning::Counter { line, stated, counted }),
            None if strict => return Err(Refusal::CounterUnreadable { line }),
            None => self.warnings.push(Warning::CounterUnreadable { line }),
        }
        Ok(())
    }

    fn count(&self, code: RecordCode) -> u64 {
        self.per_code.get(usize::from(code.value())).copied().unwrap_or(0)
    }
}
