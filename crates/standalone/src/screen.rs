//! Standard output for people: aligned text, calm colours on a terminal only.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};

use serde::Serialize;

/// The meaning of a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// What the eye should find first.
    Strong,
    /// What matters less.
    Quiet,
    /// As it should be.
    Good,
    /// Worth a look.
    Doubtful,
    /// Wrong.
    Bad,
}

/// How a verb writes its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    colour: bool,
    terminal: bool,
}

impl Screen {
    /// Standard output. `NO_COLOR` (any value) and `TERM=dumb` switch colours off.
    pub(crate) fn standard() -> Self {
        let terminal = std::io::stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { colour: terminal && !set("NO_COLOR") && !dumb, terminal: terminal && !dumb }
    }

    /// Whether somebody watches: progress makes sense.
    pub(crate) fn is_terminal(self) -> bool {
        self.terminal
    }

    /// One line with a heading of a fixed width.
    pub(crate) fn row(self, heading: &str, text: impl Display) {
        line(format_args!("{} {text}", self.paint(Tone::Quiet, format_args!("{heading:<12}"))));
    }

    /// `text` in a colour, or as it is.
    pub(crate) fn paint(self, tone: Tone, text: impl Display) -> String {
        if !self.colour {
            return text.to_string();
        }
        let code = match tone {
            Tone::Strong => "1",
            Tone::Quiet => "2",
            Tone::Good => "32",
            Tone::Doubtful => "33",
            Tone::Bad => "31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// One line on standard output. Once the reader is gone, nothing more is written and nothing fails.
pub(crate) fn line(text: impl Display) {
    writeln!(std::io::stdout().lock(), "{text}").ok();
}

/// One JSON value on one line.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(value)?);
    Ok(())
}

/// One line on standard error: what failed, with its causes.
pub(crate) fn complain(error: &anyhow::Error) {
    writeln!(std::io::stderr().lock(), "cprbroker: {error:#}").ok();
}

/// A count with a thin separator between thousands, so that long ones can be read.
pub(crate) fn count(number: impl Into<u128>) -> String {
    let digits = number.into().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// `one person`, `2 persons`.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as u128), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(0u8), "0");
        assert_eq!(count(999u16), "999");
        assert_eq!(count(1000u16), "1 000");
        assert_eq!(count(1_234_567u32), "1 234 567");
        assert_eq!(counted(1, "person", "persons"), "1 person");
        assert_eq!(counted(1200, "person", "persons"), "1 200 persons");
    }

    #[test]
    fn colours_are_for_terminals() {
        let plain = Screen { colour: false, terminal: false };
        assert_eq!(plain.paint(Tone::Bad, "x"), "x");
        let coloured = Screen { colour: true, terminal: true };
        assert_eq!(coloured.paint(Tone::Bad, "x"), "\x1b[31mx\x1b[0m");
    }
}
