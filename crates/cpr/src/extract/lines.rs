//! Walking through a file of any form, one line at a time, with one buffer of constant size.

use std::io::{self, Read};

use memchr::memchr;

use super::{Form, Terminator};
use crate::RecordCode;
use crate::layout::layout;
use crate::record::{MAX_LINE, Record, surely_right};

/// Large enough to make calls rare, small enough to stay in the processor's second cache.
const BUFFER: usize = 256 * 1024;

/// Ctrl-Z: the byte that CPR puts behind the last line.
const END_OF_FILE: u8 = 0x1A;

/// One line.
pub(super) struct Line<'a> {
    /// Without terminator; of an overlong line the first 4 KiB.
    pub(super) bytes: &'a [u8],
    /// Where it begins, counted from 0.
    pub(super) offset: u64,
    /// Its length in the file, terminator included.
    pub(super) length: u64,
    /// Counted from 1.
    pub(super) number: u64,
    /// Whether it is longer than [`MAX_LINE`].
    pub(super) overlong: bool,
    /// A record at its full length with every field right: checked while its end was found. What else it tells is
    /// whether any byte is outside of ASCII.
    pub(super) right: Option<BeyondAscii>,
}

/// Whether a line holds a byte outside of ASCII.
pub(super) type BeyondAscii = bool;

/// Why there is no next line.
#[derive(Debug)]
pub(super) enum Stop {
    /// Reading failed at this offset.
    Read(u64, io::Error),
    /// A file without terminators has no record code at this offset.
    NoCode(u64),
    /// A file without terminators has a record of unknown length at this offset.
    UnknownLength(RecordCode, u64),
}

/// The reader of lines.
pub(super) struct Lines<R> {
    reader: R,
    size: u64,
    form: Form,
    buffer: Vec<u8>,
    /// What of the buffer is not yet walked through.
    start: usize,
    end: usize,
    /// The offset of the buffer's first byte.
    base: u64,
    number: u64,
    /// The first bytes of an overlong line.
    prefix: Vec<u8>,
}

impl<R: Read> Lines<R> {
    /// Reads `size` bytes of `reader`; `form` is told from the beginning.
    pub(super) fn new(reader: R, size: u64, record_length: Option<usize>) -> Result<Self, Stop> {
        let form = Form::Unterminated;
        let buffer = vec![0; BUFFER];
        let mut lines = Self { reader, size, form, buffer, start: 0, end: 0, base: 0, number: 0, prefix: Vec::new() };
        lines.fill()?;
        lines.form = form_of(lines.ahead(), lines.is_last(), record_length);
        Ok(lines)
    }

    /// The form of the file.
    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// How many lines were walked through.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The bytes that are read and not yet walked through.
    pub(super) fn ahead(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Gives the reader back.
    pub(super) fn into_reader(self) -> R {
        self.reader
    }

    /// The next line.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Result<Line<'_>, Stop>> {
        let found = match self.form {
            Form::Lines(terminator) => self.terminated(terminator.byte()),
            Form::Unterminated | Form::Padded(_) => self.walked(),
        };
        let (at, span) = match found {
            Err(stop) => return Some(Err(stop)),
            Ok(None) => return None,
            Ok(Some(found)) => found,
        };
        self.number += 1;
        let length = span.length;
        let number = self.number;
        if span.overlong {
            return Some(Ok(Line { bytes: &self.prefix, offset: at, length, number, overlong: true, right: None }));
        }
        let bytes = &self.buffer[span.start..span.start + span.content];
        Some(Ok(Line { bytes, offset: at, length, number, overlong: false, right: span.right }))
    }

    #[inline]
    fn terminated(&mut self, terminator: u8) -> Result<Option<(u64, Span)>, Stop> {
        loop {
            let at = self.base + self.start as u64;
            let ahead = &self.buffer[self.start..self.end];
            if let Some(span) = full_record(self.start, ahead, self.form) {
                self.start += span.content + terminator_length(self.form);
                return Ok(Some((at, span)));
            }
            if let Some(content) = memchr(terminator, ahead) {
                let span = Span::line(self.start, ahead, content, 1);
                if span.overlong {
                    self.prefix.clear();
                    self.prefix.extend_from_slice(&ahead[..MAX_LINE]);
                }
                self.start += content + 1;
                return Ok(Some((at, span)));
            }
            if ahead.len() > MAX_LINE {
                return self.overlong(terminator, at).map(|span| Some((at, span)));
            }
            if self.is_last() {
                let content = last_content(ahead);
                let span = Span::line(self.start, ahead, content, ahead.len() - content);
                self.start = self.end;
                return Ok((content > 0).then_some((at, span)));
            }
            self.fill()?;
        }
    }

    /// Skips to the end of a line that is too long to be buffered.
    fn overlong(&mut self, terminator: u8, at: u64) -> Result<Span, Stop> {
        self.prefix.clear();
        self.prefix.extend_from_slice(&self.buffer[self.start..self.start + MAX_LINE]);
        loop {
            let found = memchr(terminator, self.ahead());
            self.start = found.map_or(self.end, |content| self.start + content + 1);
            if found.is_some() || self.is_last() {
                let length = self.base + self.start as u64 - at;
                return Ok(Span { start: 0, content: 0, length, overlong: true, right: None });
            }
            self.fill()?;
        }
    }

