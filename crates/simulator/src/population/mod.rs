//! The fictitious population.

use jiff::civil::Date;

use crate::life::{Day, Rates};

/// Persons, their households and everything that they have been; the same for the same seed.
#[derive(Clone, Debug)]
pub struct Population {
    seed: u64,
    first_day: Date,
}

impl Population {
    /// A population of `persons` as it stands on `first_day`.
    #[must_use]
    pub fn new(seed: u64, persons: usize, first_day: Date) -> Self {
        let _ = persons;
        Self { seed, first_day }
    }

    /// The seed it grew from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The day on which it was made.
    #[must_use]
    pub fn first_day(&self) -> Date {
        self.first_day
    }

    /// How many persons it holds, the dead and the departed among them.
    #[must_use]
    pub fn len(&self) -> usize {
        unimplemented!()
    }

    /// Whether it holds nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Plays the life of `day` at the default [`Rates`].
    pub fn advance(&mut self, day: Date) -> Day {
        self.advance_at(&Rates::default(), day)
    }

    /// Plays the life of `day` at `rates`.
    pub fn advance_at(&mut self, rates: &Rates, day: Date) -> Day {
        let _ = (rates, day);
        unimplemented!()
    }

    /// Everything that must never be seen in a log, an error or a metric: each person number (with and without hyphen),
    /// full name, name part of five letters or more, and address line, the former ones too. Repeats are possible.
    pub fn secrets(&self) -> impl Iterator<Item = String> + '_ {
        std::iter::empty()
    }
}
