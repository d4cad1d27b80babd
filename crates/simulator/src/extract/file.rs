//! One file: its start, its persons, its end.

use std::io::Write;

use jiff::civil::Date;

use super::pen::Pen;
use super::sheet::Sheet;
use super::{Flaw, LONGEST, LineForm, Task, WriteError, Written, history, records};
use crate::dice::Dice;
use crate::moment::{Registered, ymd};
use crate::population::person::{Index, Person, Status};
use crate::{Day, Population};

/// The sort keys of start and end record: below and above every person number.
const FIRST_KEY: u64 = 0;
const LAST_KEY: u64 = 9_999_999_999;

/// One file in the making.
pub(super) struct File<'a> {
    pub(super) task: &'a Task,
    pub(super) population: &'a Population,
    pub(super) date: Date,
    pub(super) previous: Option<Date>,
    /// The day, in a change extract.
    pub(super) events: Option<&'a Day>,
}

impl File<'_> {
    pub(super) fn write<W: Write>(
        &self,
        persons: impl Iterator<Item = Index> + Clone,
        out: W,
    ) -> Result<Written, WriteError> {
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
        match person.status {
            Status::Abroad { at, address } if self.task.orders(5) => {
                records::abroad(pen, person, at, address)?;
                sheet.record(pen)?;
            }
            Status::Disappeared(at) if self.task.orders(7) => {
                records::disappeared(pen, person, at)?;
                sheet.record(pen)?;
            }
            _ => {}
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
