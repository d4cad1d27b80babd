//! Tells what happens, as it happens: one line per day, one line per advisory, a table at the end. Never a person.

use std::collections::BTreeMap;
use std::fmt::Display;

use indicatif::{ProgressBar, ProgressStyle};
use simulator::{Happening, Received, Written};

use super::stage::consumer_at;
use crate::screen::{Screen, Tone, count, counted, line};

/// What one consumer got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Advisories that were accepted, each counted once.
    pub(super) delivered: u64,
    /// Advisories that came again.
    pub(super) repeated: u64,
}

/// The end of a consumer's account, from the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) parked: i64,
    pub(super) outstanding: i64,
}

/// Tells, and keeps count of what it told.
#[derive(Debug)]
pub(super) struct Teller {
    screen: Screen,
    progress: Option<ProgressBar>,
    attempts: BTreeMap<String, u32>,
    pub(super) tallies: BTreeMap<String, Tally>,
}

impl Teller {
    pub(super) fn new(screen: Screen) -> Self {
        Self { screen, progress: None, attempts: BTreeMap::new(), tallies: BTreeMap::new() }
    }

    /// One line, above the bar if there is one.
    pub(super) fn line(&self, text: impl Display) {
        match &self.progress {
            Some(bar) => bar.suspend(|| line(text)),
            None => line(text),
        }
    }

    /// A heading and a text.
    pub(super) fn row(&self, heading: &str, text: impl Display) {
        self.line(format_args!("{} {text}", self.screen.paint(Tone::Quiet, format_args!("{heading:<10}"))));
    }

    /// A file was placed.
    pub(super) fn day(&self, date: jiff::civil::Date, written: Written, happenings: Option<&[Happening]>) {
        let what = happenings.map_or_else(|| "initial load".to_owned(), summed);
        self.line(format_args!(
            "{}  {:>9}  {what}",
            self.screen.paint(Tone::Strong, date),
            counted(usize::try_from(written.persons).unwrap_or(usize::MAX), "person", "persons"),
        ));
    }

    /// How far the file is, and then its advisories; on a terminal only.
    pub(super) fn progress(&mut self, done: u64, persons: u64, undelivered: i64) {
        if !self.screen.is_terminal() {
            return;
        }
        let bar = self.progress.get_or_insert_with(|| ProgressBar::new(0));
        bar.set_message(count(u64::try_from(undelivered).unwrap_or(0)));
        bar.set_length(persons);
        bar.set_position(done);
        // last, because each of these draws: a bar without its length would look full
        let style = ProgressStyle::with_template(stage(done, persons));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    }

    /// Takes the bar away.
    pub(super) fn progress_ends(&mut self) {
        if let Some(bar) = self.progress.take() {
            bar.finish_and_clear();
        }
    }

    /// A consumer got a request that it verified.
    pub(super) fn advisory(&mut self, received: &Received) {
        let consumer = consumer_at(&received.path);
        let attempt = self.attempts.entry(received.id.clone()).or_default();
        *attempt += 1;
        let attempt = *attempt;
        let tally = self.tallies.entry(consumer.clone()).or_default();
        match (received.accepted, received.duplicate) {
            (true, false) => tally.delivered += 1,
            (true, true) => tally.repeated += 1,
            (false, _) => {}
        }
        let kind = kind(&received.kind);
        let tone = match kind {
            "entered" => Tone::Good,
            "left" => Tone::Doubtful,
            _ => Tone::Strong,
        };
        self.line(format_args!(
            "  {consumer:<26} {} {:<40} {} {:>6}  {}",
            self.screen.paint(tone, format_args!("{kind:<8}")),
            categories(&received.body),
            self.screen.paint(Tone::Quiet, "sequence"),
            count(received.sequence),
            self.screen
                .paint(if attempt == 1 { Tone::Quiet } else { Tone::Doubtful }, format_args!("attempt {attempt}")),
        ));
    }

    /// Some advisories came faster than they could be told.
    pub(super) fn skipped(&self, advisories: u64) {
        self.line(format_args!("  and {} more", count(advisories)));
    }

