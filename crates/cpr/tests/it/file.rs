//! Files to read, built record by record.

use std::io::Cursor;

use cpr::extract::{Extract, Options, Refusal, Strictness};
use cpr::record::{Address, AddressText, End, Event, Name, Person, Start};
use cpr::{CprDate, EventCode, PersonNumber, RecordCode};
use jiff::civil::{Date, date};

/// The day of processing.
pub(crate) const TODAY: Date = date(2026, 3, 3);

/// The number with this serial: born on some day of January 1961.
pub(crate) fn number(serial: u64) -> PersonNumber {
    PersonNumber::from_value((serial % 28 + 1) * 100_000_000 + 1_610_000 + serial / 28).unwrap()
}

pub(crate) fn options() -> Options {
    Options { record_length: None, today: TODAY, counter: Strictness::Warn }
}

pub(crate) fn day(year: i16, month: i8, day: i8) -> CprDate {
    CprDate::from_day(date(year, month, day))
}

pub(crate) fn timed(date: CprDate) -> CprDate {
    CprDate { time: Some((12, 0)), ..date }
}

pub(crate) fn start() -> Vec<u8> {
    Start {
        sort_key: "0".repeat(10),
        task_number: 110_901,
        production_date: Some(day(2026, 3, 2)),
        previous_production_date: Some(day(2026, 2, 27)),
    }
    .line()
    .unwrap()
}

pub(crate) fn end(count: usize) -> Vec<u8> {
    End { sort_key: "9".repeat(10), count: u32::try_from(count).unwrap() }.line().unwrap()
}

/// The records of one person, full width, 003 apart as it comes at the end of a file.
pub(crate) fn person(serial: u64) -> (Vec<Vec<u8>>, Vec<u8>) {
    let number = number(serial).into();
    let person = Person {
        number,
        status: 1,
        status_from: Some(timed(day(1961, 1, 1))),
        gender: "K".into(),
        born: Some(day(1961, 1, 1)),
        ..Person::default()
    };
    let address = Address {
        number,
        municipality: 751,
        street: 1234,
        house: "007A".into(),
        moved_in: Some(timed(day(1990, 5, 1))),
        ..Address::default()
    };
    let name = Name { number, given: "Søren".into(), family: "Østergård".into(), ..Name::default() };
    let event = Event { number, code: EventCode::new(b"A01"), derived: "ÆG".into(), ..Event::default() };
    let text = AddressText { number, street_name: "Ærøvej".into(), postcode: 8000, ..AddressText::default() };
    let lines = [person.line(), address.line(), name.line(), event.line()].map(Result::unwrap);
    (lines.to_vec(), text.line().unwrap())
}

/// A file of `persons`, as lines.
pub(crate) fn lines(persons: u64) -> Vec<Vec<u8>> {
    let (mut lines, mut texts) = (vec![start()], Vec::new());
    for serial in 0..persons {
        let (own, text) = person(serial);
        lines.extend(own);
        texts.push(text);
    }
    lines.append(&mut texts);
    let count = lines.len() - 1;
    lines.push(end(count));
    lines
}

/// The lines with `line` put in before the end record, and the counter put right.
pub(crate) fn with(mut lines: Vec<Vec<u8>>, line: Vec<u8>) -> Vec<Vec<u8>> {
    lines.pop();
    lines.push(line);
    let count = lines.len() - 1;
    lines.push(end(count));
    lines
}

pub(crate) fn join(lines: &[Vec<u8>], terminator: &str) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_slice(), terminator.as_bytes()].concat()).collect()
}

pub(crate) fn trimmed(lines: &[Vec<u8>]) -> Vec<Vec<u8>> {
    lines.iter().map(|line| line.trim_ascii_end().to_vec()).collect()
}

pub(crate) type File = Extract<Cursor<Vec<u8>>>;

pub(crate) fn validate(bytes: Vec<u8>) -> Result<File, Refusal> {
    Extract::validate(Cursor::new(bytes), &options())
}

pub(crate) fn read(lines: &[Vec<u8>]) -> File {
    validate(join(lines, "\n")).unwrap()
}

/// A line of `code` for the person with this serial.
pub(crate) fn raw(code: &str, serial: u64, rest: &str) -> Vec<u8> {
    [code.as_bytes(), &number(serial).digits(), rest.as_bytes()].concat()
}

pub(crate) fn code(value: u16) -> RecordCode {
    RecordCode::new(value).unwrap()
}
