//! Reading: validation of a whole file, and that with all persons read, against `wc -l`.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, ensure};
use cpr::extract::Extract;

use crate::files::{Order, PERSONS_200_MB, initial_load, options};
use crate::gauge::{Took, timed};
use crate::report::{Report, median};

const ROUNDS: usize = 9;
const CHUNK: usize = 200;

pub(crate) fn bench() -> anyhow::Result<()> {
    let mut report = Report::new("read");
    for order in [Order::Grouped, Order::Mixed] {
        measure(order, &mut report)?;
    }
    report.close()
}

fn measure(order: Order, report: &mut Report) -> anyhow::Result<()> {
    let file = initial_load(PERSONS_200_MB, order)?;
    let megabytes = size(&file)? / 1e6;
    let own = std::env::current_exe()?;
    let wc = [OsStr::new("wc"), OsStr::new("-l"), file.as_os_str()];
    let reading = |depth| [own.as_os_str(), OsStr::new("child-read"), OsStr::new(depth), file.as_os_str()];
    // once for the page cache
    timed(&wc)?;
    let mut rounds = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        rounds[0].push(timed(&wc)?);
        rounds[1].push(timed(&reading("validate"))?);
        rounds[2].push(timed(&reading("all"))?);
    }
    let [wc, validate, all] = rounds.map(|round| Took {
        wall: median(round.iter().map(|took| took.wall).collect()),
        cpu: median(round.iter().map(|took| took.cpu).collect()),
    });
    let word = if order == Order::Mixed { "mixed" } else { "grouped" };
    let mut figure = |end: &str, what: &str, value, unit| {
        report.figure(&format!("{word}{end}"), &format!("{word}: {what}"), value, unit);
    };
    figure("Megabytes", "file", megabytes, "MB");
    figure("WcSpeed", "wc -l", megabytes / wc.cpu, "MB/s of processor time");
    figure("ValidateSpeed", "validate", megabytes / validate.cpu, "MB/s of processor time");
    figure("AllSpeed", "validate and read all persons", megabytes / all.cpu, "MB/s of processor time");
    figure("ValidateShare", "validate / wc -l", wc.cpu / validate.cpu, "of its speed");
    figure("ValidateShareWall", "validate / wc -l, on the wall", wc.wall / validate.wall, "of its speed");
    figure("AllShare", "validate and read / wc -l", wc.cpu / all.cpu, "of its speed");
    Ok(())
}

/// Reads a file as the ingester does, on one thread.
pub(crate) fn child(depth: &str, file: &Path) -> anyhow::Result<()> {
    let mut extract = Extract::validate(File::open(file)?, &options())?;
    ensure!(extract.report().bad_records == 0, "the file holds bad records");
    if depth == "all" {
        for from in (0..extract.len()).step_by(CHUNK) {
            let chunk = extract.chunk(from, CHUNK)?;
            ensure!(chunk.iter().all(|set| set.records.is_ok()), "the file holds bad persons");
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a size for people to read")]
pub(crate) fn size(file: &Path) -> anyhow::Result<f64> {
    Ok(std::fs::metadata(file).context("the file is gone")?.len() as f64)
}
