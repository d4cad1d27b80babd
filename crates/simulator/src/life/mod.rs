//! Life, day by day.

mod families;
mod homes;
mod papers;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::Population;
use crate::dice::Dice;
use crate::moment::{self, Moment};
use crate::population::person::{Index, Person};

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

    fn each(&self) -> [(Happening, f64); 10] {
        [
            (Happening::Move, self.moves),
            (Happening::Birth, self.births),
            (Happening::Wedding, self.weddings),
            (Happening::Divorce, self.divorces),
            (Happening::Death, self.deaths),
            (Happening::NameChange, self.name_changes),
            (Happening::ProtectionOn, self.protections_on),
            (Happening::ProtectionOff, self.protections_off),
            (Happening::Emigration, self.emigrations),
            (Happening::Return, self.returns),
        ]
    }
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
    happenings: Vec<Happening>,
    pub(crate) events: BTreeMap<Index, Vec<Event>>,
}

/// A row of record 099.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) code: &'static str,
    /// The derived marker; blank for the main person.
    pub(crate) marker: &'static str,
    pub(crate) at: Moment,
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
        &self.happenings
    }

    /// How often this happened.
    #[must_use]
    pub fn count(&self, happening: Happening) -> usize {
        self.happenings.iter().filter(|other| **other == happening).count()
    }

    /// How many persons a change extract of this day holds.
    #[must_use]
    pub fn touched(&self) -> usize {
        self.events.len()
    }
}

/// Plays `day` in `population`.
pub(crate) fn play(population: &mut Population, rates: &Rates, day: Date) -> Day {
    let dice = Dice::new(population.seed(), u64::from(moment::ymd(day)));
    let living = population.persons.iter().filter(|person| person.domicile().is_some()).count();
    let day = Day { date: day, happenings: Vec::new(), events: BTreeMap::new() };
    let mut play = Play { population, dice, day, minute: 0 };
    play.come_of_age();
    play.name_children();
    for (happening, rate) in rates.each() {
        for _ in 0..play.times(rate, living) {
            if play.happen(happening) {
                play.day.happenings.push(happening);
            }
        }
    }
    play.population.today = play.day.date;
    play.day
}

/// A day in the making.
struct Play<'a> {
    population: &'a mut Population,
    dice: Dice,
    day: Day,
    /// Registrations so far; each gets a minute of its own.
    minute: u32,
}

impl Play<'_> {
    /// `rate` per 1000 of `living`, rounded up or down by chance.
    fn times(&mut self, rate: f64, living: usize) -> usize {
        let living = u32::try_from(living).unwrap_or(u32::MAX);
        let millis = (rate * f64::from(living)).max(0.0).floor();
        // below 2^53, and the cast saturates
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number, not negative")]
        let millis = millis as u64;
        usize::try_from(millis / 1000 + u64::from(self.dice.below(1000) < millis % 1000)).unwrap_or(0)
    }

    /// Lets one thing happen; false if nobody is fit for it.
    fn happen(&mut self, happening: Happening) -> bool {
        let happened = match happening {
            Happening::Move => self.move_house(),
            Happening::Birth => self.birth(),
            Happening::Wedding => self.wedding(),
            Happening::Divorce => self.divorce(),
            Happening::Death => self.death(),
            Happening::NameChange => self.change_name(),
            Happening::ProtectionOn => self.protect(),
            Happening::ProtectionOff => self.unprotect(),
            Happening::Emigration => self.emigrate(),
            Happening::Return => self.come_back(),
            Happening::Naming | Happening::ComingOfAge => None,
        };
        happened.is_some()
    }

    /// The moment of the next registration, in office hours.
    fn now(&mut self) -> Moment {
        self.minute += 1;
        Moment::at(self.day.date, 480 + self.minute % 480)
    }

    fn event(&mut self, person: Index, code: &'static str, marker: &'static str, at: Moment) {
        self.day.events.entry(person).or_default().push(Event { code, marker, at });
    }

    /// Somebody who is `fit`: by chance, or if that fails the next one from a random place.
    fn pick(&mut self, fit: impl Fn(&Population, &Person) -> bool) -> Option<Index> {
        self.pick_index(|population, index| fit(population, population.person(index)))
    }

    fn pick_index(&mut self, fit: impl Fn(&Population, Index) -> bool) -> Option<Index> {
        let len = self.population.len();
        if len == 0 {
            return None;
        }
        for _ in 0..32 {
            let index = Index::new(self.dice.index(len));
            if fit(self.population, index) {
                return Some(index);
            }
        }
        let start = self.dice.index(len);
        (0..len).map(|step| Index::new((start + step) % len)).find(|index| fit(self.population, *index))
    }

    fn age(&self, person: Index) -> i16 {
        self.population.person(person).age_on(self.day.date)
    }
}
