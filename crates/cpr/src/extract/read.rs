//! Reading persons and other lines of a validated file by their place.

use std::io::{self, Read, Seek, SeekFrom};

use super::index::Run;
use super::lines::{record_length, without_return};
use super::{BadPerson, Extract, Form, PersonSet, Stray, StrayReason};
use crate::record::{
    BadRecord, Fault, InputError, InputErrorView, MAX_LINE, MAX_PERSON, Parser, Receipt, ReceiptView, Record, trim_end,
};
use crate::{PersonNumber, RecordCode};

/// Runs closer together than this are read at once: the bytes between cost less than another call.
const GAP: u64 = 16 * 1024;
/// The most that is read at once.
const SPAN: u64 = 2 << 20;

/// A person being put together.
struct Draft {
    number: PersonNumber,
    first_line: u64,
    raw: Vec<u8>,
    /// The line number of each line in `raw`.
    lines: Vec<u64>,
    /// Whether any of them is a 001.
    fresh: bool,
    /// What is already known to be wrong.
    bad: Option<BadPerson>,
}

impl<R: Read + Seek> Extract<R> {
    /// The persons `from..from + limit` by first appearance in the file.
    ///
    /// # Errors
    /// What reading the file gives; [`io::ErrorKind::UnexpectedEof`] if it has become shorter.
    pub fn chunk(&mut self, from: usize, limit: usize) -> io::Result<Vec<PersonSet>> {
        let (mut drafts, mut wanted) = (Vec::new(), Vec::new());
        for (number, runs) in (from..from.saturating_add(limit)).map_while(|at| self.index.person(at)) {
            let (first, owner) = (runs.first().map_or(0, |run| run.line()), drafts.len());
            let (fresh, bad) = (false, too_much(runs));
            let size: u64 = runs.iter().map(|run| run.length()).sum();
            let raw = Vec::with_capacity(usize::try_from(size).unwrap_or(MAX_PERSON).min(MAX_PERSON));
            drafts.push(Draft { number, first_line: first, raw, lines: Vec::new(), fresh, bad });
            wanted.extend(within_limit(runs).map(|run| (*run, owner)));
        }
        wanted.sort_unstable_by_key(|(run, _)| run.offset());
        let form = self.form;
        read_runs(&mut self.reader, &wanted, |run, owner: usize, bytes| drafts[owner].add(form, run, bytes))?;
        Ok(drafts.into_iter().map(Draft::finish).collect())
    }

    /// The lines `from..from + limit` of those that belong to no person, in the order of the file.
    ///
    /// # Errors
    /// As [`Extract::chunk`].
    pub fn strays(&mut self, from: usize, limit: usize) -> io::Result<Vec<Stray>> {
        let lines = lines_of(&mut self.reader, self.form, page(&self.strays, from, limit))?;
        Ok(lines.into_iter().map(|(run, bytes)| Stray::new(run, bytes)).collect())
    }

    /// The 910 records `from..from + limit`, with their lines.
    ///
    /// # Errors
    /// As [`Extract::chunk`].
    pub fn input_errors(&mut self, from: usize, limit: usize) -> io::Result<Vec<(u64, InputError)>> {
        let lines = lines_of(&mut self.reader, self.form, page(&self.input_errors, from, limit))?;
        let view = |bytes| Some(InputErrorView::of(Record::new(bytes)?)?.to_plain());
        Ok(lines.iter().filter_map(|(run, bytes)| Some((run.line(), view(bytes)?))).collect())
    }

    /// The 997 records `from..from + limit`, with their lines.
    ///
    /// # Errors
    /// As [`Extract::chunk`].
    pub fn receipts(&mut self, from: usize, limit: usize) -> io::Result<Vec<(u64, Receipt)>> {
        let lines = lines_of(&mut self.reader, self.form, page(&self.receipts, from, limit))?;
        let view = |bytes| Some(ReceiptView::of(Record::new(bytes)?)?.to_plain());
        Ok(lines.iter().filter_map(|(run, bytes)| Some((run.line(), view(bytes)?))).collect())
    }
}

fn page(runs: &[Run], from: usize, limit: usize) -> &[Run] {
    let from = from.min(runs.len());
    &runs[from..from.saturating_add(limit).min(runs.len())]
}

/// Whether a person has more than may be read: known before anything is, so that nobody is accepted in part.
fn too_much(runs: &[Run]) -> Option<BadPerson> {
    let line = runs.first()?.line();
    let total: u64 = runs.iter().map(|run| run.length()).sum();
    let bad = BadPerson { line, code: RecordCode::PERSON, field: None, reason: Fault::TooMuch };
    (total >= MAX_PERSON as u64).then_some(bad)
}

/// The runs up to the one that makes a person too large; the rest is not read.
fn within_limit(runs: &[Run]) -> impl Iterator<Item = &Run> {
    runs.iter().scan(0, |total, run| {
        let before = *total;
        *total += run.length();
        (before <= MAX_PERSON as u64).then_some(run)
    })
}

