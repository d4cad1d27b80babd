//! Time on the wall and in the processor, for this process, its children and PostgreSQL.

use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};

/// What one command took, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took {
    pub(crate) wall: f64,
    /// User and system together.
    pub(crate) cpu: f64,
}

/// Runs a command under the shell's `time`, which tells milliseconds where `/proc` tells hundredths.
pub(crate) fn timed(command: &[&OsStr]) -> anyhow::Result<Took> {
    let mut shell = Command::new("bash");
    shell.args(["-c", "TIMEFORMAT='%3R %3U %3S'; time \"$@\" >/dev/null", "bash"]).args(command);
    let output = shell.env("LC_ALL", "C").stdin(Stdio::null()).output().context("cannot run bash")?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("a measured command failed: {}", told.trim());
    }
    let last = told.lines().last().unwrap_or_default();
    let seconds: Vec<f64> = last.split(' ').map(str::parse).collect::<Result<_, _>>().context("no times from bash")?;
    let [wall, user, system] = seconds[..] else { bail!("no times from bash") };
    Ok(Took { wall, cpu: user + system })
}

/// The processor time of a process with all its threads, and of children that it has waited for, in seconds.
pub(crate) fn cpu_of(process: u32) -> anyhow::Result<(f64, f64)> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).context("a measured process is gone")?;
    // the name in parentheses may hold anything
    let (_, rest) = text.rsplit_once(") ").context("an unknown form of /proc")?;
    let words: Vec<&str> = rest.split(' ').collect();
    let ticks = |at: usize| words.get(at).and_then(|word| word.parse::<u32>().ok()).unwrap_or_default();
    // Linux counts in hundredths of a second on every architecture
    let seconds = |first: usize| f64::from(ticks(first) + ticks(first + 1)) / 100.0;
    Ok((seconds(11), seconds(13)))
}

/// Processor time of a postmaster and everything it started, also what has ended.
fn cpu_of_postmaster(postmaster: u32) -> anyhow::Result<f64> {
    let (own, ended) = cpu_of(postmaster)?;
    let mut sum = own + ended;
    for entry in std::fs::read_dir("/proc")? {
        let Ok(process) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        // a process may end while it is looked at: then it counts with the postmaster's ended ones next time
        if parent_of(process) == Some(postmaster) {
            sum += cpu_of(process).map_or(0.0, |(own, _)| own);
        }
    }
    Ok(sum)
}

/// Who started a process.
pub(crate) fn parent_of(process: u32) -> Option<u32> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    text.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

/// Processor time by process, read at the same moment as the wall's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    at: Instant,
    own: f64,
    database: f64,
}

/// What passed between two moments, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) wall: f64,
    /// This process.
    pub(crate) own: f64,
    /// PostgreSQL; 0 on SQLite, which runs in this process.
    pub(crate) database: f64,
}

impl Moment {
    pub(crate) fn now(postmaster: Option<u32>) -> anyhow::Result<Self> {
        let database = postmaster.map_or(Ok(0.0), cpu_of_postmaster)?;
        Ok(Self { own: cpu_of(std::process::id())?.0, database, at: Instant::now() })
    }

    pub(crate) fn until_now(self, postmaster: Option<u32>) -> anyhow::Result<Spent> {
        let wall = self.at.elapsed().as_secs_f64();
        let now = Self::now(postmaster)?;
        Ok(Spent { wall, own: now.own - self.own, database: now.database - self.database })
    }
}