    /// The next record of a file without terminators.
    fn walked(&mut self) -> Result<Option<(u64, Span)>, Stop> {
        if self.end - self.start < MAX_LINE && !self.is_last() {
            self.fill()?;
        }
        let at = self.base + self.start as u64;
        let ahead = &self.buffer[self.start..self.end];
        let ahead = if self.is_last() { &ahead[..last_content(ahead)] } else { ahead };
        if ahead.is_empty()
            || self.is_last() && ahead.iter().all(|byte| matches!(byte, b'\r' | b'\n' | b' ' | &END_OF_FILE))
        {
            self.start = self.end;
            return Ok(None);
        }
        let length = record_length(self.form, ahead, at)?.min(ahead.len());
        let span = Span { start: self.start, content: length, length: length as u64, overlong: false, right: None };
        self.start += length;
        Ok(Some((at, span)))
    }

    fn is_last(&self) -> bool {
        self.base + self.end as u64 == self.size
    }

    /// Moves what is left to the front and reads until the buffer is full or the file ends.
    fn fill(&mut self) -> Result<(), Stop> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.base += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        while self.end < BUFFER && !self.is_last() {
            let offset = self.base + self.end as u64;
            let room = usize::try_from(self.size - offset).unwrap_or(BUFFER).min(BUFFER - self.end);
            match self.reader.read(&mut self.buffer[self.end..self.end + room]) {
                Ok(0) => return Err(Stop::Read(offset, io::ErrorKind::UnexpectedEof.into())),
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Stop::Read(offset, error)),
            }
        }
        Ok(())
    }
}

/// Where a line stands in the buffer.
struct Span {
    start: usize,
    content: usize,
    length: u64,
    overlong: bool,
    right: Option<BeyondAscii>,
}

/// A record that ends where its code says, if it is right in every field: then it holds no terminator, and none need be
/// looked for.
#[inline]
fn full_record(start: usize, ahead: &[u8], form: Form) -> Option<Span> {
    let layout = layout(ahead.get(..3).and_then(RecordCode::parse)?)?;
    let behind = ahead.get(layout.length..)?;
    let ends = match form {
        Form::Lines(Terminator::CrLf) => behind.starts_with(b"\r\n"),
        Form::Lines(terminator) => behind.first() == Some(&terminator.byte()),
        Form::Unterminated | Form::Padded(_) => false,
    };
    if !ends {
        return None;
    }
    let right = surely_right(Record::uncut(layout, &ahead[..layout.length]))?;
    let length = (layout.length + terminator_length(form)) as u64;
    Some(Span { start, content: layout.length, length, overlong: false, right: Some(right) })
}

/// Bytes of a terminator.
fn terminator_length(form: Form) -> usize {
    if form == Form::Lines(Terminator::CrLf) { 2 } else { 1 }
}

impl Span {
    fn line(start: usize, ahead: &[u8], content: usize, terminator: usize) -> Self {
        let length = (content + terminator) as u64;
        let content = without_return(&ahead[..content]).len();
        Self { start, content, length, overlong: content > MAX_LINE, right: None }
    }
}

impl Terminator {
    /// The byte that lines are split at.
    pub(super) fn byte(self) -> u8 {
        if self == Self::Cr { b'\r' } else { b'\n' }
    }
}

/// The line without the carriage return before a line feed.
pub(super) fn without_return(line: &[u8]) -> &[u8] {
    if let [line @ .., b'\r'] = line { line } else { line }
}

/// How long the content of the file's last line is, without a final 0x1A.
fn last_content(line: &[u8]) -> usize {
    line.len() - usize::from(line.last() == Some(&END_OF_FILE))
}

/// The length of the record that begins with `ahead` in a file without terminators.
pub(super) fn record_length(form: Form, ahead: &[u8], at: u64) -> Result<usize, Stop> {
    if let Form::Padded(length) = form {
        return Ok(length);
    }
    let code = ahead.get(..3).and_then(RecordCode::parse).ok_or(Stop::NoCode(at))?;
    layout(code).map(|layout| layout.length).ok_or(Stop::UnknownLength(code, at))
}

/// Tells the form of a file from its beginning: the first terminator within the longest line decides. One that only
/// ends the file does not count.
fn form_of(beginning: &[u8], whole: bool, record_length: Option<usize>) -> Form {
    let first = &beginning[..beginning.len().min(MAX_LINE + 1)];
    let unterminated = record_length.map_or(Form::Unterminated, Form::Padded);
    let Some(at) = first.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else { return unterminated };
    if whole && beginning[at..].iter().all(|byte| matches!(byte, b'\r' | b'\n' | b' ' | &END_OF_FILE)) {
        return unterminated;
    }
    match (beginning[at], beginning.get(at + 1)) {
        (b'\n', _) => Form::Lines(Terminator::Lf),
        (_, Some(b'\n')) => Form::Lines(Terminator::CrLf),
        _ => Form::Lines(Terminator::Cr),
    }
}
