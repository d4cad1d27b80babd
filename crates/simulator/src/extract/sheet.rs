//! Lines on their way out: form, order, counters and planted faults.

use std::io::{BufWriter, Write};

use super::flaw::{self, Flaw};
use super::pen::Pen;
use super::{LineForm, Task, WriteError, Written};
use crate::dice::Dice;

/// How many persons' records are mixed at a time.
const WINDOW: u64 = 50;

/// The byte that old files end with.
const CTRL_Z: u8 = 0x1A;

/// The file being written.
pub(super) struct Sheet<'a, W: Write> {
    out: BufWriter<W>,
    task: &'a Task,
    dice: Dice,
    /// Records that wait to be mixed.
    window: Vec<Vec<u8>>,
    /// The record before the cut, in a truncated file.
    held: Option<Vec<u8>>,
    written: Written,
}

impl<'a, W: Write> Sheet<'a, W> {
    pub(super) fn new(out: W, task: &'a Task, dice: Dice) -> Self {
        let out = BufWriter::with_capacity(1 << 18, out);
        Self { out, task, dice, window: Vec::new(), held: None, written: Written::default() }
    }

    /// Writes 000 or 999, which are not counted.
    pub(super) fn control(&mut self, pen: &mut Pen) -> Result<(), WriteError> {
        let (_, bytes) = pen.record();
        self.line(bytes)
    }

    /// Writes a counted record; all but 003 may wait to be mixed.
    pub(super) fn record(&mut self, pen: &mut Pen) -> Result<(), WriteError> {
        let (code, bytes) = pen.record();
        self.written.records += 1;
        if code != 1 {
            return self.place(code, bytes);
        }
        let nth = self.written.persons;
        self.written.persons += 1;
        match self.task.flaw {
            Some(Flaw::BrokenPerson(broken)) if broken as u64 == nth => flaw::break_person(bytes),
            Some(Flaw::Duplicated001 | Flaw::Differing001) if nth == 0 => {
                let mut again = bytes.clone();
                if self.task.flaw == Some(Flaw::Differing001) {
                    flaw::differ(&mut again);
                }
                self.written.records += 1;
                self.place(1, &again)?;
            }
            Some(Flaw::UnknownCode) if nth == 0 => {
                self.written.records += 1;
                self.place(77, &flaw::unknown(bytes))?;
            }
            Some(Flaw::OverlongLine(length)) if nth == 0 => {
                self.written.records += 1;
                self.overlong(bytes, length)?;
            }
            _ => {}
        }
        self.place(1, bytes)
    }

    fn place(&mut self, code: u16, bytes: &[u8]) -> Result<(), WriteError> {
        if self.task.mixed && code != 3 {
            self.window.push(bytes.to_vec());
            return Ok(());
        }
        self.line(bytes)
    }

    /// One person is complete.
    pub(super) fn next_person(&mut self) -> Result<(), WriteError> {
        if self.written.persons.is_multiple_of(WINDOW) { self.settle() } else { Ok(()) }
    }

    /// Writes what waits to be mixed.
    pub(super) fn settle(&mut self) -> Result<(), WriteError> {
        let mut window = std::mem::take(&mut self.window);
        self.dice.shuffle(&mut window);
        window.drain(..).try_for_each(|record| self.line(&record))?;
        self.window = window;
        Ok(())
    }

    /// The counter as 999 tells it.
    pub(super) fn counter(&self) -> u64 {
        self.written.records + u64::from(self.task.flaw == Some(Flaw::WrongCounter))
    }

    fn line(&mut self, record: &[u8]) -> Result<(), WriteError> {
        if self.task.flaw == Some(Flaw::Truncated) {
            let Some(before) = self.held.replace(record.to_vec()) else { return Ok(()) };
            return self.put(&before);
        }
        self.put(record)
    }

    fn put(&mut self, record: &[u8]) -> Result<(), WriteError> {
        let trimmed = match self.task.form {
            LineForm::CrLfTrimmed => record.trim_ascii_end(),
            _ => record,
        };
        if self.task.flaw == Some(Flaw::Utf8) {
            let text: String = trimmed.iter().map(|byte| char::from(*byte)).collect();
            self.bytes(text.as_bytes())?;
        } else {
            self.bytes(trimmed)?;
        }
        match self.task.form {
            LineForm::CrLfTrimmed => self.bytes(b"\r\n"),
            LineForm::LfFull => self.bytes(b"\n"),
            LineForm::Unterminated => Ok(()),
            LineForm::Padded(length) => self.blanks(length - record.len()),
            LineForm::PaddedLf(length) => {
                self.blanks(length - record.len())?;
                self.bytes(b"\n")
            }
        }
    }

    /// A note (019) about the person whose 001 is given, of `length` bytes.
    fn overlong(&mut self, person: &[u8], length: u64) -> Result<(), WriteError> {
        const FILLER: [u8; 1 << 12] = [b'x'; 1 << 12];
        let start = [b"019", &person[3..13], b"01"].concat();
        self.bytes(&start)?;
        let mut rest = length.saturating_sub(start.len() as u64);
        while rest > 0 {
            let part = usize::try_from(rest).unwrap_or(FILLER.len()).min(FILLER.len());
            self.bytes(&FILLER[..part])?;
            rest -= part as u64;
        }
        self.bytes(if self.task.form == LineForm::CrLfTrimmed { b"\r\n" } else { b"\n" })
    }

    fn blanks(&mut self, count: usize) -> Result<(), WriteError> {
        self.bytes(&vec![b' '; count])
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.written.bytes += bytes.len() as u64;
        Ok(self.out.write_all(bytes)?)
    }

    /// Ends the file.
    pub(super) fn finish(mut self) -> Result<Written, WriteError> {
        if let Some(held) = self.held.take() {
            self.bytes(&held[..held.len() / 2])?;
        } else if self.task.form == LineForm::CrLfTrimmed && self.written.bytes > 0 {
            self.bytes(&[CTRL_Z])?;
        }
        self.out.flush()?;
        Ok(self.written)
    }
}
