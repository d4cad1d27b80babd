//! Ages in completed years.

use cpr::CprDate;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Ages in completed years, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeRange {
    /// The lowest age.
    pub from: u8,
    /// The highest age; `None` is no upper end.
    pub to: Option<u8>,
}

impl AgeRange {
    /// Whether somebody born on `born` is within the range on `today`, whatever the unknown parts of the date are: a
    /// partly unknown birth date is inside only if every possible age is. A person grows older at the start of the
    /// birthday; somebody born on 29 February does so on 1 March in other years than leap years. Nobody whose birth date
    /// lies after `today`, or is a sentinel, is inside.
    #[must_use]
    pub fn contains(self, born: CprDate, today: Date) -> bool {
        born.ages_on(today).is_some_and(|ages| {
            ages.youngest >= u16::from(self.from) && self.to.is_none_or(|to| ages.oldest <= u16::from(to))
        })
    }
}
