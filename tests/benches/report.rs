//! Tables on the terminal and figures in `target/bench`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Map, Value};

/// Where files and figures stand; made when missing.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// One table: what is measured, and a line per figure.
pub(crate) struct Report {
    name: &'static str,
    figures: Map<String, Value>,
    lines: Vec<[String; 2]>,
}

impl Report {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, figures: Map::new(), lines: Vec::new() }
    }

    /// A figure with two digits behind the point (three where it is small) and its unit; `key` names it in the JSON.
    pub(crate) fn figure(&mut self, key: &str, what: &str, value: f64, unit: &str) {
        let digits = if value.abs() >= 100.0 {
            0
        } else if value.abs() >= 1.0 {
            2
        } else {
            3
        };
        self.lines.push([what.to_owned(), format!("{value:.digits$} {unit}")]);
        self.figures.insert(key.to_owned(), value.into());
    }

    /// Prints the table and writes the figures.
    pub(crate) fn close(self) -> anyhow::Result<()> {
        let path = folder()?.join(format!("{}.json", self.name));
        let text = serde_json::to_string_pretty(&Value::Object(self.figures))?;
        std::fs::write(&path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
        let wide = self.lines.iter().map(|[what, _]| what.chars().count()).max().unwrap_or_default();
        say(&format!("\n{}", self.name));
        for [what, value] in &self.lines {
            say(&format!("  {what:wide$}  {value}"));
        }
        Ok(())
    }
}

/// A line on the terminal.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// A line for who looks why it failed.
#[expect(clippy::print_stderr, reason = "a benchmark says why it failed")]
pub(crate) fn complain(text: &str) {
    eprintln!("bench: {text}");
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
