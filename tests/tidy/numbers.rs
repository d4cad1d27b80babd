//! No person number in the tree. Every run of ten digits that starts with a date of day, month and year, with or
//! without a separator, could be somebody's; invented persons come from the simulator at run time.

use crate::none;
use crate::tree::{TextFile, files};

/// Cargo's hashes are no numbers, and cargo alone writes the file.
const GENERATED: [&str; 1] = ["Cargo.lock"];

/// Replacement numbers add this to the day; they are personal data as well.
const REPLACEMENT: u8 = 60;

/// Whether day and month are real, 29 February included: the century is not in the number.
fn is_date(day: u8, month: u8) -> bool {
    let last = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    let day = if day > REPLACEMENT { day - REPLACEMENT } else { day };
    (1..=last).contains(&day)
}

/// Whether these ten digits could be a person number.
fn could_be_number(digits: &[u8]) -> bool {
    let two = |at: usize| (digits[at] - b'0') * 10 + digits[at + 1] - b'0';
    digits.len() == 10 && is_date(two(0), two(2))
}

/// The columns (from 1) of a line at which something stands that could be a person number. Part of a longer word or
/// number is none of it.
fn columns(line: &str) -> Vec<usize> {
    let bytes = line.as_bytes();
    let part_of_word = |byte: &u8| byte.is_ascii_alphanumeric();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() || (at > 0 && part_of_word(&bytes[at - 1])) {
            at += 1;
            continue;
        }
        let mut digits = Vec::new();
        let mut end = at;
        while let Some(&byte) = bytes.get(end) {
            let separates = (digits.len() == 6 && matches!(byte, b'-' | b' ')) || byte == b'_';
            if byte.is_ascii_digit() {
                digits.push(byte);
            } else if !separates || !bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
                break;
            }
            end += 1;
        }
        if !bytes.get(end).is_some_and(part_of_word) && could_be_number(&digits) {
            found.push(at + 1);
        }
        at = end.max(at + 1);
    }
    found
}

/// One line for each find; never the number itself.
fn person_numbers(files: &[TextFile]) -> Vec<String> {
    let mut violations = Vec::new();
    for TextFile { path, text } in files.iter().filter(|file| !GENERATED.contains(&file.path.as_str())) {
        for (number, line) in text.lines().enumerate() {
            for column in columns(line) {
                violations.push(format!("{path}:{}:{column}: could be a person number", number + 1));
            }
        }
    }
    violations
}

#[test]
fn planted_numbers_are_found() {
    let tail = "1234";
    for date in ["010170", "290200", "311299", "610170"] {
        for text in [
            format!("{date}{tail}"),
            format!("\"{date}-{tail}\""),
            format!("cpr={date} {tail};"),
            format!("{date}_{tail}"),
            format!("{}_{}_{}_{tail}", &date[..2], &date[2..4], &date[4..]),
        ] {
            assert_eq!(columns(&text).len(), 1, "{text}");
        }
    }
    let found = person_numbers(&[TextFile::new("docs/a.md", &format!("one\n- 010170-{tail}\n"))]);
    assert_eq!(found, ["docs/a.md:2:3: could be a person number"]);
}

#[test]
fn other_digits_are_left_alone() {
    let tail = "1234";
    for text in [
        "0000000000".to_owned(),
        "1234567890".to_owned(),
        format!("320170{tail}"),
        format!("310470{tail}"),
        format!("010170{tail}5"),
        format!("a010170{tail}"),
        format!("010170{tail}f"),
        format!("010170--{tail}"),
        "2026-11-20 10:00".to_owned(),
        "1_000_000_000".to_owned(),
    ] {
        assert_eq!(columns(&text), [0usize; 0], "{text}");
    }
}

#[test]
fn the_tree_holds_no_person_number() {
    none(&person_numbers(&files()));
}
