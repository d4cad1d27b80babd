//! Life, day by day.

use jiff::civil::Date;

/// Happenings per 1000 persons and day. The default is well above real life, so that 500 persons have a handful a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// A household, or one grown-up of it, moves.
    pub moves: f64,
    /// A child is born.
    pub births: f64,
    /// Two marry.
    pub weddings: f64,
    /// Two divorce.
    pub divorces: f64,
    /// One dies.
    pub deaths: f64,
    /// One takes another name.
    pub name_changes: f64,
    /// A protection begins.
    pub protections_on: f64,
    /// A protection ends.
    pub protections_off: f64,
    /// One, or a household with children, leaves the country.
    pub emigrations: f64,
    /// One of those comes back.
    pub returns: f64,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            moves: 4.0,
            births: 1.5,
            weddings: 1.0,
            divorces: 0.6,
            deaths: 0.8,
            name_changes: 1.0,
            protections_on: 1.2,
            protections_off: 0.6,
            emigrations: 0.6,
            returns: 0.4,
        }
    }
}

impl Rates {
    /// A day on which nothing happens.
    pub const NONE: Self = Self {
        moves: 0.0,
        births: 0.0,
        weddings: 0.0,
        divorces: 0.0,
        deaths: 0.0,
        name_changes: 0.0,
        protections_on: 0.0,
        protections_off: 0.0,
        emigrations: 0.0,
        returns: 0.0,
    };
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Happening {
    /// A household, or one of it, moved.
    Move,
    /// A child was born.
    Birth,
    /// A child got its name.
    Naming,
    /// Two married.
    Wedding,
    /// Two divorced.
    Divorce,
    /// One died.
    Death,
    /// One took another name.
    NameChange,
    /// A protection began.
    ProtectionOn,
    /// A protection ended.
    ProtectionOff,
    /// One or more left the country.
    Emigration,
    /// One or more came back.
    Return,
    /// Custody ended at the age of 18.
    ComingOfAge,
}

/// One day of life: what happened and which persons CPR would deliver for it.
#[derive(Clone, Debug)]
pub struct Day {
    date: Date,
}

impl Day {
    /// The date.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }

    /// What happened, in order.
    #[must_use]
    pub fn happenings(&self) -> &[Happening] {
        unimplemented!()
    }

    /// How many persons a change extract of this day holds.
    #[must_use]
    pub fn touched(&self) -> usize {
        unimplemented!()
    }
}