    /// The table at the end.
    pub(super) fn accounts(&self, accounts: &BTreeMap<String, Account>) {
        let head = format!(
            "  {:<26} {:>10} {:>10} {:>10} {:>12}",
            "consumer", "delivered", "repeated", "parked", "outstanding"
        );
        self.line(self.screen.paint(Tone::Strong, head));
        let mut consumers: Vec<&String> = self.tallies.keys().chain(accounts.keys()).collect();
        consumers.sort();
        consumers.dedup();
        for consumer in consumers {
            let tally = self.tallies.get(consumer).copied().unwrap_or_default();
            let account = accounts.get(consumer).copied().unwrap_or_default();
            let doubtful = |number: i64, width: usize| {
                let text = format!("{number:>width$}");
                if number == 0 { text } else { self.screen.paint(Tone::Bad, text) }
            };
            self.line(format_args!(
                "  {consumer:<26} {:>10} {:>10} {} {}",
                count(tally.delivered),
                count(tally.repeated),
                doubtful(account.parked, 10),
                doubtful(account.outstanding, 12),
            ));
        }
    }

    /// The last word.
    pub(super) fn verdict(&self, faults: &[String]) {
        if faults.is_empty() {
            self.line(self.screen.paint(Tone::Good, "everything was delivered and verified, in order for each person"));
        }
        for fault in faults {
            self.line(self.screen.paint(Tone::Bad, fault));
        }
    }
}

/// What to show of a file while it is read whole, then applied, then told to the consumers.
fn stage(done: u64, persons: u64) -> &'static str {
    match (done, persons) {
        (0, 0) => "  reading the file",
        _ if done < persons => "  applying {bar:30} {human_pos} of {human_len} persons, {eta} left",
        _ => "  delivering, {msg} to go",
    }
}

/// The middle of `dk.cprbroker.person.changed.v1`.
fn kind(full: &str) -> &str {
    full.strip_prefix("dk.cprbroker.person.").and_then(|rest| rest.split('.').next()).unwrap_or(full)
}

/// The names of the changed categories in an event; nothing else of it.
fn categories(body: &[u8]) -> String {
    let event: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let changes = event["data"]["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = changes.iter().filter_map(|change| change["category"].as_str()).collect();
    names.join(", ")
}

/// `2 moves, birth, 3 deaths`, in order of first appearance.
fn summed(happenings: &[Happening]) -> String {
    let mut sums: Vec<(Happening, usize)> = Vec::new();
    for happening in happenings {
        match sums.iter_mut().find(|(known, _)| known == happening) {
            Some((_, sum)) => *sum += 1,
            None => sums.push((*happening, 1)),
        }
    }
    if sums.is_empty() {
        return "nothing happened".to_owned();
    }
    let told = sums.into_iter().map(|(happening, sum)| {
        let (one, many) = words(happening);
        counted(sum, one, many)
    });
    told.collect::<Vec<_>>().join(", ")
}

fn words(happening: Happening) -> (&'static str, &'static str) {
    match happening {
        Happening::Move => ("move", "moves"),
        Happening::Birth => ("birth", "births"),
        Happening::Naming => ("naming", "namings"),
        Happening::Wedding => ("wedding", "weddings"),
        Happening::Divorce => ("divorce", "divorces"),
        Happening::Death => ("death", "deaths"),
        Happening::NameChange => ("change of name", "changes of name"),
        Happening::ProtectionOn => ("protection begun", "protections begun"),
        Happening::ProtectionOff => ("protection ended", "protections ended"),
        Happening::Emigration => ("emigration", "emigrations"),
        Happening::Return => ("return", "returns"),
        Happening::ComingOfAge => ("coming of age", "comings of age"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_summed_up() {
        assert_eq!(summed(&[]), "nothing happened");
        let day = [Happening::Move, Happening::Birth, Happening::Move];
        assert_eq!(summed(&day), "2 moves, 1 birth");
    }

    #[test]
    fn a_file_is_read_then_applied_then_told() {
        assert!(stage(0, 0).contains("reading"));
        assert!(stage(0, 5).contains("applying") && stage(4, 5).contains("applying"));
        assert!(stage(5, 5).contains("delivering"));
    }

    #[test]
    fn of_an_event_only_the_categories_are_told() {
        let body = br#"{"data":{"changes":[{"category":"name","fields":["first"]},{"category":"address"}],"names":["Secret"]}}"#;
        assert_eq!(categories(body), "name, address");
        assert_eq!(categories(b"no json"), "");
        assert_eq!(kind("dk.cprbroker.person.entered.v1"), "entered");
    }
}
