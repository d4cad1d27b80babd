//! Dates as CPR delivers them: partial, uncertain, with placeholder times. Nothing is invented and nothing is dropped.

use std::fmt;

use jiff::civil::Date;

use crate::layout::FieldKind;

/// Whether CPR reserves itself about a date: the marker `*` behind the date field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Uncertain {
    /// No reservation.
    #[default]
    No,
    /// `*`: estimated or not documented; for a move-in date, set by the municipality.
    Yes,
}

/// A date of the register. Two dates are equal if CPR said the same thing, placeholders included. `Debug` hides it, as
/// it may be somebody's birth date.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CprDate {
    /// The year, 1 to 9999. 9999 is a sentinel ("no end"), and only then may month and day be above 12 and 31.
    pub year: u16,
    /// The month, 0 if unknown.
    pub month: u8,
    /// The day of the month, 0 if unknown.
    pub day: u8,
    /// Hour and minute as delivered; minute 99 and hours above 23 are placeholders ([`CprDate::clock`] leaves them out).
    pub time: Option<(u8, u8)>,
    /// The marker behind the date.
    pub uncertain: Uncertain,
}

/// The bytes are no date of the expected form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the expected form")]
pub struct DateError;

/// The ages that a person with a (perhaps partial) birth date may have on one day, in whole years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ages {
    /// The age if the person was born on the last possible day; 0 if that day is still to come.
    pub youngest: u16,
    /// The age if the person was born on the first possible day.
    pub oldest: u16,
}

impl CprDate {
    /// A complete date without time.
    #[must_use]
    pub fn from_day(day: Date) -> Self {
        let part = |value: i8| u8::try_from(value).unwrap_or(0);
        Self {
            year: u16::try_from(day.year()).unwrap_or(0),
            month: part(day.month()),
            day: part(day.day()),
            time: None,
            uncertain: Uncertain::No,
        }
    }

    /// Reads a field of one of the four date kinds with the byte of its marker field (blank if it has none). Blanks,
    /// zeros and a field trimmed away are no date.
    ///
    /// Accepts unknown months and days (00), any minute 00-59 or 99 and any hour 00-99, and the sentinels of year 9999.
    /// Any other day must exist in the calendar.
    ///
    /// # Errors
    /// [`DateError`] if the bytes are anything else, or `kind` is no date.
    pub fn parse(kind: FieldKind, bytes: &[u8], marker: u8) -> Result<Option<Self>, DateError> {
        let uncertain = if marker == b'*' { Uncertain::Yes } else { Uncertain::No };
        if bytes.iter().all(|byte| *byte == b' ') || bytes.iter().all(|byte| matches!(byte, b'0' | b'-')) {
            return Ok(None);
        }
        let (year, month, day, time) = match (kind, bytes) {
            (FieldKind::Date, [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2])
            | (FieldKind::DateDigits, [y1, y2, y3, y4, m1, m2, d1, d2]) => {
                (year([*y1, *y2, *y3, *y4])?, two(*m1, *m2)?, two(*d1, *d2)?, None)
            }
            (FieldKind::Timestamp | FieldKind::TimestampText, [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2]) => {
                (year([*y1, *y2, *y3, *y4])?, two(*m1, *m2)?, two(*d1, *d2)?, Some((two(*h1, *h2)?, two(*n1, *n2)?)))
            }
            _ => return Err(DateError),
        };
        let date = Self { year, month, day, time, uncertain };
        if date.is_possible() { Ok(Some(date)) } else { Err(DateError) }
    }

    fn is_possible(self) -> bool {
        let time = self.time.is_none_or(|(_, minute)| minute < 60 || minute == 99);
        time && self.year > 0 && (self.year == 9999 || self.month <= 12 && self.day <= last_day(self.year, self.month))
    }

    /// The calendar day, if year, month and day are known.
    #[must_use]
    pub fn day(self) -> Option<Date> {
        let part = |value: u8| i8::try_from(value).ok();
        Date::new(i16::try_from(self.year).ok()?, part(self.month)?, part(self.day)?).ok()
    }

    /// Hour and minute, unless they are placeholders.
    #[must_use]
    pub fn clock(self) -> Option<(u8, u8)> {
        self.time.filter(|(hour, minute)| *hour < 24 && *minute < 60)
    }

    /// The first and the last day that the date may mean. `None` for a sentinel.
    #[must_use]
    pub fn range(self) -> Option<(Date, Date)> {
        let (first_month, last_month) = if self.month == 0 { (1, 12) } else { (self.month, self.month) };
        let (first, last) =
            if self.day == 0 || self.month == 0 { (1, last_day(self.year, last_month)) } else { (self.day, self.day) };
        let first = Self { month: first_month, day: first, ..self }.day()?;
        Some((first, Self { month: last_month, day: last, ..self }.day()?))
    }

    /// The ages on `today` of somebody born on this date. Somebody born on 29 February grows older on 1 March in other
    /// years than leap years.
    ///
    /// `None` if the date is a sentinel or wholly after `today`.
    #[must_use]
    pub fn ages_on(self, today: Date) -> Option<Ages> {
        let (first, last) = self.range()?;
        (first <= today).then(|| Ages { youngest: age(last, today), oldest: age(first, today) })
    }
}

/// Whole years from `born` to `today`, 0 if `born` is later.
fn age(born: Date, today: Date) -> u16 {
    // 28 February is before a birthday on 29 February and 1 March is after it: comparing the parts gives the rule.
    let to_come = (today.month(), today.day()) < (born.month(), born.day());
    u16::try_from(today.year() - born.year() - i16::from(to_come)).unwrap_or(0)
}

fn last_day(year: u16, month: u8) -> u8 {
    match month {
        0 | 1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}

fn digit(byte: u8) -> Result<u8, DateError> {
    let digit = byte.wrapping_sub(b'0');
    if digit < 10 { Ok(digit) } else { Err(DateError) }
}

fn two(tens: u8, ones: u8) -> Result<u8, DateError> {
    Ok(digit(tens)? * 10 + digit(ones)?)
}

fn year([a, b, c, d]: [u8; 4]) -> Result<u16, DateError> {
    Ok(u16::from(two(a, b)?) * 100 + u16::from(two(c, d)?))
}

impl fmt::Display for CprDate {
    /// ISO 8601 with the precision that is known: `1961`, `1961-03`, `1961-03-07`, `1961-03-07T12:05`. A placeholder
    /// time is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if !(1..=12).contains(&self.month) {
            return Ok(());
        }
        write!(f, "-{:02}", self.month)?;
        if !(1..=31).contains(&self.day) {
            return Ok(());
        }
        write!(f, "-{:02}", self.day)?;
        match self.clock() {
            Some((hour, minute)) => write!(f, "T{hour:02}:{minute:02}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for CprDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CprDate(redacted)")
    }
}

#[cfg(test)]
mod tests;
