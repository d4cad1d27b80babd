//! What the product's own reader makes of the files: it finds every person in a good one, and each planted fault.

use std::io::Cursor;

use cpr::extract::{Extract, Options, Refusal};
use cprbroker_simulator::{Flaw, LineForm, Population, Task};
use jiff::civil::{Date, date};

const DAY: Date = date(2026, 1, 12);
const PERSONS: usize = 250;

fn read(task: &Task, record_length: Option<usize>) -> Result<Extract<Cursor<Vec<u8>>>, Refusal> {
    let population = Population::new(8, PERSONS, DAY);
    let mut bytes = Vec::new();
    task.write_initial(&population, DAY, None, &mut bytes).unwrap();
    let options = Options { record_length, today: DAY, counter: cpr::extract::Strictness::Refuse };
    Extract::validate(Cursor::new(bytes), &options)
}

fn flawed(flaw: Flaw) -> Result<Extract<Cursor<Vec<u8>>>, Refusal> {
    read(&Task { flaw: Some(flaw), ..Task::new("435701") }, None)
}

/// Persons that were read, and persons that are to be quarantined.
fn persons(extract: &mut Extract<Cursor<Vec<u8>>>) -> (usize, usize) {
    let mut counts = (0, 0);
    for from in (0..extract.len()).step_by(100) {
        for person in extract.chunk(from, 100).unwrap() {
            match person.records {
                Ok(_) => counts.0 += 1,
                Err(_) => counts.1 += 1,
            }
        }
    }
    counts
}

#[test]
fn every_person_is_read_in_every_form() {
    let forms = [
        (LineForm::CrLfTrimmed, None),
        (LineForm::LfFull, None),
        (LineForm::Unterminated, None),
        (LineForm::Padded(320), Some(320)),
        (LineForm::PaddedLf(310), None),
    ];
    for (form, length) in forms {
        let mut extract = read(&Task { form, ..Task::new("435701") }, length).unwrap();
        assert_eq!(persons(&mut extract), (PERSONS, 0), "{form:?}");
        assert_eq!(extract.header().production_date, DAY);
    }
}

#[test]
fn half_a_year_of_changes_is_read_without_one_bad_person() {
    let mut population = Population::new(8, 400, DAY);
    let (task, mut today, mut seen) = (Task::new("435701"), DAY, 0);
    for _ in 0..180 {
        let previous = today;
        today = today.tomorrow().unwrap();
        let day = population.advance(today);
        let mut bytes = Vec::new();
        let written = task.write_changes(&population, &day, Some(previous), &mut bytes).unwrap();
        let options = Options { record_length: None, today, counter: cpr::extract::Strictness::Refuse };
        let mut extract = Extract::validate(Cursor::new(bytes), &options).unwrap();
        assert_eq!(extract.header().previous_production_date, Some(previous));
        let (good, bad) = persons(&mut extract);
        assert_eq!((good as u64, bad), (written.persons, 0));
        assert_eq!((good, extract.report().has_events), (day.touched(), day.touched() > 0));
        seen += good;
    }
    assert!(seen > 1000, "{seen}");
}

#[test]
fn planted_faults_are_refused_or_isolated() {
    for flaw in [Flaw::Empty, Flaw::Utf8, Flaw::Truncated, Flaw::WrongCounter, Flaw::ProductionDate(date(2026, 1, 13))]
    {
        assert!(flawed(flaw).is_err(), "{flaw:?}");
    }
    assert_eq!(flawed(Flaw::NoPersons).unwrap().len(), 0);
    assert_eq!(persons(&mut flawed(Flaw::BrokenPerson(100)).unwrap()), (PERSONS - 1, 1));
    assert_eq!(persons(&mut flawed(Flaw::Duplicated001).unwrap()), (PERSONS, 0));
    assert_eq!(persons(&mut flawed(Flaw::Differing001).unwrap()), (PERSONS - 1, 1));
    assert_eq!(persons(&mut flawed(Flaw::UnknownCode).unwrap()), (PERSONS, 0));
    assert_eq!(persons(&mut flawed(Flaw::OverlongLine(9000)).unwrap()), (PERSONS - 1, 1));
}
