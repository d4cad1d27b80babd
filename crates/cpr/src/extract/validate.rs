//! The one pass over a whole file: what it is, whether it is complete, and where each person's lines stand.

use std::io::{Read, Seek, SeekFrom};

use super::finish::Ending;
use super::index::{Collector, Run, push};
use super::lines::{Line, Lines, Stop};
use super::{Extract, Header, Options, Refusal, StrayReason, Warning};
use crate::date::CprDate;
use crate::layout::{Layout, layout};
use crate::record::{Record, StartView, check};
use crate::{PersonNumber, RecordCode};

/// The first bytes of an EBCDIC start record: 000.
const EBCDIC: &[u8] = &[0xF0, 0xF0, 0xF0];
/// The Danish letters of CP850, å Å æ Æ ø Ø: none of them is a character in ISO 8859-1.
const CP850: &[u8] = &[0x86, 0x8F, 0x91, 0x92, 0x9B, 0x9D];
/// Byte order marks of UTF-8 and UTF-16.
const MARKS: [&[u8]; 3] = [&[0xEF, 0xBB, 0xBF], &[0xFF, 0xFE], &[0xFE, 0xFF]];

/// What is known so far.
pub(super) struct Pass<'a> {
    pub(super) options: &'a Options,
    pub(super) header: Option<Header>,
    /// The line of 999 and its counter, if it could be read.
    pub(super) end: Option<(u64, Option<u64>)>,
    pub(super) warnings: Vec<Warning>,
    pub(super) records: u64,
    pub(super) bad_records: u64,
    pub(super) per_code: Vec<u64>,
    pub(super) persons: Collector,
    /// Runs of one line each, filed under a [`StrayReason`].
    pub(super) strays: Vec<Run>,
    pub(super) input_errors: Vec<Run>,
    pub(super) receipts: Vec<Run>,
    /// The first line that is UTF-8 beyond ASCII, while no line is anything else beyond ASCII.
    pub(super) utf8: Option<u64>,
    pub(super) latin: bool,
    /// Whether any line beyond ASCII is as CPR delivers it.
    pub(super) proper: bool,
    /// The first line whose characters beyond ASCII are all Danish letters of CP850, and how many such lines there are.
    pub(super) cp850: Option<(u64, u64)>,
    /// The key of the line before, as bytes and as number: most lines repeat it.
    last_key: Option<([u8; 10], u64)>,
}

impl<R: Read + Seek> Extract<R> {
    /// Reads the whole file once: lines, form, header, end record, counter, character set, and the typed check of every
    /// record. Builds the index by person.
    ///
    /// # Errors
    /// [`Refusal`]: one sentence that says what is wrong with the file as a whole, and where.
    pub fn validate(mut reader: R, options: &Options) -> Result<Self, Refusal> {
        if let Some(length) = options.record_length.filter(|length| !(106..=crate::record::MAX_LINE).contains(length)) {
            return Err(Refusal::RecordLength { length });
        }
        let unread = |source| Refusal::Read { offset: 0, source };
        let size = reader.seek(SeekFrom::End(0)).map_err(unread)?;
        reader.seek(SeekFrom::Start(0)).map_err(unread)?;
        let mut lines = Lines::new(reader, size, options.record_length).map_err(refusal)?;
        foreign(lines.ahead())?;
        let mut pass = Pass::new(options);
        while let Some(line) = lines.next() {
            line.map_err(|stop| pass.stopped(stop)).and_then(|line| pass.line(&line))?;
        }
        let ending = Ending { form: lines.form(), size, lines: lines.number() };
        pass.finish(&ending, lines.into_reader())
    }
}

/// Refuses other character sets that show at the first bytes.
fn foreign(beginning: &[u8]) -> Result<(), Refusal> {
    if beginning.starts_with(EBCDIC) {
        return Err(Refusal::Ebcdic);
    }
    if MARKS.iter().any(|mark| beginning.starts_with(mark)) {
        return Err(Refusal::ByteOrderMark);
    }
    Ok(())
}

fn refusal(stop: Stop) -> Refusal {
    match stop {
        Stop::Read(offset, source) => Refusal::Read { offset, source },
        Stop::NoCode(offset) => Refusal::NoCode { offset },
        Stop::UnknownLength(code, offset) => Refusal::UnknownLength { code, offset },
    }
}

impl<'a> Pass<'a> {
    fn new(options: &'a Options) -> Self {
        Self {
            options,
            header: None,
            end: None,
            warnings: Vec::new(),
            records: 0,
            bad_records: 0,
            per_code: vec![0; 1000],
            persons: Collector::default(),
            strays: Vec::new(),
            input_errors: Vec::new(),
            receipts: Vec::new(),
            utf8: None,
            latin: false,
            proper: false,
            cp850: None,
            last_key: None,
        }
    }

    /// Why walking stopped: a file that was converted to UTF-8 loses its record lengths.
    fn stopped(&self, stop: Stop) -> Refusal {
        match (self.utf8, &stop) {
            (Some(line), Stop::NoCode(_) | Stop::UnknownLength(..)) if !self.latin => Refusal::Utf8 { line },
            _ if self.header.is_none() && matches!(stop, Stop::NoCode(_)) => Refusal::NoStart { line: 1 },
            _ => refusal(stop),
        }
    }

