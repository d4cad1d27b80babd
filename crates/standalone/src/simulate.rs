//! `simulate extracts`: the files of a fictitious population.

use anyhow::Context as _;
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use serde_json::json;
use simulator::delivery::{Envelope, place_written};
use simulator::{Population, Task, Written};

use crate::cli::SimulateArguments;
use crate::clock;
use crate::exit::Exit;
use crate::screen::{self, Screen, Tone, count, line};

/// The task number of every simulated file.
pub(crate) const TASK: &str = "123456";

/// The days of a play: the load on the day before the first of `days`, the last of which is `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calendar {
    pub(crate) load: Date,
    pub(crate) days: u16,
}

impl Calendar {
    /// `days` days up to and including `until`.
    pub(crate) fn until(until: Date, days: u16) -> anyhow::Result<Self> {
        let load =
            until.checked_sub(Span::new().days(i64::from(days))).context("the days begin before the calendar")?;
        Ok(Self { load, days })
    }

    /// Each day with the one before it.
    pub(crate) fn each(self) -> impl Iterator<Item = (Date, Date)> {
        let dates = self.load.series(1.day()).take(usize::from(self.days) + 1);
        dates.clone().zip(dates.skip(1)).map(|(before, day)| (day, before))
    }
}

/// Yesterday in Copenhagen: the newest day of which CPR has made a file.
pub(crate) fn yesterday() -> anyhow::Result<Date> {
    runtime::copenhagen::today(clock::now()).yesterday().context("the clock stands at the beginning of time")
}

pub(crate) fn run(arguments: &SimulateArguments, screen: Screen) -> anyhow::Result<Exit> {
    let until = arguments.until.map_or_else(yesterday, Ok)?;
    let calendar = Calendar::until(until, arguments.days)?;
    let out = &arguments.out;
    std::fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    // the same file gets the same transfer id whatever else is written, and another file another one
    let envelope =
        |date: Date| Envelope::named(&format!("{} {} {} {date}", arguments.seed, arguments.persons, calendar.load));
    let task = Task::new(TASK);
    let mut population = Population::new(arguments.seed, arguments.persons as usize, calendar.load);
    let tell = |name: &str, date: Date, written: Written, happenings: usize| -> anyhow::Result<()> {
        let Written { persons, records, bytes } = written;
        if arguments.json {
            let day = json!({"file": name, "productionDate": date, "persons": persons, "records": records,
                "bytes": bytes, "happenings": happenings});
            return screen::json(&day);
        }
        let kind = if happenings == 0 { "" } else { &format!("{happenings:>6} happenings") };
        line(format_args!(
            "{name}  {:>9} persons {:>10} records {:>12} bytes{}",
            count(persons),
            count(records),
            count(bytes),
            screen.paint(Tone::Quiet, kind)
        ));
        Ok(())
    };
    if arguments.initial {
        let name = task.file_name(calendar.load);
        let envelope = envelope(calendar.load);
        let (_, written) =
            place_written(out, &name, &envelope, |file| task.write_initial(&population, calendar.load, None, file))?;
        tell(&name, calendar.load, written, 0)?;
    }
    for (date, before) in calendar.each() {
        let day = population.advance(date);
        let name = task.file_name(date);
        let envelope = envelope(date);
        let (_, written) =
            place_written(out, &name, &envelope, |file| task.write_changes(&population, &day, Some(before), file))?;
        tell(&name, date, written, day.happenings().len())?;
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_days_end_with_the_last_one() {
        let calendar = Calendar::until(date(2026, 3, 2), 3).unwrap();
        assert_eq!(calendar.load, date(2026, 2, 27));
        let days: Vec<_> = calendar.each().collect();
        assert_eq!(days.len(), 3);
        assert_eq!(days[0], (date(2026, 2, 28), date(2026, 2, 27)));
        assert_eq!(days[2], (date(2026, 3, 2), date(2026, 3, 1)));
        assert_eq!(Calendar::until(date(2026, 3, 2), 0).unwrap().each().count(), 0);
    }
}
