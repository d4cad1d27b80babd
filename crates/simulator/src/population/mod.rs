//! The fictitious population.

mod fates;
mod founding;
pub(crate) mod names;
mod numbers;
mod origin;
pub(crate) mod person;
pub(crate) mod places;
mod secrets;

use jiff::civil::{Date, date};

use crate::dice::Dice;
use crate::life::{Day, Rates};
use crate::moment::Moment;
use numbers::Numbers;
use person::{Domicile, Former, HomeIndex, Index, Person, Status};
use places::{Address, House};

/// The first and last day on which a population can be founded.
const EARLIEST: Date = date(2000, 1, 1);
const LATEST: Date = date(2057, 12, 31);

/// Persons, their households and everything that they have been; the same for the same seed.
#[derive(Clone, Debug)]
pub struct Population {
    seed: u64,
    first_day: Date,
    /// The last day that was played.
    pub(crate) today: Date,
    pub(crate) persons: Vec<Person>,
    pub(crate) homes: Vec<Home>,
    pub(crate) numbers: Numbers,
    /// Children without a name, with the day on which they get one.
    pub(crate) unnamed: Vec<(Index, Date)>,
}

/// A house or flat and who lives there now.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub(crate) house: House,
    pub(crate) members: Vec<Index>,
}

impl Population {
    /// A population of `persons` as it stands on `first_day`, a day of the years 2000 to 2057 (person numbers of later
    /// birth years are not defined); another day is taken as the nearest of these.
    #[must_use]
    pub fn new(seed: u64, persons: usize, first_day: Date) -> Self {
        let first_day = first_day.clamp(EARLIEST, LATEST);
        let mut population = Self {
            seed,
            first_day,
            today: first_day,
            persons: Vec::with_capacity(persons),
            homes: Vec::new(),
            numbers: Numbers::default(),
            unnamed: Vec::new(),
        };
        founding::found(&mut population, Dice::new(seed, 0), persons);
        population
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
        self.persons.len()
    }

    /// Whether it holds nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }

    /// Plays the life of `day` at the default [`Rates`]. Days are played in order; a gap (a weekend) is allowed.
    pub fn advance(&mut self, day: Date) -> Day {
        self.advance_at(&Rates::default(), day)
    }

    /// Plays the life of `day` at `rates`.
    pub fn advance_at(&mut self, rates: &Rates, day: Date) -> Day {
        crate::life::play(self, rates, day)
    }

    /// Everything that must never be seen in a log, an error or a metric: each person number (with and without hyphen),
    /// full name, name part of five letters or more, and address line, the former ones too. Repeats are possible.
    pub fn secrets(&self) -> impl Iterator<Item = String> + '_ {
        self.persons.iter().flat_map(secrets::of)
    }

    pub(crate) fn person(&self, index: Index) -> &Person {
        &self.persons[index.at()]
    }

    pub(crate) fn person_mut(&mut self, index: Index) -> &mut Person {
        &mut self.persons[index.at()]
    }

    pub(crate) fn add_home(&mut self, house: House) -> HomeIndex {
        self.homes.push(Home { house, members: Vec::new() });
        HomeIndex::new(self.homes.len() - 1)
    }

    pub(crate) fn add_person(&mut self, person: Person) -> Index {
        let index = Index::new(self.persons.len());
        if let Some(home) = person.home() {
            self.homes[home.at()].members.push(index);
        }
        self.persons.push(person);
        index
    }

    /// Who lives with `index`, the person too; the person alone without a home.
    pub(crate) fn household(&self, index: Index) -> Vec<Index> {
        self.person(index).home().map_or_else(|| vec![index], |home| self.homes[home.at()].members.clone())
    }

    /// Ends the domicile of `index` at `at`: history row, and out of the household. The caller sets the new status.
    pub(crate) fn leave(&mut self, index: Index, at: Moment) -> Option<Domicile> {
        let person = &mut self.persons[index.at()];
        let domicile = person.domicile()?;
        let (address, from, care_of) = (domicile.address, domicile.from, person.care_of.take());
        person.former.push(Former::Address { marker: ' ', address, care_of, from, to: at });
        if let Some(home) = domicile.home {
            self.homes[home.at()].members.retain(|member| *member != index);
        }
        Some(domicile)
    }

    /// Lets `index` live in `home` from `at`.
    pub(crate) fn settle(&mut self, index: Index, home: HomeIndex, at: Moment, left: Option<Domicile>) {
        let address = Address::Street(self.homes[home.at()].house);
        let stayed = left.filter(|left| left.address.municipality_code() == address.municipality_code());
        let domicile = Domicile {
            home: Some(home),
            address,
            from: at,
            municipality_from: stayed.map_or(at, |stayed| stayed.municipality_from),
            previous_municipality: match (stayed, left) {
                (Some(stayed), _) => stayed.previous_municipality,
                (None, left) => left.map_or(0, |left| left.address.municipality_code()),
            },
            previous_left: match (stayed, left) {
                (Some(stayed), _) => stayed.previous_left,
                (None, Some(_)) => at,
                (None, None) => Moment::NONE,
            },
        };
        self.persons[index.at()].status = Status::InDenmark(domicile);
        self.homes[home.at()].members.push(index);
    }
}
