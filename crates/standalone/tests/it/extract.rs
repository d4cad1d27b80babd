//! `simulate extracts` and `extract check`.

use std::fs;

use crate::{UNTIL, holds_none, json, run, secrets, shown, simulate};

#[test]
fn one_seed_writes_the_same_bytes() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let written = folders.each_ref().map(|folder| simulate(folder.path(), "3"));
    assert_eq!(written[0].len(), 4);
    assert!(fs::metadata(folders[0].path().join("D260302.L123456.metadata")).is_ok());
    for (one, other) in written[0].iter().zip(&written[1]) {
        assert_eq!(one.file_name(), other.file_name());
        assert!(fs::read(one).unwrap() == fs::read(other).unwrap(), "{}", one.display());
    }
}

#[test]
fn one_day_is_one_transfer_whatever_else_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let arguments = ["simulate", "extracts", "--seed", "7", "--persons", "60", "--out", shown(&out)];
        assert_eq!(run(&[&arguments[..], more].concat()).0, 0);
        move |file: &str| fs::read_to_string(out.join(format!("{file}.metadata"))).unwrap()
    };
    let all = write("all", &["--days", "2", "--until", "2026-03-02", "--initial"]);
    let later = write("later", &["--days", "3", "--until", "2026-03-03"]);
    assert_eq!(all("D260302.L123456"), later("D260302.L123456"), "the same file is the same transfer");
    let transfer = |text: String| text.split("TransferUUID>").nth(1).unwrap().to_owned();
    let mut transfers: Vec<_> =
        ["D260228.L123456", "D260301.L123456", "D260302.L123456"].map(&all).map(transfer).into();
    transfers.push(transfer(later("D260303.L123456")));
    transfers.sort();
    transfers.dedup();
    assert_eq!(transfers.len(), 4, "another file is another transfer");
}

#[test]
fn a_folder_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, told) = run(&["extract", "check", shown(folder.path())]);
    assert_eq!(code, 1);
    assert!(told.contains("give one file"), "{told}");
}

#[test]
fn a_good_file_is_told_in_counts_only() {
    let folder = tempfile::tempdir().unwrap();
    let files = simulate(folder.path(), "3");
    let secrets = secrets(7, 60, 3, UNTIL);
    let (code, out, told) = run(&["extract", "check", shown(&files[0])]);
    assert_eq!((code, told.as_str()), (0, ""), "{out}");
    assert!(out.contains("produced 2026-02-27") && out.contains("all of it would be applied"), "{out}");
    holds_none(&out, &secrets);
    let answer = json(&["extract", "check", "--json", shown(&files[3])], 0);
    assert_eq!(answer["verdict"], "accepted");
    assert_eq!(answer["header"]["productionDate"], "2026-03-02");
    assert_eq!(answer["header"]["previousProductionDate"], "2026-03-01");
    assert_eq!(answer["quarantined"]["persons"].as_array().unwrap().len(), 0);
    holds_none(&answer.to_string(), &secrets);
}

#[test]
fn a_truncated_file_is_refused_without_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let file = &simulate(folder.path(), "0")[0];
    let bytes = fs::read(file).unwrap();
    fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    let (code, out, _) = run(&["extract", "check", shown(file)]);
    assert_eq!(code, 3);
    assert!(out.starts_with("refused: the file is truncated"), "{out}");
    let answer = json(&["extract", "check", "--json", shown(file)], 3);
    assert_eq!(answer["verdict"], "refused");
    holds_none(&out, &secrets(7, 60, 0, UNTIL));
}

#[test]
fn a_file_of_tomorrow_is_refused_today() {
    let folder = tempfile::tempdir().unwrap();
    let file = &simulate(folder.path(), "0")[0];
    let (code, out, _) = run(&["extract", "check", "--today", "2026-03-01", shown(file)]);
    assert_eq!(code, 3);
    assert!(out.contains("2026-03-02 is after today, 2026-03-01"), "{out}");
}

#[test]
fn a_line_of_an_unknown_code_goes_to_quarantine_and_is_told_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = &simulate(folder.path(), "0")[0];
    let mut bytes = fs::read(file).unwrap();
    let first_end = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let planted = b"077planted content\n";
    bytes.splice(first_end..first_end, planted.iter().copied());
    fs::write(file, bytes).unwrap();
    let (code, out, _) = run(&["extract", "check", shown(file)]);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("line 2, record 077: unknown record code"), "{out}");
    assert!(!out.contains("planted"), "{out}");
    let answer = json(&["extract", "check", "--json", shown(file)], 3);
    assert_eq!(answer["quarantined"]["lines"][0]["line"], 2);
    assert_eq!(answer["quarantined"]["lines"][0]["code"], "077");
}

#[test]
fn a_file_that_is_not_there_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, told) = run(&["extract", "check", shown(&folder.path().join("nowhere"))]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(told.lines().count(), 1, "{told}");
}
