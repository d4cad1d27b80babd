//! Dates and times as CPR writes them: with unknown parts, placeholders and the mark of uncertainty.

use jiff::civil::Date;

/// A registered date: eight digits `YYYYMMDD` in which month and day may be 00; zero is "none".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Registered {
    digits: u32,
    /// Whether the date carries `*`: not documented, or estimated.
    pub uncertain: bool,
}

/// A point in time: twelve digits `YYYYMMDDHHMM` in which month and day may be 00 and minutes 99; zero is "none".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment {
    digits: u64,
    /// Whether the time carries `*`.
    pub uncertain: bool,
}

impl Registered {
    /// No date.
    pub const NONE: Self = Self { digits: 0, uncertain: false };

    /// A certain date.
    #[must_use]
    pub fn on(date: Date) -> Self {
        Self { digits: ymd(date), uncertain: false }
    }

    /// The same date, marked as uncertain or not.
    #[must_use]
    pub fn marked(self, uncertain: bool) -> Self {
        Self { uncertain, ..self }
    }

    /// `YYYYMMDD` as a number; 0 for none.
    #[must_use]
    pub fn digits(self) -> u32 {
        self.digits
    }

    /// `YYYY-MM-DD`, or nothing.
    #[must_use]
    pub fn text(self) -> String {
        match self.digits {
            0 => String::new(),
            digits => format!("{:04}-{:02}-{:02}", digits / 10_000, digits / 100 % 100, digits % 100),
        }
    }
}

impl Moment {
    /// No time.
    pub const NONE: Self = Self { digits: 0, uncertain: false };

    /// `minute` minutes after midnight of `date`.
    #[must_use]
    pub fn at(date: Date, minute: u32) -> Self {
        Self { digits: u64::from(ymd(date)) * 10_000 + u64::from(minute / 60 * 100 + minute % 60), uncertain: false }
    }

    /// The same moment, marked as uncertain or not.
    #[must_use]
    pub fn marked(self, uncertain: bool) -> Self {
        Self { uncertain, ..self }
    }

    /// Only the year is known (`YYYY00000000*`), or year and placeholder time when `noon` (`YYYY00001299*`).
    #[must_use]
    pub fn year_only(date: Date, noon: bool) -> Self {
        let time = if noon { 1299 } else { 0 };
        Self { digits: u64::from(ymd(date) / 10_000) * 100_000_000 + time, uncertain: true }
    }

    /// `YYYYMMDDHHMM` as a number; 0 for none.
    #[must_use]
    pub fn digits(self) -> u64 {
        self.digits
    }

    /// The date part alone.
    #[must_use]
    pub fn day(self) -> Registered {
        Registered { digits: u32::try_from(self.digits / 10_000).unwrap_or(0), uncertain: self.uncertain }
    }
}

/// `YYYYMMDD` of a date.
#[must_use]
pub fn ymd(date: Date) -> u32 {
    let part = |value: i8| u32::try_from(value).unwrap_or(0);
    u32::try_from(date.year()).unwrap_or(0) * 10_000 + part(date.month()) * 100 + part(date.day())
}
