//! How the population comes about: household by household, in a fixed round of kinds, so that even a small population
//! has one of each.

use cpr::Gender;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::Population;
use super::names::{Name, Surname};
use super::person::{
    Church, Citizenship, Civil, CivilState, Domicile, Former, HomeIndex, Index, Parent, Spouse, Status,
};
use super::places::{Address, Foreign, House};
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
    estimated: i16,
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
    fn couple(&mut self, ages: (u32, u32), married: bool) -> (Index, Index) {
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
    fn bind(&mut self, one: Index, other: Index, state: CivilState, from: Moment) {
        for (person, spouse) in [(one, other), (other, one)] {
            self.population.person_mut(person).civil = Civil { state, spouse: Spouse::Person(spouse), from };
        }
    }

    fn widowed(&mut self) {
        let (woman, man) = self.couple((60, 92), true);
        let died = self.moment_within(9);
        self.population.leave(man, died);
        self.die(man, died);
        let person = self.population.person_mut(woman);
        person.former.push(Former::Civil { civil: person.civil, to: died });
        person.civil = Civil { state: CivilState::Widowed, from: died, ..person.civil };
    }

    fn divorced(&mut self) {
        let (woman, man) = self.couple((30, 60), true);
        let at = self.moment_within(6);
        for person in [woman, man] {
            let person = self.population.person_mut(person);
            person.former.push(Former::Civil { civil: person.civil, to: at });
        }
        self.bind(woman, man, CivilState::Divorced, at);
        let left = self.population.leave(man, at);
        let home = self.home();
        self.population.settle(man, home, at, left);
    }

    fn foreign_spouse(&mut self) {
        let person = self.adult((25, 60), Gender::Male);
        let surname = Surname::any(&mut self.dice);
        let born = Registered::on(self.born((25, 60)));
        let name = Name::any(&mut self.dice, Gender::Female, surname);
        let from = self.moment_within(5);
        let spouse = Spouse::Foreign { born, name };
        self.population.person_mut(person).civil = Civil { state: CivilState::Married, spouse, from };
    }

    /// Came as a grown-up with an estimated birth date; the number has no valid check.
    fn estimated(&mut self) {
        let home = self.home();
        let surname = Surname::any(&mut self.dice);
        // CPR ran out of valid numbers for 1 January first, where estimated birth dates gather
        let born = date(1965 + self.estimated, 1, 1);
        self.estimated = (self.estimated + 1) % 30;
        let index = self.person_born(born, Gender::Male, surname, home, true);
        let entered = self.moment_within(20);
        let from = Moment::year_only(born, false);
        let person = self.population.person_mut(index);
        person.born_uncertain = true;
        person.number_from = entered.day();
        person.birth_authority = 5999;
        person.citizenship = Citizenship { country: 5103, from };
        person.church = Church { relation: 'U', from: entered.day() };
        person.name_from = Moment::year_only(born, true);
        person.name_marker = '=';
        person.former = vec![Former::Absence { departed: None, entry_country: 5999, entered }];
        if let Status::InDenmark(domicile) = &mut person.status {
            (domicile.from, domicile.municipality_from) = (entered, entered);
        }
    }

    fn abroad(&mut self) {
        let person = self.adult((20, 70), Gender::Female);
        let at = self.moment_within(4);
        self.population.leave(person, at);
        let address = Foreign::any(&mut self.dice);
        self.population.person_mut(person).status = Status::Abroad { at, address };
    }

    fn special_road(&mut self) {
        let person = self.adult((18, 70), Gender::Male);
        let at = self.moment_within(3);
        let Some(left) = self.population.leave(person, at) else { return };
        let domicile = Domicile {
            home: None,
            address: Address::special(&mut self.dice),
            from: at,
            municipality_from: at,
            previous_municipality: left.address.municipality_code(),
            previous_left: at,
        };
        self.population.person_mut(person).status = Status::InDenmark(domicile);
    }

    fn disappeared(&mut self) {
        let person = self.adult((20, 80), Gender::Male);
        let at = self.moment_within(5);
        self.population.leave(person, at);
        self.population.person_mut(person).status = Status::Disappeared(at.marked(true));
    }

    fn dead(&mut self) {
        let person = self.adult((70, 99), Gender::Female);
        let died = self.moment_within(8);
        self.population.leave(person, died);
        self.die(person, died);
        if self.dice.percent(30) {
            // found later: only the year of the death is known
            let died = Moment::year_only(self.today.saturating_sub(8.years()), false);
            let person = self.population.person_mut(person);
            (person.status, person.civil.from) = (Status::Dead(died), died);
        }
    }

    fn die(&mut self, person: Index, at: Moment) {
        let person = self.population.person_mut(person);
        if person.civil.state != CivilState::Unmarried {
            person.former.push(Former::Civil { civil: person.civil, to: at });
        }
        person.status = Status::Dead(at);
        person.civil = Civil { state: CivilState::Dead, from: at, ..person.civil };
        person.protections = [Registered::NONE; 4];
    }

    /// A home that was moved into ten to thirty years ago; what founders tell of later lies in the last nine years.
    pub(super) fn home(&mut self) -> HomeIndex {
        let house = House::any(&mut self.dice);
        self.since = self.days_ago(3660, 10_950);
        self.population.add_home(house)
    }

    fn adult(&mut self, ages: (u32, u32), gender: Gender) -> Index {
        let home = self.home();
        let surname = Surname::any(&mut self.dice);
        self.person(ages, gender, surname, home)
    }

    fn person(&mut self, ages: (u32, u32), gender: Gender, surname: Surname, home: HomeIndex) -> Index {
        let born = self.born(ages);
        self.person_born(born, gender, surname, home, false)
    }

    fn born(&mut self, (youngest, oldest): (u32, u32)) -> Date {
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
