//! Extracts of the population in CPR's format.

mod flaw;
mod history;
mod pen;
mod records;
mod sheet;

pub use flaw::Flaw;

use std::io::Write;

use cpr::RecordCode;
use jiff::civil::Date;

use crate::dice::Dice;
use crate::moment::{Registered, ymd};
use crate::population::person::{Index, Person, Status};
use crate::{Day, Population};
use pen::Pen;
use sheet::Sheet;

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

/// The sort keys of start and end record: below and above every person number.
const FIRST_KEY: u64 = 0;
const LAST_KEY: u64 = 9_999_999_999;

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

/// One file in the making.
struct File<'a> {
    task: &'a Task,
    population: &'a Population,
    date: Date,
    previous: Option<Date>,
    /// The day, in a change extract.
    events: Option<&'a Day>,
}

impl File<'_> {
    fn write<W: Write>(&self, persons: impl Iterator<Item = Index> + Clone, out: W) -> Result<Written, WriteError> {
        if let LineForm::Padded(length) | LineForm::PaddedLf(length) = self.task.form
            && length < LONGEST
        {
            return Err(WriteError::TooShort(length));
        }
        let purpose = u64::from(ymd(self.date)) << 8;
        let dice = Dice::new(self.population.seed(), purpose | u64::from(self.events.is_some()));
        let mut sheet = Sheet::new(out, self.task, dice);
        if self.task.flaw == Some(Flaw::Empty) {
            return sheet.finish();
        }
        let persons = persons.take(if self.task.flaw == Some(Flaw::NoPersons) { 0 } else { usize::MAX });
        let mut pen = Pen::default();
        self.start(&mut pen)?;
        sheet.control(&mut pen)?;
        for index in persons.clone() {
            self.person(&mut pen, &mut sheet, index)?;
            sheet.next_person()?;
        }
        sheet.settle()?;
        if self.task.orders(3) {
            for index in persons {
                records::address_text(&mut pen, self.population.person(index))?;
                sheet.record(&mut pen)?;
            }
        }
        if self.task.flaw != Some(Flaw::Truncated) {
            pen.begin(999)?;
            pen.digits("sort_key", LAST_KEY)?;
            pen.digits("record_count", sheet.counter().min(99_999_999))?;
            sheet.control(&mut pen)?;
        }
        sheet.finish()
    }

    fn start(&self, pen: &mut Pen) -> Result<(), WriteError> {
        let date = match self.task.flaw {
            Some(Flaw::ProductionDate(date)) => date,
            _ => self.date,
        };
        pen.begin(0)?;
        pen.digits("sort_key", FIRST_KEY)?;
        pen.text("task_number", &self.task.number)?;
        pen.digits("production_date", u64::from(ymd(date)))?;
        pen.digits("previous_production_date", self.previous.map_or(0, |previous| u64::from(ymd(previous))))
    }

    /// All records of one person but 003.
    fn person<W: Write>(&self, pen: &mut Pen, sheet: &mut Sheet<'_, W>, index: Index) -> Result<(), WriteError> {
        let (population, person) = (self.population, self.population.person(index));
        records::person(pen, person)?;
        sheet.record(pen)?;
        if let Some(domicile) = person.domicile().filter(|_| self.task.orders(2)) {
            records::address(pen, person, &domicile)?;
            sheet.record(pen)?;
        }
        for (kind, start) in (1..).zip(person.protections) {
            if start != Registered::NONE && self.task.orders(4) {
                records::protection(pen, person, kind, start)?;
                sheet.record(pen)?;
            }
        }
        let absent = matches!(person.status, Status::Abroad { .. }) && self.task.orders(5)
            || matches!(person.status, Status::Disappeared(_)) && self.task.orders(7);
        if absent && records::absence(pen, person)? {
            sheet.record(pen)?;
        }
        for code in [8, 9, 10, 11, 12, 15] {
            if self.task.orders(code) {
                match code {
                    8 => records::name(pen, person)?,
                    9 => records::birth(pen, person)?,
                    10 => records::citizenship(pen, person)?,
                    11 => records::church(pen, person)?,
                    12 => records::civil_status(pen, population, person)?,
                    _ => records::parents(pen, population, person)?,
                }
                sheet.record(pen)?;
            }
        }
        self.relations(pen, sheet, person)?;
        for event in self.events.and_then(|day| day.events.get(&index)).into_iter().flatten() {
            records::event(pen, person, event)?;
            sheet.record(pen)?;
        }
        Ok(())
    }

    /// Children, custody and history.
    fn relations<W: Write>(&self, pen: &mut Pen, sheet: &mut Sheet<'_, W>, person: &Person) -> Result<(), WriteError> {
        for child in person.children.iter().filter(|_| self.task.orders(14)) {
            records::child(pen, self.population, person, *child)?;
            sheet.record(pen)?;
        }
        for kind in records::custody_of(self.population, person, self.date).filter(|_| self.task.orders(16)) {
            records::custody(pen, person, kind)?;
            sheet.record(pen)?;
        }
        for row in person.former.iter().filter(|row| self.task.orders(row.code())) {
            history::row(pen, self.population, person, row)?;
            sheet.record(pen)?;
        }
        Ok(())
    }
}
