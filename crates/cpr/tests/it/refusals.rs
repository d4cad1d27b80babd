//! What is wrong with a file as a whole, in one sentence.

use std::io::Cursor;

use cpr::extract::{Extract, Options, Refusal, Strictness, Warning};
use cpr::record::{InputError, Receipt};
use cpr::{EventCode, RecordCode};

use crate::file::{end, join, lines, number, options, person, start, validate};

#[track_caller]
fn refused(bytes: Vec<u8>, sentence: &str) {
    let refusal = validate(bytes).unwrap_err().to_string();
    assert_eq!(refusal, sentence);
}

#[test]
fn empty_files() {
    let sentence = "the file is empty: not even a start record 000; have it delivered again";
    for bytes in [&b""[..], b"\x1A", b"\r\n\r\n\x1A", b"   \n"] {
        refused(bytes.to_vec(), sentence);
    }
}

#[test]
fn other_character_sets() {
    let ebcdic = [&[0xF0; 13][..], &[0x40; 50]].concat();
    assert!(matches!(validate(ebcdic), Err(Refusal::Ebcdic)));
    let bytes = join(&lines(2), "\n");
    assert!(matches!(validate([&b"\xEF\xBB\xBF"[..], &bytes].concat()), Err(Refusal::ByteOrderMark)));
    assert!(matches!(validate([&b"\xFF\xFE"[..], &bytes].concat()), Err(Refusal::ByteOrderMark)));
    let utf8: Vec<u8> = bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes();
    refused(
        utf8,
        "the file is in UTF-8 (first seen in line 4): something converted it; it must arrive in ISO 8859-1 as CPR made it",
    );
    let unterminated: String = join(&lines(2), "").iter().map(|byte| char::from(*byte)).collect();
    assert!(matches!(validate(unterminated.into_bytes()), Err(Refusal::Utf8 { .. })));
    let cp850: Vec<u8> = bytes
        .iter()
        .map(|byte| match byte {
            0xC6 => 0x92,
            0xD8 => 0x9D,
            0xE5 => 0x86,
            0xF8 => 0x9B,
            other => *other,
        })
        .collect();
    refused(cp850, "the file is in CP850 (first seen in line 4): order character set ISO 8859-1 for the task");
    // Some such lines among others are errors of their persons alone.
    let mut few = lines(5);
    for line in few.iter_mut().filter(|line| line.starts_with(b"008")).take(4) {
        line.iter_mut().filter(|byte| **byte == 0xF8).for_each(|byte| *byte = 0x9B);
    }
    assert_eq!(validate(join(&few, "\n")).unwrap().report().bad_records, 4);
    // One line that happens to be UTF-8 does not make a file of it.
    let mut mixed = lines(2);
    mixed[3][13..15].copy_from_slice("ø".as_bytes());
    assert!(validate(join(&mixed, "\n")).is_ok());
}

#[test]
fn the_start_record() {
    refused(
        join(&lines(1)[1..], "\n"),
        "line 1 is not a start record 000: the file's beginning is missing or it is no CPR extract",
    );
    assert!(matches!(validate(b"PK\x03\x04 not an extract".to_vec()), Err(Refusal::NoStart { line: 1 })));
    let mut twice = lines(1);
    twice.insert(3, start());
    refused(
        join(&twice, "\n"),
        "line 4 is a second start record 000: several files were joined; each must be delivered alone",
    );
    let with_date = |date: &[u8]| {
        let mut file = lines(1);
        file[0][19..27].copy_from_slice(date);
        join(&file, "\n")
    };
    for date in [b"2026AB02", b"20260001", b"00000000"] {
        refused(
            with_date(date),
            "line 1, record 000, field production_date cannot be read: the file is damaged; have it delivered again",
        );
    }
    refused(
        with_date(b"20260304"),
        "line 1, record 000: the production date 2026-03-04 is after today, 2026-03-03; check the clock, or have the \
         file made again",
    );
    assert!(validate(with_date(b"20260303")).is_ok());
}

