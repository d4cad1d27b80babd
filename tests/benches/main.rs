//! The figures of `docs/PERFORMANCE.md`, each as a share of something plain that is measured in the same run.
//!
//! `make bench` runs all of them, `make bench ARGS="read store"` some. Each prints a small table and writes
//! `target/bench/<name>.json`. The program starts itself again where a figure belongs to a process of its own.

mod deliver;
mod deliver_sink;
mod files;
mod gauge;
mod ground;
mod memory;
mod read;
mod report;
mod store_persons;
mod store_raw;

use std::process::ExitCode;

use anyhow::{Context as _, bail};

const BENCHES: [&str; 4] = ["read", "memory", "store", "deliver"];

fn main() -> ExitCode {
    // cargo adds `--bench`; other flags mean nothing here
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> anyhow::Result<()> {
    if let [child, arguments @ ..] = words
        && let Some(part) = child.strip_prefix("child-")
    {
        return run_child(part, arguments);
    }
    if let Some(unknown) = words.iter().find(|word| !BENCHES.contains(&word.as_str())) {
        bail!("there is no benchmark `{unknown}`; there are {}", BENCHES.join(", "));
    }
    let threads = tokio::runtime::Runtime::new().context("cannot start the executor")?;
    for bench in BENCHES.into_iter().filter(|bench| words.is_empty() || words.iter().any(|word| word == bench)) {
        match bench {
            "read" => read::bench()?,
            "memory" => memory::bench()?,
            "store" => threads.block_on(store_persons::bench())?,
            _ => threads.block_on(deliver::bench())?,
        }
    }
    Ok(())
}

/// What a figure needs in a process of its own.
fn run_child(part: &str, arguments: &[String]) -> anyhow::Result<()> {
    match (part, arguments) {
        ("read", [depth, file]) => read::child(depth, file.as_ref()),
        ("memory", [file]) => memory::child(file.as_ref()),
        ("write", [persons, order, file]) => files::child(persons.parse()?, order, file.as_ref()),
        ("sink", [doors]) => tokio::runtime::Runtime::new()?.block_on(deliver_sink::child(doors.parse()?)),
        _ => bail!("no such part: {part}"),
    }
}
