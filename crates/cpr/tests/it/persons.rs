//! One person after the other: grouping, quarantine, strays.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use cpr::extract::{BadPerson, Extract, PersonSet, StrayReason};
use cpr::record::Fault;
use cpr::{NumberField, RecordCode};

use crate::file::{code, end, join, lines, number, options, person, raw, read, start, validate, with};

fn bad(person: &PersonSet) -> BadPerson {
    *person.records.as_ref().unwrap_err()
}

#[test]
fn persons_are_grouped_over_the_whole_file_in_order_of_first_appearance() {
    // Every record of four persons, dealt out in turn, the last person first.
    let mut file = vec![start()];
    for at in 0..4 {
        file.extend((0..4).rev().map(|serial| person(serial).0[at].clone()));
    }
    file.extend((0..4).map(|serial| person(serial).1));
    file.push(end(20));
    let mut file = read(&file);
    assert_eq!(file.report().warnings, []);
    let pieces = [file.chunk(0, 3).unwrap(), file.chunk(3, 3).unwrap(), file.chunk(4, 3).unwrap()];
    assert_eq!(pieces.each_ref().map(Vec::len), [3, 1, 0]);
    for (person, serial) in pieces.iter().flatten().zip((0..4).rev()) {
        let records = person.records.as_ref().unwrap();
        assert_eq!((person.number, person.first_line), (number(serial), 5 - serial));
        assert_eq!(records.iter().map(|record| record.code().value()).collect::<Vec<_>>(), [1, 2, 8, 99, 3]);
        assert_eq!(records.person().unwrap().number(), NumberField::Number(number(serial)));
    }
}

#[test]
fn one_broken_person_among_a_thousand_is_left_out_alone() {
    let mut file = lines(1000);
    let broken = file.iter().position(|line| *line == person(500).0[1]).unwrap();
    file[broken][13] = b'x';
    let mut file = read(&file);
    assert_eq!((file.len(), file.report().bad_records), (1000, 1));
    let persons: Vec<PersonSet> = (0..5).flat_map(|at| file.chunk(at * 200, 200).unwrap()).collect();
    assert_eq!(persons.iter().filter(|person| person.records.is_err()).count(), 1);
    let found = bad(&persons[500]);
    let expected = BadPerson {
        line: broken as u64 + 1,
        code: RecordCode::ADDRESS,
        field: Some("municipality_code"),
        reason: Fault::NotDigits,
    };
    assert_eq!(found, expected);
    assert_eq!(found.to_string(), format!("line {}, record 002, field municipality_code: not all digits", broken + 1));
    assert!(persons[500].raw.starts_with(b"001") && persons[500].raw.ends_with(b"\n"));
}

#[test]
fn a_person_needs_one_001() {
    let mut file = read(&with(lines(1), raw("004", 9, "0001")));
    let persons = file.chunk(0, 9).unwrap();
    assert_eq!((bad(&persons[1]).reason, bad(&persons[1]).line), (Fault::NoPersonRecord, 7));

    let again = person(0).0[0].clone();
    assert!(read(&with(lines(1), again)).chunk(0, 9).unwrap()[0].records.is_ok());
    let other = raw("001", 0, "          03");
    let persons = read(&with(lines(1), other)).chunk(0, 9).unwrap();
    let expected = BadPerson { line: 7, code: RecordCode::PERSON, field: None, reason: Fault::TwoRecords };
    assert_eq!(bad(&persons[0]), expected);
}

#[test]
fn lines_without_a_person_are_strays() {
    let mut file = lines(1);
    let (key, day_61) = (number(0).digits(), [b"61", &number(0).digits()[2..]].concat());
    for line in
        [[&b"4X7"[..], &key].concat(), [&b"001"[..], &day_61].concat(), b"001".to_vec(), b"0040000000000".to_vec()]
    {
        file = with(file, line);
    }
    let mut file = read(&file);
    assert_eq!((file.len(), file.report().strays), (1, 4));
    let strays = file.strays(0, 10).unwrap();
    let reasons: Vec<StrayReason> = strays.iter().map(|stray| stray.reason).collect();
    assert_eq!(reasons, [StrayReason::NoCode, StrayReason::NoKey, StrayReason::NoKey, StrayReason::NoKey]);
    assert_eq!((strays[0].code, strays[1].code), (None, Some(RecordCode::PERSON)));
    assert_eq!(file.strays(1, 2).unwrap(), strays[1..3]);
    assert_eq!(file.strays(9, 2).unwrap(), []);
}

