//! The Danish calendar date, by which CPR counts.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The date in Copenhagen at `now`.
///
/// The zone is looked up in the data bundled into the binary, so a container without zone files gives the same answer. Without any
/// zone data at all, which the bundle rules out, Danish standard time is used.
#[must_use]
pub fn today(now: Timestamp) -> Date {
    zone().to_datetime(now).date()
}

/// The first instant of `date` in Copenhagen, where a date of CPR begins. `None` only at the ends of the calendar.
#[must_use]
pub fn start_of(date: Date) -> Option<Timestamp> {
    zone().to_ambiguous_zoned(date.at(0, 0, 0, 0)).compatible().ok().map(|start| start.timestamp())
}

fn zone() -> TimeZone {
    TimeZone::get("Europe/Copenhagen").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_day_turns_at_danish_midnight() {
        let cases = [
            ("2026-01-31T22:59:59Z", date(2026, 1, 31)),
            ("2026-01-31T23:00:00Z", date(2026, 2, 1)),
            ("2026-07-01T21:59:59Z", date(2026, 7, 1)),
            ("2026-07-01T22:00:00Z", date(2026, 7, 2)),
        ];
        for (now, expected) in cases {
            assert_eq!(today(now.parse().unwrap()), expected, "{now}");
        }
    }

    #[test]
    fn a_date_begins_at_danish_midnight() {
        assert_eq!(start_of(date(2026, 7, 2)), Some("2026-07-01T22:00:00Z".parse().unwrap()));
    }
}
