//! Households to which something has happened: widowed, divorced, abroad, gone, dead.

use cpr::Gender;
use jiff::ToSpan;
use jiff::civil::date;

use super::founding::Founder;
use super::names::{Name, Surname};
use super::person::{Church, Citizenship, Civil, CivilState, Domicile, Former, Index, Spouse, Status};
use super::places::{Address, Foreign};
use crate::moment::{Moment, Registered};

impl Founder<'_> {
    pub(super) fn widowed(&mut self) {
        let (woman, man) = self.couple((60, 92), true);
        let died = self.moment_within(9);
        self.population.leave(man, died);
        self.die(man, died);
        let person = self.population.person_mut(woman);
        person.former.push(Former::Civil { civil: person.civil, to: died });
        person.civil = Civil { state: CivilState::Widowed, from: died, ..person.civil };
    }

    pub(super) fn divorced(&mut self) {
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

    pub(super) fn foreign_spouse(&mut self) {
        let person = self.adult((25, 60), Gender::Male);
        let surname = Surname::any(&mut self.dice);
        let born = Registered::on(self.born((25, 60)));
        let name = Name::any(&mut self.dice, Gender::Female, surname);
        let from = self.moment_within(5);
        let spouse = Spouse::Foreign { born, name };
        self.population.person_mut(person).civil = Civil { state: CivilState::Married, spouse, from };
    }

    /// Came as a grown-up with an estimated birth date; the number has no valid check.
    pub(super) fn estimated(&mut self) {
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

    pub(super) fn abroad(&mut self) {
        let person = self.adult((20, 70), Gender::Female);
        let at = self.moment_within(4);
        self.population.leave(person, at);
        let address = Foreign::any(&mut self.dice);
        self.population.person_mut(person).status = Status::Abroad { at, address };
    }

    pub(super) fn special_road(&mut self) {
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

    pub(super) fn disappeared(&mut self) {
        let person = self.adult((20, 80), Gender::Male);
        let at = self.moment_within(5);
        self.population.leave(person, at);
        self.population.person_mut(person).status = Status::Disappeared(at.marked(true));
    }

    pub(super) fn dead(&mut self) {
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
}
