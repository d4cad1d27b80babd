//! The files: order, header, counter, line forms, planted faults.

use cpr::layout::layout;
use cpr::{RecordCode, text};
use cprbroker_simulator::{Flaw, LineForm, Population, Rates, Task};
use jiff::civil::{Date, date};

use crate::file::{File, field};

const DAY: Date = date(2026, 1, 12);

fn written(task: &Task, persons: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written =
        task.write_initial(&Population::new(3, persons, DAY), DAY, Some(date(2026, 1, 9)), &mut bytes).unwrap();
    assert_eq!(written.bytes, bytes.len() as u64);
    bytes
}

/// The start record, put together by hand.
fn start(produced: &str, previous: &str) -> Vec<u8> {
    ["0".repeat(13).as_str(), "435701", produced, previous].concat().into_bytes()
}

/// A file of start and end record.
fn nobody(produced: &str, previous: &str) -> Vec<u8> {
    let end = ["9".repeat(13), "0".repeat(8)].concat();
    [start(produced, previous).as_slice(), b"\n", end.as_bytes(), b"\n"].concat()
}

fn flawed(flaw: Flaw) -> Vec<u8> {
    written(&Task { flaw: Some(flaw), ..Task::new("435701") }, 60)
}

#[test]
fn start_end_counter_and_order_are_as_cpr_writes_them() {
    let bytes = written(&Task::new("435701"), 400);
    let file = File::of(&bytes);
    assert_eq!(file.lines[0], start("20260112", "20260109"));
    assert!(file.lines.last().unwrap().iter().take(13).all(|digit| *digit == b'9'));
    let (told, counted) = file.counters();
    assert_eq!(told, counted);
    let first_003 = file.lines.iter().position(|line| line.starts_with(b"003")).unwrap();
    assert!(file.lines[first_003..file.lines.len() - 1].iter().all(|line| line.starts_with(b"003")));
    assert_eq!((file.code("001").count(), file.code("003").count()), (400, 400));
    assert_eq!(Task::new("435701").file_name(date(2026, 1, 5)), "D260105.L435701");
    let keys: Vec<&str> = file.lines.iter().map(|line| field(line, 4, 10)).collect();
    let adjacent = keys.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert!(adjacent < keys.len() / 2, "records of a person are not adjacent");
}

#[test]
fn every_record_has_its_length_and_legal_letters_only() {
    let bytes = written(&Task::new("435701"), 300);
    let mut beyond_ascii = 0;
    for line in File::of(&bytes).lines {
        let code = RecordCode::parse(&line[..3]).unwrap();
        assert_eq!(line.len(), layout(code).unwrap().length, "{code}");
        assert!(line.iter().all(|byte| text::is_legal(*byte)));
        beyond_ascii += line.iter().filter(|byte| **byte >= 0xC0).count();
    }
    assert!(beyond_ascii > 500, "Danish letters");
}

#[test]
fn line_forms_carry_the_same_records() {
    let plain = Task { mixed: false, ..Task::new("435701") };
    let full = written(&plain, 80);
    let records = File::of(&full).lines;
    let of = |form| written(&Task { form, ..plain.clone() }, 80);

    let trimmed = of(LineForm::CrLfTrimmed);
    assert!(trimmed.ends_with(b"\r\n\x1A") && !trimmed.windows(3).any(|end| end == b" \r\n"));
    let lines = File::of(&trimmed).lines;
    assert!(lines.iter().zip(&records).all(|(line, record)| line == record.trim_ascii_end()));

    assert_eq!(of(LineForm::Unterminated), records.concat());

    let padded = of(LineForm::Padded(320));
    assert_eq!(padded.len(), records.len() * 320);
    assert!(padded.chunks(320).zip(&records).all(|(line, record)| line.starts_with(record)));
    assert!(File::of(&of(LineForm::PaddedLf(310))).lines.iter().all(|line| line.len() == 310));
    let short = Task { form: LineForm::Padded(300), ..plain };
    assert!(short.write_initial(&Population::new(3, 1, DAY), DAY, None, Vec::new()).is_err());
}

#[test]
fn only_ordered_records_are_written_and_protection_comes_along() {
    let codes = [1, 2, 3, 8].into_iter().filter_map(RecordCode::new).collect();
    let bytes = written(&Task { codes, ..Task::new("435701") }, 200);
    let file = File::of(&bytes);
    let mut seen: Vec<String> = file.lines.iter().map(|line| field(line, 1, 3).to_owned()).collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["000", "001", "002", "003", "004", "008", "999"]);
}

#[test]
fn a_quiet_day_is_start_and_end() {
    let mut population = Population::new(3, 50, DAY);
    let day = population.advance_at(&Rates::NONE, date(2026, 1, 13));
    let mut bytes = Vec::new();
    Task::new("435701").write_changes(&population, &day, Some(DAY), &mut bytes).unwrap();
    assert_eq!(bytes, nobody("20260113", "20260112"));
}

#[test]
fn truncated_ends_in_mid_record() {
    let whole = written(&Task::new("435701"), 60);
    let bytes = flawed(Flaw::Truncated);
    assert!(whole.starts_with(&bytes) && !bytes.ends_with(b"\n"));
    assert!(File::of(&bytes).code("999").next().is_none());
}

#[test]
fn counters_and_dates_can_be_wrong() {
    let bytes = flawed(Flaw::WrongCounter);
    let (told, counted) = File::of(&bytes).counters();
    assert_eq!(told, counted + 1);
    let bytes = flawed(Flaw::ProductionDate(date(2031, 5, 6)));
    assert_eq!(&bytes[19..27], b"20310506");
}

#[test]
fn files_can_be_empty_in_two_ways() {
    assert!(flawed(Flaw::Empty).is_empty());
    assert_eq!(flawed(Flaw::NoPersons), nobody("20260112", "20260109"));
}

#[test]
fn lines_can_be_unknown_or_overlong() {
    let bytes = flawed(Flaw::UnknownCode);
    let file = File::of(&bytes);
    assert_eq!(file.code("077").count(), 1);
    assert_eq!(file.counters().0, file.counters().1);
    let bytes = flawed(Flaw::OverlongLine(100_000));
    let file = File::of(&bytes);
    assert_eq!(file.lines.iter().filter(|line| line.len() == 100_000).count(), 1);
    assert_eq!(file.counters().0, file.counters().1);
}

#[test]
fn persons_can_be_broken_or_told_twice() {
    let good = |line: &&[u8]| field(line, 40, 10).split('-').all(|part| part.parse::<u32>().is_ok());
    let bytes = flawed(Flaw::BrokenPerson(7));
    assert_eq!(File::of(&bytes).code("001").filter(|line| !good(line)).count(), 1);
    for (flaw, different) in [(Flaw::Duplicated001, 60), (Flaw::Differing001, 61)] {
        let bytes = flawed(flaw);
        let file = File::of(&bytes);
        let lines: Vec<&[u8]> = file.code("001").collect();
        assert_eq!(lines.len(), 61);
        assert_eq!(lines.iter().collect::<std::collections::BTreeSet<_>>().len(), different);
        assert_eq!(file.counters().0, file.counters().1);
    }
}

#[test]
fn letters_can_be_utf_8() {
    let bytes = flawed(Flaw::Utf8);
    assert!(std::str::from_utf8(&bytes).unwrap().contains('ø'));
    assert!(std::str::from_utf8(&written(&Task::new("435701"), 60)).is_err());
}