    /// Takes the next line of the file.
    #[inline]
    fn line(&mut self, line: &Line<'_>) -> Result<(), Refusal> {
        if line.bytes.iter().all(|byte| *byte == b' ') && !line.overlong {
            return Ok(());
        }
        if self.header.is_none() {
            return self.start(line);
        }
        if self.end.is_some() && line.bytes == [0x1A] {
            return Ok(());
        }
        self.records += 1;
        let code = line.bytes.get(..3).and_then(RecordCode::parse);
        if let Some(code) = code {
            self.per_code[usize::from(code.value())] += 1;
        }
        if self.end.is_some() && code != Some(RecordCode::INPUT_ERROR) {
            return Err(Refusal::AfterEnd { line: line.number });
        }
        let Some(code) = code else { return self.stray(line, StrayReason::NoCode) };
        match (code, layout(code)) {
            (RecordCode::START, _) => Err(Refusal::SecondStart { line: line.number }),
            (RecordCode::END, _) => {
                self.end(line);
                Ok(())
            }
            (_, None) => self.stray(line, StrayReason::UnknownCode),
            (_, Some(layout)) => self.known(line, code, layout),
        }
    }

    #[inline]
    fn known(&mut self, line: &Line<'_>, code: RecordCode, layout: &'static Layout) -> Result<(), Refusal> {
        let right = !line.overlong && self.check(line, layout);
        self.bad_records += u64::from(!right);
        match code {
            RecordCode::INPUT_ERROR => aside(&mut self.input_errors, line, 0),
            RecordCode::RECEIPT => aside(&mut self.receipts, line, 0),
            _ => {
                let Some(key) = self.key(line.bytes) else { return self.stray(line, StrayReason::NoKey) };
                if line.overlong {
                    self.persons.overlong(key, line.offset, line.number)
                } else {
                    self.persons.line(key, line.offset, line.number, line.length)
                }
            }
        }
        .ok_or(Refusal::TooLarge)
    }

    /// The typed check; notes what the line says about the character set.
    fn check(&mut self, line: &Line<'_>, layout: &'static Layout) -> bool {
        let (right, beyond_ascii) = line.right.map_or_else(
            || {
                let glance = check(Record::uncut(layout, line.bytes));
                (glance.right.is_ok(), glance.beyond_ascii)
            },
            |beyond_ascii| (true, beyond_ascii),
        );
        if beyond_ascii {
            self.character_set(line, right);
        }
        right
    }

    /// Notes what a line beyond ASCII says about the character set of the file.
    fn character_set(&mut self, line: &Line<'_>, right: bool) {
        self.proper |= right;
        if !self.proper && line.bytes.iter().all(|byte| byte.is_ascii() || CP850.contains(byte)) {
            let (first, count) = self.cp850.unwrap_or((line.number, 0));
            self.cp850 = Some((first, count + 1));
        }
        if !self.latin && std::str::from_utf8(line.bytes).is_err() {
            self.latin = true;
        } else if !self.latin && self.utf8.is_none() {
            self.utf8 = Some(line.number);
        }
    }

    /// The person key of a line.
    fn key(&mut self, line: &[u8]) -> Option<u64> {
        let bytes: [u8; 10] = line.get(3..13)?.try_into().ok()?;
        if let Some((_, key)) = self.last_key.filter(|(last, _)| *last == bytes) {
            return Some(key);
        }
        let key = PersonNumber::parse(&bytes).ok()?.value();
        self.last_key = Some((bytes, key));
        Some(key)
    }

    fn stray(&mut self, line: &Line<'_>, reason: StrayReason) -> Result<(), Refusal> {
        if !line.overlong && !line.bytes.is_ascii() {
            self.character_set(line, false);
        }
        aside(&mut self.strays, line, reason as u64).ok_or(Refusal::TooLarge)
    }

    fn start(&mut self, line: &Line<'_>) -> Result<(), Refusal> {
        let number = line.number;
        let record = Record::new(line.bytes).filter(|_| !line.overlong);
        let start = record.and_then(StartView::of).ok_or(Refusal::NoStart { line: number })?;
        let bad = |field| Refusal::BadStart { line: number, field };
        if let Err(wrong) = check(Record::uncut(StartView::layout(), line.bytes)).right
            && wrong.field != "previous_production_date"
        {
            return Err(bad(wrong.field));
        }
        let production_date = start.production_date().and_then(CprDate::day).ok_or_else(|| bad("production_date"))?;
        let today = self.options.today;
        if production_date > today {
            return Err(Refusal::FromTheFuture { line: number, production_date, today });
        }
        let previous = start.previous_production_date().and_then(CprDate::day);
        if previous.is_none() && !start.has_no_previous() {
            self.warnings.push(Warning::PreviousDateUnreadable { line: number });
        }
        self.records += 1;
        self.per_code[0] += 1;
        self.header = Some(Header {
            task_number: format!("{:06}", start.task_number()),
            production_date,
            previous_production_date: previous,
        });
        Ok(())
    }

    fn end(&mut self, line: &Line<'_>) {
        let digits = line.bytes.get(13..21).filter(|digits| digits.iter().all(u8::is_ascii_digit));
        let counter = digits.map(|digits| digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')));
        self.end = Some((line.number, counter));
    }
}

/// Files a line that belongs to no person. A line is too short to overflow the run's length.
fn aside(runs: &mut Vec<Run>, line: &Line<'_>, key: u64) -> Option<()> {
    let length = if line.overlong { 0 } else { line.length };
    push(runs, Run::new(key, line.offset, line.number, length)?);
    Some(())
}
