//! How the population comes about: household by household, in a fixed round of kinds, so that even a small population
//! has one of each.

use cpr::Gender;
use jiff::ToSpan;
use jiff::civil::Date;

use super::Population;
use super::names::{Name, Surname};
use super::person::{Civil, CivilState, HomeIndex, Index, Parent, Spouse};
use super::places::House;
use crate::dice::Dice;
use crate::moment::{Moment, Registered};

/// What a founded household is.
#[derive(Clone, Copy)]
enum Kind {
    Single,
    Couple { married: bool },
    Family { married: bool },
    SingleParent,
    Widowed,
    Divorced,
    ForeignSpouse,
    Estimated,
    Abroad,
    SpecialRoad,
    Disappeared,
    Dead,
}

/// One round of households.
const ROUND: [Kind; 25] = [
    Kind::Family { married: true },
    Kind::Single,
    Kind::Couple { married: true },
    Kind::Family { married: false },
    Kind::SingleParent,
    Kind::Estimated,
    Kind::Family { married: true },
    Kind::Abroad,
    Kind::Widowed,
    Kind::Family { married: true },
    Kind::Single,
    Kind::Divorced,
    Kind::SpecialRoad,
    Kind::Family { married: true },
    Kind::Couple { married: false },
    Kind::Single,
    Kind::Disappeared,
    Kind::Family { married: true },
    Kind::ForeignSpouse,
    Kind::Single,
    Kind::Dead,
    Kind::Family { married: false },
    Kind::Couple { married: true },
    Kind::Single,
    Kind::SingleParent,
];

/// Fills an empty population with `wanted` persons.
pub(super) fn found(population: &mut Population, dice: Dice, wanted: usize) {
    let today = population.first_day();
    let mut founder = Founder { population, dice, wanted, today, since: today, estimated: 0 };
    for kind in ROUND.iter().cycle() {
        if founder.room() == 0 {
            return;
        }
        founder.household(*kind);
    }
}

pub(super) struct Founder<'a> {
    pub(super) population: &'a mut Population,
    pub(super) dice: Dice,
    wanted: usize,
    pub(super) today: Date,
    /// Since when people live in the home founded last.
    pub(super) since: Date,
    /// Years after 1965 for the next estimated birth date.
    pub(super) estimated: i16,
}