/// Single lines, each without its terminator.
fn lines_of<R: Read + Seek>(reader: &mut R, form: Form, runs: &[Run]) -> io::Result<Vec<(Run, Vec<u8>)>> {
    let wanted: Vec<(Run, usize)> = runs.iter().map(|run| (*run, 0)).collect();
    let mut lines = Vec::with_capacity(runs.len());
    read_runs(reader, &wanted, |run, _, bytes| {
        split(form, bytes, |line| lines.push((run, line.to_vec())));
    })?;
    Ok(lines)
}

/// Reads runs that are sorted by place, neighbours together.
fn read_runs<R: Read + Seek>(
    reader: &mut R,
    wanted: &[(Run, usize)],
    mut each: impl FnMut(Run, usize, &[u8]),
) -> io::Result<()> {
    let mut buffer = Vec::new();
    let mut rest = wanted;
    while let [(first, _), ..] = rest {
        let start = first.offset();
        let near =
            |pair: &&[(Run, usize)]| pair[1].0.offset() <= end(pair[0].0) + GAP && end(pair[1].0) <= start + SPAN;
        let (together, later) = rest.split_at(1 + rest.windows(2).take_while(near).count());
        let stop = together.last().map_or(start, |(run, _)| end(*run));
        fetch(reader, start, stop, &mut buffer)?;
        for (run, owner) in together {
            let at = |offset: u64| usize::try_from(offset - start).unwrap_or(usize::MAX).min(buffer.len());
            each(*run, *owner, &buffer[at(run.offset())..at(end(*run))]);
        }
        rest = later;
    }
    Ok(())
}

/// Where what is read of a run ends.
fn end(run: Run) -> u64 {
    run.offset() + if run.length() == 0 { MAX_LINE as u64 } else { run.length() }
}

fn fetch<R: Read + Seek>(reader: &mut R, start: u64, stop: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    buffer.resize(usize::try_from(stop - start).map_err(io::Error::other)?, 0);
    reader.seek(SeekFrom::Start(start))?;
    reader.read_exact(buffer)
}

/// Splits the bytes of a run into lines without terminators. An overlong line comes as its first 4 KiB.
fn split(form: Form, bytes: &[u8], mut each: impl FnMut(&[u8])) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (line, after) = match form {
            Form::Lines(terminator) => match memchr::memchr(terminator.byte(), rest) {
                Some(at) => (without_return(&rest[..at]), &rest[at + 1..]),
                None => (rest.strip_suffix(&[0x1A]).unwrap_or(rest), &[][..]),
            },
            Form::Unterminated | Form::Padded(_) => {
                // The file was walked through once; should it have changed, the rest counts as one line.
                let length = record_length(form, rest, 0).unwrap_or(rest.len()).clamp(1, rest.len());
                rest.split_at(length)
            }
        };
        each(line);
        rest = after;
    }
}

impl Draft {
    fn add(&mut self, form: Form, run: Run, bytes: &[u8]) {
        let mut line_number = run.line();
        split(form, bytes, |line| {
            self.fresh |= line.starts_with(b"001");
            let line = trim_end(line);
            if self.raw.len() + line.len() < MAX_PERSON {
                self.raw.extend_from_slice(line);
                self.raw.push(b'\n');
                self.lines.push(line_number);
            }
            line_number += 1;
        });
        if run.length() == 0 && self.bad.is_none() {
            let code = bytes.get(..3).and_then(RecordCode::parse).unwrap_or(RecordCode::START);
            self.bad = Some(BadPerson { line: run.line(), code, field: None, reason: Fault::LineTooLong });
        }
    }

    fn finish(self) -> PersonSet {
        let records = match self.bad {
            Some(bad) => Err(bad),
            None => self.parse(),
        };
        let Self { number, first_line, raw, .. } = self;
        PersonSet { number, first_line, records, raw }
    }

    fn parse(&self) -> Result<crate::Records, BadPerson> {
        let mut parser = Parser::with_capacity(self.raw.len(), self.lines.len());
        let mut lines = self.raw.split_inclusive(|byte| *byte == b'\n').map(|line| &line[..line.len() - 1]);
        let taken = lines.try_for_each(|line| parser.line(line));
        let records = taken.and_then(|()| parser.finish()).map_err(|bad| self.blame(bad))?;
        if !self.fresh {
            let code = records.iter().next().map_or(RecordCode::PERSON, Record::code);
            return Err(BadPerson { line: self.first_line, code, field: None, reason: Fault::NoPersonRecord });
        }
        Ok(records)
    }

    fn blame(&self, bad: BadRecord) -> BadPerson {
        let line = self.lines.get(bad.index).copied().unwrap_or(self.first_line);
        BadPerson { line, code: bad.code, field: bad.field, reason: bad.fault }
    }
}

impl Stray {
    fn new(run: Run, bytes: Vec<u8>) -> Self {
        let code = bytes.get(..3).and_then(RecordCode::parse);
        let reason = StrayReason::ALL.into_iter().find(|reason| *reason as u64 == run.key());
        Self { line: run.line(), code, reason: reason.unwrap_or(StrayReason::NoCode), bytes }
    }
}
