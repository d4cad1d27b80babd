//! Every form that a file may have.

use cpr::PersonNumber;
use cpr::extract::{Extract, Form, Options, Refusal, Terminator};
use std::io::Cursor;

use crate::file::{File, code, end, join, lines, number, options, raw, start, trimmed, validate, with};

fn numbers(file: &mut File) -> Vec<PersonNumber> {
    let persons = file.chunk(0, 1000).unwrap();
    assert!(persons.iter().all(|person| person.records.as_ref().is_ok_and(|records| records.len() == 5)));
    persons.iter().map(|person| person.number).collect()
}

fn expect(bytes: Vec<u8>, form: Form) {
    let mut file = validate(bytes).unwrap();
    assert_eq!(file.report().form, form);
    assert_eq!(file.report().warnings, []);
    assert_eq!(file.report().bad_records, 0);
    assert_eq!((file.len(), file.report().records), (3, 17));
    assert_eq!(numbers(&mut file), [number(0), number(1), number(2)], "{form:?}");
}

#[test]
fn carriage_returns_trimmed_lines_and_a_final_control_z() {
    let mut bytes = join(&trimmed(&lines(3)), "\r\n");
    bytes.push(0x1A);
    expect(bytes, Form::Lines(Terminator::CrLf));
}

#[test]
fn line_feeds_and_full_width() {
    expect(join(&lines(3), "\n"), Form::Lines(Terminator::Lf));
    let mut unended = join(&lines(3), "\n");
    unended.pop();
    expect(unended.clone(), Form::Lines(Terminator::Lf));
    unended.push(0x1A);
    expect(unended, Form::Lines(Terminator::Lf));
    expect(join(&lines(3), "\r"), Form::Lines(Terminator::Cr));
}

#[test]
fn no_terminators() {
    expect(join(&lines(3), ""), Form::Unterminated);
    for tail in ["\x1A", "\r\n", "\n\x1A", "\x1A\r\n"] {
        expect([join(&lines(3), ""), tail.into()].concat(), Form::Unterminated);
    }
}

#[test]
fn padded_to_one_length() {
    let padded: Vec<Vec<u8>> = lines(3)
        .into_iter()
        .map(|mut line| {
            line.resize(400, b' ');
            line
        })
        .collect();
    expect(join(&padded, "\r\n"), Form::Lines(Terminator::CrLf));
    let refusal = validate(join(&padded, "")).unwrap_err();
    assert!(matches!(refusal, Refusal::NoCode { offset: 35 }), "{refusal}");
    let options = Options { record_length: Some(400), ..options() };
    let mut file = Extract::validate(Cursor::new(join(&padded, "")), &options).unwrap();
    assert_eq!(file.report().form, Form::Padded(400));
    assert_eq!(numbers(&mut file).len(), 3);
}

#[test]
fn longer_lines_and_blank_lines_are_tolerated() {
    let mut longer = lines(3);
    for line in &mut longer {
        line.extend_from_slice(b"a new field at the end");
    }
    expect(join(&longer, "\n"), Form::Lines(Terminator::Lf));
    let mut blanks = lines(3);
    blanks.insert(4, Vec::new());
    blanks.insert(0, b"    ".to_vec());
    let mut file = validate(join(&blanks, "\n")).unwrap();
    assert_eq!((file.report().records, file.report().lines), (17, 19));
    assert_eq!(numbers(&mut file).len(), 3);
}

#[test]
fn an_unknown_code_is_kept_where_lines_end_and_refused_where_they_do_not() {
    let unknown = with(lines(1), raw("777", 5, " of a new kind"));
    let mut file = validate(join(&unknown, "\n")).unwrap();
    assert_eq!(file.report().unknown, [(code(777), 1)]);
    assert_eq!(file.report().warnings, []);
    let strays = file.strays(0, 10).unwrap();
    assert_eq!(
        (strays[0].line, strays[0].code, strays[0].bytes.as_slice()),
        (7, Some(code(777)), unknown[6].as_slice())
    );
    assert!(!format!("{strays:?}").contains("of a new kind"));
    let offset = join(&unknown[..6], "").len() as u64;
    let refusal = validate(join(&unknown, "")).unwrap_err();
    assert!(
        matches!(refusal, Refusal::UnknownLength { code: at, offset: where_ } if at == code(777) && where_ == offset)
    );
    assert!(refusal.to_string().contains(&format!("record 777 at byte {offset}")), "{refusal}");
    let padded: Vec<Vec<u8>> = unknown
        .into_iter()
        .map(|mut line| {
            line.resize(400, b' ');
            line
        })
        .collect();
    let options = Options { record_length: Some(400), ..options() };
    let mut file = Extract::validate(Cursor::new(join(&padded, "")), &options).unwrap();
    assert_eq!((file.len(), file.strays(0, 9).unwrap().len()), (1, 1));
}

#[test]
fn an_empty_day_has_no_persons() {
    let mut file = validate(join(&[start(), end(0)], "\n")).unwrap();
    assert!(file.is_empty() && file.report().warnings.is_empty());
    assert_eq!(file.chunk(0, 10).unwrap().len(), 0);
    assert_eq!(file.header().task_number, "110901");
    assert_eq!(file.header().production_date.to_string(), "2026-03-02");
    assert_eq!(file.header().previous_production_date.map(|day| day.to_string()).as_deref(), Some("2026-02-27"));
}
