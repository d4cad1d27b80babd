//! Initial loads of the simulator, written once and used again.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use cpr::extract::{Options, Strictness};
use jiff::civil::{Date, date};
use simulator::{Population, Task};

use crate::report::{folder, say};

/// The day of every file.
pub(crate) const DAY: Date = date(2026, 3, 2);

/// Persons whose initial load has about 200 MB.
pub(crate) const PERSONS_200_MB: usize = 150_000;

/// Raised when the simulator writes other files for the same seed.
const EDITION: u32 = 1;

/// How the records of a person stand in a file; the address in clear text (003) stands at the end in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Side by side.
    Grouped,
    /// Among those of about fifty others, so that hardly two neighbours belong to one person.
    Mixed,
}

/// The initial load of so many persons; written when it is not there.
pub(crate) fn initial_load(persons: usize, order: Order) -> anyhow::Result<PathBuf> {
    let word = if order == Order::Mixed { "mixed" } else { "grouped" };
    let path = folder()?.join(format!("initial-{persons}-{word}-{EDITION}.cpr"));
    if !path.exists() {
        say(&format!("writing an initial load of {persons} persons, {word}"));
        // in a process of its own, so that the population weighs on no figure
        let mut writer = Command::new(std::env::current_exe()?);
        let written = writer.args(["child-write", &persons.to_string(), word]).arg(&path).status()?;
        ensure!(written.success(), "the initial load could not be written");
    }
    Ok(path)
}

/// Writes the file under its name when it is complete.
pub(crate) fn child(persons: usize, order: &str, path: &Path) -> anyhow::Result<()> {
    let population = Population::new(26, persons, DAY);
    let part = path.with_extension("part");
    let out = BufWriter::new(File::create(&part).context("cannot write the initial load")?);
    let task = Task { mixed: order == "mixed", ..Task::new("435701") };
    task.write_initial(&population, DAY, None, out)?;
    std::fs::rename(&part, path)?;
    Ok(())
}

/// How these files are read: every warning refuses them.
pub(crate) fn options() -> Options {
    Options { record_length: None, today: DAY, counter: Strictness::Refuse }
}
