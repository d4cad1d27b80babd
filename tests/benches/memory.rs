//! Resident memory of a process that reads a large initial load.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use cpr::extract::Extract;
use serde_json::{Value, json};

use crate::files::{Order, initial_load, options};
use crate::read::size;
use crate::report::{Report, say};

const PERSONS: usize = 600_000;
const CHUNK: usize = 200;

pub(crate) fn bench() -> anyhow::Result<()> {
    let file = initial_load(PERSONS, Order::Mixed)?;
    let output = Command::new(std::env::current_exe()?).arg("child-memory").arg(&file).output()?;
    ensure!(output.status.success(), "reading failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    let told: Value = serde_json::from_slice(&output.stdout)?;
    let number = |key: &str| told[key].as_f64().context("the reading process told no figure");
    let mut report = Report::new("memory");
    report.figure("megabytes", "file", size(&file)? / 1e6, "MB");
    report.figure("persons", "persons", number("persons")?, "");
    report.figure("records", "records", number("records")?, "");
    report.figure("startMegabytes", "resident before reading", number("before")? / 1e3, "MB");
    report.figure("validatedMegabytes", "highest after validation", number("validated")? / 1e3, "MB");
    report.figure("peakMegabytes", "highest after reading all persons", number("read")? / 1e3, "MB");
    let index = (number("validated")? - number("before")?) * 1e3 / number("records")?;
    report.figure("bytesPerRecord", "bytes a record for the index", index, "(at most 24)");
    report.close()
}

/// Reads the file and tells what it needed.
pub(crate) fn child(file: &Path) -> anyhow::Result<()> {
    let before = highest()?;
    let mut extract = Extract::validate(File::open(file)?, &options())?;
    let validated = highest()?;
    for from in (0..extract.len()).step_by(CHUNK) {
        ensure!(!extract.chunk(from, CHUNK)?.is_empty(), "a chunk without persons");
    }
    let (report, read) = (extract.report(), highest()?);
    let told = json!({
        "before": before, "validated": validated, "read": read, "persons": report.persons, "records": report.records,
    });
    say(&told.to_string());
    Ok(())
}

/// The highest resident size so far, in KiB (counted as kB, as the kernel writes it).
fn highest() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the kernel tells no VmHWM")?;
    line.trim().trim_end_matches(" kB").parse().context("an unknown form of VmHWM")
}