#[test]
fn the_former_date_may_be_missing_or_unreadable() {
    let with_date = |date: &[u8]| {
        let mut file = lines(1);
        file[0][27..35].copy_from_slice(date);
        validate(join(&file, "\n")).unwrap()
    };
    for date in [b"00000000", b"        "] {
        assert_eq!(
            (with_date(date).header().previous_production_date, with_date(date).report().warnings.len()),
            (None, 0)
        );
    }
    let odd = with_date(b"2026XX02");
    assert_eq!(odd.header().previous_production_date, None);
    assert_eq!(odd.report().warnings, [Warning::PreviousDateUnreadable { line: 1 }]);
}

#[test]
fn the_end_record() {
    let whole = lines(2);
    let cut = &whole[..whole.len() - 1];
    let size = join(cut, "\n").len();
    refused(
        join(cut, "\n"),
        &format!(
            "the file is truncated: it ends at byte {size} after line 11 without an end record 999; have it delivered again"
        ),
    );
    // Cut at any byte, a file is never taken for whole: at most its last terminator may be missing.
    let bytes = join(&whole, "\n");
    for length in 0..bytes.len() - 22 {
        assert!(validate(bytes[..length].to_vec()).is_err(), "cut at {length}");
    }
    let after = [whole.clone(), person(7).0].concat();
    assert!(matches!(validate(join(&after, "\n")), Err(Refusal::AfterEnd { line: 13 })));
    let twice = [whole, vec![end(10)]].concat();
    assert!(matches!(validate(join(&twice, "\n")), Err(Refusal::AfterEnd { line: 13 })));
}

#[test]
fn the_counter_warns_or_refuses() {
    let mut wrong = lines(2);
    wrong.pop();
    wrong.push(end(9));
    let file = validate(join(&wrong, "\n")).unwrap();
    assert_eq!(file.report().warnings, [Warning::Counter { line: 12, stated: 9, counted: 10 }]);
    let strict = Options { counter: Strictness::Refuse, ..options() };
    let refusal = Extract::validate(Cursor::new(join(&wrong, "\n")), &strict).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "line 12, record 999: the counter says 9 records and the file has 10; have it delivered again"
    );
    wrong[11][13..21].fill(b'x');
    assert_eq!(validate(join(&wrong, "\n")).unwrap().report().warnings, [Warning::CounterUnreadable { line: 12 }]);
    let refusal = Extract::validate(Cursor::new(join(&wrong, "\n")), &strict).unwrap_err();
    assert!(matches!(refusal, Refusal::CounterUnreadable { line: 12 }));
}

#[test]
fn receipts_and_input_errors_are_kept_apart_from_persons() {
    let receipt = Receipt { number: number(9).into(), code: EventCode::new(b"A45"), ..Receipt::default() };
    let rejected = InputError { sort_key: "1234".into(), error: 8451, text: "Ukendt".into(), ..InputError::default() };
    let mut file = lines(2);
    file.insert(1, receipt.line().unwrap());
    file.pop();
    file.push(end(11));
    file.push(rejected.line().unwrap());
    let mut file = validate(join(&file, "\n")).unwrap();
    assert_eq!((file.len(), file.report().receipts, file.report().input_errors), (2, 1, 1));
    assert_eq!(file.report().warnings, []);
    assert_eq!(file.receipts(0, 10).unwrap(), [(2, receipt)]);
    assert_eq!(file.input_errors(0, 10).unwrap(), [(14, rejected)]);
    assert!(file.report().per_code.contains(&(RecordCode::RECEIPT, 1)));
}

#[test]
fn a_record_length_that_cannot_be() {
    let options = Options { record_length: Some(40), ..options() };
    let refusal = Extract::validate(Cursor::new(Vec::new()), &options).unwrap_err();
    assert!(matches!(refusal, Refusal::RecordLength { length: 40 }));
}
