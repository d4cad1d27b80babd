//! How one founded person comes about: number, name, papers and a little history.

use cpr::Gender;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::founding::Founder;
use super::names::{Name, Surname};
use super::person::{Church, Citizenship, Civil, Domicile, Former, HomeIndex, Index, Parent, Person, Status};
use super::places::{Address, House};
use crate::moment::{Moment, Registered};

const OCCUPATIONS: [&str; 6] = ["Tømrer", "Lærer", "Sygeplejerske", "Bogholder", "Gartner", "Pensionist"];

/// CPR's numbers begin here.
const FIRST_NUMBERS: Date = date(1968, 4, 2);

impl Founder<'_> {
    /// A person of that birth date who lives in `home` since the home was founded, or since birth.
    ///
    /// A birth date whose numbers are all taken gives way to the day before.
    pub(super) fn person_born(
        &mut self,
        born: Date,
        gender: Gender,
        surname: Surname,
        home: HomeIndex,
        without_check: bool,
    ) -> Index {
        let mut born = born;
        let number = loop {
            match self.population.numbers.give(&mut self.dice, born, gender, without_check) {
                Some(number) => break number,
                None => born = born.saturating_sub(1.days()),
            }
        };
        let name = Name::any(&mut self.dice, gender, surname);
        let birth = Moment::at(born, self.dice.between(0, 1439));
        let grown = born <= self.today.saturating_sub(18.years());
        let mut person = Person {
            number,
            born,
            born_uncertain: false,
            gender,
            number_from: Registered::on(born.max(FIRST_NUMBERS)),
            occupation: (grown && self.dice.percent(30)).then(|| OCCUPATIONS[self.dice.index(OCCUPATIONS.len())]),
            status: Status::InDenmark(self.domicile(home, born)),
            name: Some(name),
            name_from: if self.dice.percent(6) { Moment::year_only(born, true) } else { birth },
            name_marker: if self.dice.percent(2) { '*' } else { ' ' },
            care_of: None,
            birth_authority: 7000 + u16::try_from(self.dice.index(900)).unwrap_or(0),
            citizenship: Citizenship { country: 5100, from: birth },
            church: Church { relation: self.church(), from: Registered::on(born) },
            civil: Civil::UNMARRIED,
            mother: Parent::Unknown,
            father: Parent::Unknown,
            children: Vec::new(),
            protections: self.protections(born),
            former: Vec::new(),
        };
        if grown {
            self.tell_history(&mut person, gender);
        }
        self.population.add_person(person)
    }

    fn domicile(&mut self, home: HomeIndex, born: Date) -> Domicile {
        let minute = self.dice.between(480, 1020);
        let from = Moment::at(self.since.max(born), minute).marked(self.dice.percent(3));
        let address = Address::Street(self.population.homes[home.at()].house);
        let previous_left = Moment::NONE;
        Domicile { home: Some(home), address, from, municipality_from: from, previous_municipality: 0, previous_left }
    }

    fn church(&mut self) -> char {
        ['F', 'F', 'F', 'U', 'M', 'F', 'F', 'U', 'S', 'F'][self.dice.index(10)]
    }

    fn protections(&mut self, born: Date) -> [Registered; 4] {
        let mut protections = [Registered::NONE; 4];
        let kind = self.dice.below(100);
        let start = Registered::on(self.days_ago(1, 300).max(born));
        match kind {
            // the first brings the second with it
            0..=1 => (protections[0], protections[1]) = (start, start),
            2 => protections[1] = start,
            3..=5 => protections[2] = start,
            6 => protections[3] = start,
            _ => {}
        }
        protections
    }

    /// Former addresses, names and citizenships of a grown-up, all older than the home.
    fn tell_history(&mut self, person: &mut Person, gender: Gender) {
        if self.dice.percent(4) {
            let surname = Surname::any(&mut self.dice);
            let name = Name::any(&mut self.dice, gender, surname);
            person.care_of = Some(name);
        }
        if self.dice.percent(50) {
            self.former_address(person);
        }
        if self.dice.percent(12) {
            let to = Moment::at(self.days_ago(3300, 6500), 720);
            let surname = Surname::any(&mut self.dice);
            let name = Name::any(&mut self.dice, gender, surname);
            person.former.push(Former::Name { marker: ' ', name, from: person.name_from, to });
            person.name_from = to;
        }
        if self.dice.percent(3) {
            let from = Moment::year_only(person.born, false);
            let to = Moment::at(self.days_ago(400, 3000), 720);
            let citizenship = Citizenship { country: [5110, 5120, 5180][self.dice.index(3)], from };
            person.former.push(Former::Citizenship { citizenship, to });
            person.citizenship = Citizenship { country: 5100, from: to };
        }
    }

    fn former_address(&mut self, person: &mut Person) {
        let Status::InDenmark(domicile) = &mut person.status else { return };
        let from = Moment::at(person.born.max(self.since.saturating_sub(1500.days())), 600);
        if from.digits() >= domicile.from.digits() {
            return;
        }
        let former = Address::Street(House::any(&mut self.dice));
        if self.dice.percent(10) {
            // once believed, never true: a corrected row ends where it begins
            person.former.push(Former::Address { marker: 'K', address: former, care_of: None, from, to: from });
        }
        person.former.push(Former::Address { marker: ' ', address: former, care_of: None, from, to: domicile.from });
        if former.municipality_code() == domicile.address.municipality_code() {
            domicile.municipality_from = from;
        } else {
            domicile.previous_municipality = former.municipality_code();
            domicile.previous_left = domicile.from;
        }
    }
}