impl Founder<'_> {
    fn room(&self) -> usize {
        self.wanted - self.population.len()
    }

    fn household(&mut self, kind: Kind) {
        match kind {
            Kind::Couple { .. } | Kind::Family { .. } | Kind::Widowed | Kind::Divorced if self.room() < 2 => {
                self.single();
            }
            Kind::Single => self.single(),
            Kind::Couple { married } => {
                self.couple((22, 88), married);
            }
            Kind::Family { married } => {
                let (mother, father) = self.couple((24, 46), married);
                self.children(mother, Parent::Person(father));
            }
            Kind::SingleParent => self.single_parent(),
            Kind::Widowed => self.widowed(),
            Kind::Divorced => self.divorced(),
            Kind::ForeignSpouse => self.foreign_spouse(),
            Kind::Estimated => self.estimated(),
            Kind::Abroad => self.abroad(),
            Kind::SpecialRoad => self.special_road(),
            Kind::Disappeared => self.disappeared(),
            Kind::Dead => self.dead(),
        }
    }

    fn single(&mut self) {
        let gender = if self.dice.percent(50) { Gender::Female } else { Gender::Male };
        self.adult((18, 97), gender);
    }

    fn single_parent(&mut self) {
        let mother = self.adult((22, 45), Gender::Female);
        let born = self.born((25, 50));
        let surname = Surname::any(&mut self.dice);
        let named =
            Parent::Named { born: Registered::on(born), name: Name::any(&mut self.dice, Gender::Male, surname) };
        let father = if self.dice.percent(50) { named } else { Parent::Unknown };
        self.children(mother, father);
    }

    /// A woman and a man in one home.
    pub(super) fn couple(&mut self, ages: (u32, u32), married: bool) -> (Index, Index) {
        let home = self.home();
        let surname = Surname::any(&mut self.dice);
        let woman = self.person(ages, Gender::Female, surname, home);
        let age = u32::try_from(self.population.person(woman).age_on(self.today)).unwrap_or(30);
        let other = if married && self.dice.percent(60) { surname } else { Surname::any(&mut self.dice) };
        let man = self.person((age.saturating_sub(3).max(18), age + 6), Gender::Male, other, home);
        if married {
            let at = self.wedding_day(woman, man);
            self.bind(woman, man, CivilState::Married, at);
        }
        (woman, man)
    }

    fn children(&mut self, mother: Index, father: Parent) {
        let Some(home) = self.population.person(mother).home() else { return };
        let surname = match father {
            Parent::Person(father) if self.dice.percent(70) => self.population.person(father).name,
            _ => self.population.person(mother).name,
        };
        let Some(surname) = surname.map(|name| name.surname) else { return };
        let wish = [1, 2, 2, 3][self.dice.index(4)];
        let oldest = self.population.person(mother).age_on(self.today) - 19;
        for _ in 0..wish.min(self.room()) {
            let oldest = u32::try_from(oldest.clamp(0, 19)).unwrap_or(0);
            let gender = if self.dice.percent(51) { Gender::Male } else { Gender::Female };
            let child = self.person((0, oldest), gender, surname, home);
            self.link(child, mother, father);
        }
    }

    fn link(&mut self, child: Index, mother: Index, father: Parent) {
        let person = self.population.person_mut(child);
        person.mother = Parent::Person(mother);
        person.father = father;
        self.population.person_mut(mother).children.push(child);
        if let Parent::Person(father) = father {
            self.population.person_mut(father).children.push(child);
        }
    }

    /// Two in the same civil status by the same day.
    pub(super) fn bind(&mut self, one: Index, other: Index, state: CivilState, from: Moment) {
        for (person, spouse) in [(one, other), (other, one)] {
            self.population.person_mut(person).civil = Civil { state, spouse: Spouse::Person(spouse), from };
        }
    }

    /// A home that was moved into ten to thirty years ago; what founders tell of later lies in the last nine years.
    pub(super) fn home(&mut self) -> HomeIndex {
        let house = House::any(&mut self.dice);
        self.since = self.days_ago(3660, 10_950);
        self.population.add_home(house)
    }

    pub(super) fn adult(&mut self, ages: (u32, u32), gender: Gender) -> Index {
        let home = self.home();
        let surname = Surname::any(&mut self.dice);
        self.person(ages, gender, surname, home)
    }

    fn person(&mut self, ages: (u32, u32), gender: Gender, surname: Surname, home: HomeIndex) -> Index {
        let born = self.born(ages);
        self.person_born(born, gender, surname, home, false)
    }

    pub(super) fn born(&mut self, (youngest, oldest): (u32, u32)) -> Date {
        self.days_ago(youngest * 366 + 1, oldest * 365 + 300)
    }

    pub(super) fn days_ago(&mut self, least: u32, most: u32) -> Date {
        let days = i64::from(self.dice.between(least, most.max(least)));
        self.today.saturating_sub(days.days())
    }

    pub(super) fn moment_within(&mut self, years: u32) -> Moment {
        let day = self.days_ago(30, years * 365);
        Moment::at(day, self.dice.between(480, 960))
    }

    /// A wedding day since both were 18, ten years ago or more if that can be.
    fn wedding_day(&mut self, one: Index, other: Index) -> Moment {
        let youngest = self.population.person(one).born.max(self.population.person(other).born);
        let earliest = youngest.saturating_add(18.years());
        let latest = self.today.saturating_sub(3660.days()).max(earliest);
        let days = u32::try_from((latest - earliest).get_days()).unwrap_or(0);
        let day = earliest.saturating_add(i64::from(self.dice.between(0, days)).days());
        Moment::at(day, self.dice.between(600, 960))
    }
}
