//! The binary from outside: arguments in, text and exit code out.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod demo;
mod extract;
mod manifests;
mod serve;
mod usage;

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use jiff::civil::{Date, date};
use serde_json::Value;
use simulator::Population;

/// The last day of every simulated file here: files do not depend on today.
const UNTIL: Date = date(2026, 3, 2);

/// The binary with these arguments, without what the environment says about colours and logs.
fn cprbroker(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cprbroker"));
    command.args(arguments).env_remove("RUST_LOG").env_remove("NO_COLOR");
    command
}

/// Runs to the end; the exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = cprbroker(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Runs to the end with exit code `code`; the one JSON object on standard output.
#[track_caller]
fn json(arguments: &[&str], code: i32) -> Value {
    let (ended, out, told) = run(arguments);
    assert_eq!(ended, code, "{out}{told}");
    assert_eq!(out.lines().count(), 1, "{out}");
    serde_json::from_str(&out).unwrap()
}

/// Simulates `days` days and a load of 60 persons into `out`; the files in order of their names.
fn simulate(out: &Path, days: &str) -> Vec<PathBuf> {
    let arguments = ["simulate", "extracts", "--seed", "7", "--persons", "60", "--days", days, "--initial"];
    let (code, _, told) = run(&[&arguments[..], &["--until", &UNTIL.to_string(), "--out", shown(out)]].concat());
    assert_eq!(code, 0, "{told}");
    let mut files: Vec<PathBuf> = std::fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_none_or(|extension| extension != "metadata"));
    files.sort();
    files
}

/// Everything that no output may hold, for a population that lived `days` days until `until`.
fn secrets(seed: u64, persons: usize, days: i64, until: Date) -> Vec<String> {
    let first = until.checked_sub(jiff::Span::new().days(days)).unwrap();
    let mut population = Population::new(seed, persons, first);
    for date in first.tomorrow().unwrap().series(jiff::Span::new().days(1)).take_while(|date| *date <= until) {
        population.advance(date);
    }
    let secrets: Vec<String> = population.secrets().collect();
    assert!(secrets.len() > persons, "the population has no secrets");
    secrets
}

/// Fails if a text holds anything of `secrets`.
#[track_caller]
fn holds_none(text: &str, secrets: &[String]) {
    let leaked = secrets.iter().filter(|secret| text.contains(secret.as_str())).count();
    assert_eq!(leaked, 0, "{leaked} values of the population are told");
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The manifests that the demo runs.
fn quickstart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quickstart")
}