/// A file with one endless line, made while it is read.
struct Endless {
    before: Vec<u8>,
    filler: u64,
    after: Vec<u8>,
    at: u64,
    largest_read: usize,
}

impl Endless {
    fn size(&self) -> u64 {
        self.before.len() as u64 + self.filler + self.after.len() as u64
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.largest_read = self.largest_read.max(buffer.len());
        let (before, at) = (self.before.len() as u64, self.at);
        let taken = if at < before {
            (&self.before[usize::try_from(at).unwrap()..]).read(buffer)?
        } else if at < before + self.filler {
            let taken = buffer.len().min(usize::try_from(before + self.filler - at).unwrap());
            buffer[..taken].fill(b'A');
            taken
        } else {
            (&self.after[usize::try_from(at - before - self.filler).unwrap()..]).read(buffer)?
        };
        self.at += taken as u64;
        Ok(taken)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(back) => self.size().checked_add_signed(back).unwrap(),
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
        };
        Ok(self.at)
    }
}

#[test]
fn a_line_of_300_megabytes_is_neither_buffered_nor_fatal() {
    let whole = lines(3);
    for (line, filler, strays) in
        [(raw("019", 1, ""), 300_000_000, 0), (raw("777", 1, ""), 5_000, 1), (b"01900X".to_vec(), 3_000_000, 1)]
    {
        let before = join(&[&whole[..9], &[line]].concat(), "\n");
        let endless = Endless {
            before: before[..before.len() - 1].to_vec(),
            filler,
            after: [b"\n".to_vec(), join(&whole[9..], "\n")].concat(),
            at: 0,
            largest_read: 0,
        };
        let mut file = Extract::validate(endless, &options()).unwrap();
        assert_eq!((file.len(), file.report().strays), (3, strays));
        let persons = file.chunk(0, 9).unwrap();
        let kept = persons.iter().map(|person| person.raw.len()).max().unwrap();
        assert!(kept < 3 * 4096, "{kept}");
        assert_eq!(persons.iter().filter(|person| person.records.is_err()).count(), 1 - strays);
        if strays == 0 {
            let expected = BadPerson { line: 10, code: code(19), field: None, reason: Fault::LineTooLong };
            assert_eq!(bad(&persons[1]), expected);
        } else {
            assert_eq!(file.strays(0, 9).unwrap()[0].bytes.len(), 4096);
        }
    }
}

#[test]
fn a_person_with_fifty_thousand_lines_is_left_out_and_not_read_whole() {
    let note = raw("019", 0, &"x".repeat(60));
    let mut file = lines(2);
    file.pop();
    file.extend(std::iter::repeat_n(note, 50_000));
    file.push(end(10));
    let mut file = read(&file);
    let persons = file.chunk(0, 9).unwrap();
    assert_eq!(bad(&persons[0]).reason, Fault::TooMuch);
    assert!(persons[0].raw.len() <= 1 << 20);
    assert!(persons[1].records.is_ok());
}

/// A file that loses its end when it is sought for the third time: at the first person.
struct Shrinking(Cursor<Vec<u8>>, usize);

impl Read for Shrinking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Shrinking {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.1 += 1;
        if self.1 == 3 {
            self.0.get_mut().truncate(1000);
        }
        self.0.seek(to)
    }
}

#[test]
fn a_file_that_shrinks_is_an_error_and_no_half_person() {
    let bytes = join(&lines(50), "\n");
    let mut file = validate(bytes.clone()).unwrap();
    assert_eq!(file.chunk(0, 50).unwrap().len(), 50);
    let mut file = Extract::validate(Shrinking(Cursor::new(bytes), 0), &options()).unwrap();
    assert_eq!(file.chunk(0, 50).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}
