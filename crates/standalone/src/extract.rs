//! `extract check`: what the ingester would make of a file. Counts, lines and reasons; never content.

use std::fs::File;
use std::io::BufReader;

use anyhow::{Context as _, bail};
use cpr::extract::{BadPerson, Extract, Form, Options, Refusal, StrayReason, Terminator};
use cpr::{RecordCode, layout};
use serde_json::{Value, json};

use crate::cli::ExtractCheckArguments;
use crate::clock;
use crate::exit::Exit;
use crate::screen::{self, Screen, Tone, count, counted, line};

/// Persons and lines read at a time.
const CHUNK: usize = 200;

/// How many lines of quarantine a person gets to read; a machine gets all.
const SHOWN: usize = 20;

/// What would not be applied.
#[derive(Debug, Default)]
struct Quarantine {
    persons: Vec<BadPerson>,
    lines: Vec<(u64, Option<RecordCode>, StrayReason)>,
}

impl Quarantine {
    fn is_empty(&self) -> bool {
        self.persons.is_empty() && self.lines.is_empty()
    }
}

pub(crate) fn run(arguments: &ExtractCheckArguments, screen: Screen) -> anyhow::Result<Exit> {
    let path = arguments.file.display();
    if arguments.file.is_dir() {
        bail!("{path} is a folder; give one file");
    }
    let file = File::open(&arguments.file).with_context(|| format!("cannot open {path}"))?;
    let options = Options {
        record_length: arguments.record_length,
        today: arguments.today.unwrap_or_else(|| runtime::copenhagen::today(clock::now())),
        counter: cpr::extract::Strictness::default(),
    };
    let mut extract = match Extract::validate(BufReader::new(file), &options) {
        Ok(extract) => extract,
        Err(error @ Refusal::Read { .. }) => return Err(error).with_context(|| format!("cannot read {path}")),
        Err(refusal) => return refused(arguments, screen, &refusal),
    };
    let quarantine = quarantine(&mut extract).with_context(|| format!("cannot read {path} a second time"))?;
    if arguments.json {
        screen::json(&machine(&extract, &quarantine))?;
    } else {
        human(screen, &extract, &quarantine);
    }
    Ok(if quarantine.is_empty() { Exit::Done } else { Exit::Mistakes })
}

fn refused(arguments: &ExtractCheckArguments, screen: Screen, refusal: &Refusal) -> anyhow::Result<Exit> {
    if arguments.json {
        screen::json(&json!({"verdict": "refused", "reason": refusal.to_string()}))?;
    } else {
        line(format_args!("{}: {refusal}", screen.paint(Tone::Bad, "refused")));
    }
    Ok(Exit::Mistakes)
}

/// Reads every person once, as the ingester would.
fn quarantine<R: std::io::Read + std::io::Seek>(extract: &mut Extract<R>) -> std::io::Result<Quarantine> {
    let mut quarantine = Quarantine::default();
    for from in (0..extract.len()).step_by(CHUNK) {
        let persons = extract.chunk(from, CHUNK)?;
        quarantine.persons.extend(persons.into_iter().filter_map(|person| person.records.err()));
    }
    for from in (0..extract.report().strays).step_by(CHUNK) {
        let strays = extract.strays(from, CHUNK)?;
        quarantine.lines.extend(strays.into_iter().map(|stray| (stray.line, stray.code, stray.reason)));
    }
    Ok(quarantine)
}

fn machine<R>(extract: &Extract<R>, quarantine: &Quarantine) -> Value {
    let persons: Vec<_> = quarantine
        .persons
        .iter()
        .map(|bad| json!({"line": bad.line, "code": bad.code, "field": bad.field, "reason": bad.reason.to_string()}))
        .collect();
    let lines: Vec<_> = quarantine
        .lines
        .iter()
        .map(|(line, code, reason)| json!({"line": line, "code": code, "reason": reason.to_string()}))
        .collect();
    json!({
        "verdict": "accepted",
        "header": extract.header(),
        "report": extract.report(),
        "quarantined": {"persons": persons, "lines": lines},
    })
}

fn human<R>(screen: Screen, extract: &Extract<R>, quarantine: &Quarantine) {
    let (header, report) = (extract.header(), extract.report());
    let previous = header.previous_production_date;
    let previous = previous.map_or_else(|| "the first of its task".to_owned(), |date| format!("after {date}"));
    screen.row("task", format_args!("{}, produced {}, {previous}", header.task_number, header.production_date));
    let kind = if report.has_events { "a change extract" } else { "a load: no events" };
    screen.row("file", format_args!("{kind}, {} bytes, {}", count(report.bytes), form(report.form)));
    let bad = quarantine.persons.len();
    let held = if bad == 0 { String::new() } else { format!(", {} in quarantine", count(bad as u128)) };
    screen.row("persons", format_args!("{}{held}", count(report.persons as u128)));
    screen.row("records", count(report.records));
    for (code, records) in &report.per_code {
        let name = layout::layout(*code).map_or("", |layout| layout.name);
        line(format_args!("{:>15} {:>10}  {}", code, count(*records), screen.paint(Tone::Quiet, name)));
    }
    for (code, records) in &report.unknown {
        let name = screen.paint(Tone::Doubtful, "unknown: counted, its lines go to quarantine");
        line(format_args!("{:>15} {:>10}  {name}", code, count(*records)));
    }
    for warning in &report.warnings {
        screen.row("warning", screen.paint(Tone::Doubtful, warning));
    }
    for bad in quarantine.persons.iter().take(SHOWN) {
        screen.row("quarantine", screen.paint(Tone::Doubtful, bad));
    }
    for (line, code, reason) in quarantine.lines.iter().take(SHOWN) {
        let code = code.map(|code| format!(", record {code}")).unwrap_or_default();
        screen.row("quarantine", screen.paint(Tone::Doubtful, format_args!("line {line}{code}: {reason}")));
    }
    let more = quarantine.persons.len().saturating_sub(SHOWN) + quarantine.lines.len().saturating_sub(SHOWN);
    if more > 0 {
        screen.row("", format_args!("and {} more; --json tells all", count(more as u128)));
    }
    if quarantine.is_empty() {
        line(screen.paint(Tone::Good, "all of it would be applied"));
    } else {
        let what = format!(
            "{} and {} would go to quarantine, the rest would be applied",
            counted(quarantine.persons.len(), "person", "persons"),
            counted(quarantine.lines.len(), "line", "lines")
        );
        line(screen.paint(Tone::Doubtful, what));
    }
}

fn form(form: Form) -> String {
    match form {
        Form::Lines(Terminator::CrLf) => "lines ended by CR LF".to_owned(),
        Form::Lines(Terminator::Lf) => "lines ended by LF".to_owned(),
        Form::Lines(Terminator::Cr) => "lines ended by CR".to_owned(),
        Form::Unterminated => "records one after the other without line ends".to_owned(),
        Form::Padded(length) => format!("records of {length} bytes without line ends"),
    }
}
