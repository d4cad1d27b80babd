//! Births, namings, weddings, divorces, deaths.

use cpr::Gender;

use super::{Happening, Play};
use crate::moment::{Moment, Registered};
use crate::population::names::{Name, Surname};
use crate::population::person::{
    Church, Citizenship, Civil, CivilState, Domicile, Former, Index, Parent, Person, Spouse, Status,
};
use jiff::ToSpan;

impl Play<'_> {
    /// A child is born at home; it is named within a month.
    pub(super) fn birth(&mut self) -> Option<()> {
        let day = self.day.date;
        let mother = self.pick(|_, person| {
            person.home().is_some()
                && person.gender == Gender::Female
                && (20..43).contains(&person.age_on(day))
                && person.children.len() < 6
        })?;
        let father = self.population.person(mother).wedded().filter(|spouse| {
            let spouse = self.population.person(*spouse);
            spouse.gender == Gender::Male && !spouse.is_dead()
        });
        let at = self.now();
        let child = self.newborn(mother, father, at)?;
        let child = self.population.add_person(child);
        self.population.person_mut(mother).children.push(child);
        let code = if father.is_some() { "A51" } else { "A36" };
        self.event(child, code, "", at);
        self.event(mother, code, "MO", at);
        if let Some(father) = father {
            self.population.person_mut(father).children.push(child);
            self.event(father, code, "FA", at);
        }
        let due = day.saturating_add(i64::from(self.dice.between(2, 30)).days());
        self.population.unnamed.push((child, due));
        Some(())
    }

    fn newborn(&mut self, mother: Index, father: Option<Index>, at: Moment) -> Option<Person> {
        let born = self.day.date;
        let gender = if self.dice.percent(51) { Gender::Male } else { Gender::Female };
        let number = self.population.numbers.give(&mut self.dice, born, gender, false)?;
        let home = self.population.person(mother).domicile()?;
        let previous_left = Moment::NONE;
        let domicile = Domicile { from: at, municipality_from: at, previous_municipality: 0, previous_left, ..home };
        Some(Person {
            number,
            born,
            born_uncertain: false,
            gender,
            number_from: Registered::on(born),
            occupation: None,
            status: Status::InDenmark(domicile),
            name: None,
            name_from: Moment::NONE,
            name_marker: ' ',
            care_of: None,
            birth_authority: 7000 + u16::try_from(self.dice.index(900)).unwrap_or(0),
            citizenship: Citizenship { country: 5100, from: at },
            church: Church { relation: 'A', from: Registered::on(born) },
            civil: Civil::UNMARRIED,
            mother: Parent::Person(mother),
            father: father.map_or(Parent::Unknown, Parent::Person),
            children: Vec::new(),
            protections: [Registered::NONE; 4],
            former: Vec::new(),
        })
    }

    /// Names the children whose day has come.
    pub(super) fn name_children(&mut self) {
        let day = self.day.date;
        let (due, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.population.unnamed).into_iter().partition(|(_, due)| *due <= day);
        self.population.unnamed = waiting;
        for (child, _) in due {
            if !self.population.person(child).is_dead() {
                self.name_child(child);
            }
        }
    }

    fn name_child(&mut self, child: Index) {
        let at = self.now();
        let surname = match self.population.person(child).mother {
            Parent::Person(mother) => self.population.person(mother).name.map(|name| name.surname),
            Parent::Named { name, .. } => Some(name.surname),
            Parent::Unknown => None,
        };
        let surname = surname.unwrap_or_else(|| Surname::any(&mut self.dice));
        let relation = if self.dice.percent(70) { 'F' } else { 'U' };
        let gender = self.population.person(child).gender;
        let name = Name::any(&mut self.dice, gender, surname);
        let person = self.population.person_mut(child);
        person.name = Some(name);
        person.name_from = at;
        person.former.push(Former::Church { church: person.church, to: at.day() });
        person.church = Church { relation, from: at.day() };
        self.event(child, "A14", "", at);
        self.event(child, "A34", "", at);
        self.day.happenings.push(Happening::Naming);
    }

    /// Two marry; one may take the other's name, and they may move together.
    pub(super) fn wedding(&mut self) -> Option<()> {
        let day = self.day.date;
        let free = |person: &Person| {
            person.home().is_some()
                && matches!(person.civil.state, CivilState::Unmarried | CivilState::Divorced | CivilState::Widowed)
                && person.age_on(day) >= 20
        };
        let one = self.pick(|_, person| free(person))?;
        let first = self.population.person(one).clone();
        // who grew up together, or one with the other, does not marry
        let kin = |index: Index, person: &Person| {
            index == one
                || person.mother == Parent::Person(one)
                || person.father == Parent::Person(one)
                || first.children.contains(&index)
                || [first.mother, first.father].iter().any(|parent| {
                    matches!(parent, Parent::Person(parent) if *parent == index)
                        || (*parent != Parent::Unknown && [person.mother, person.father].contains(parent))
                })
        };
        let other = self.pick_index(|population, index| {
            let person = population.person(index);
            let apart = (person.age_on(day) - first.age_on(day)).abs();
            free(person) && apart < 12 && person.gender != first.gender && !kin(index, person)
        })?;
        let at = self.now();
        self.join(one, other, CivilState::Married, at);
        self.event(one, "A19", "", at);
        self.event(other, "A19", "ÆG", at);
        if let (Some(name), true) = (first.name, self.dice.percent(60)) {
            self.rename(other, |old| Name { surname: name.surname, ..old }, at, "P58");
        }
        if let (Some(home), true) = (first.home(), self.dice.percent(60)) {
            let at = self.now();
            self.bring_along(other, home, at);
        }
        Some(())
    }

    /// Moves `person` to `home`, with the children under 18 that live with it.
    fn bring_along(&mut self, person: Index, home: crate::population::person::HomeIndex, at: Moment) {
        let children = self.population.person(person).children.clone();
        let old = self.population.person(person).home();
        for child in children {
            if self.age(child) < 18 && self.population.person(child).home() == old {
                self.relocate(child, home, at);
            }
        }
        self.relocate(person, home, at);
    }

    /// Two divorce and one moves out.
    pub(super) fn divorce(&mut self) -> Option<()> {
        let one = self.pick(|population, person| {
            person.home().is_some() && person.wedded().is_some_and(|spouse| population.person(spouse).home().is_some())
        })?;
        let other = self.population.person(one).wedded()?;
        let at = self.now();
        self.join(one, other, CivilState::Divorced, at);
        self.event(one, "A20", "", at);
        self.event(other, "A20", "ÆG", at);
        if self.population.person(one).home() == self.population.person(other).home() {
            let home = self.new_home(other)?;
            let at = self.now();
            self.relocate(other, home, at);
        }
        Some(())
    }

    /// Both get the civil status `state` with one another; what stood before becomes history unless it was "unmarried".
    fn join(&mut self, one: Index, other: Index, state: CivilState, at: Moment) {
        for (person, spouse) in [(one, other), (other, one)] {
            self.restate(person, Civil { state, spouse: Spouse::Person(spouse), from: at }, at);
        }
    }

    fn restate(&mut self, person: Index, civil: Civil, at: Moment) {
        let person = self.population.person_mut(person);
        if person.civil.state != CivilState::Unmarried {
            person.former.push(Former::Civil { civil: person.civil, to: at });
        }
        person.civil = civil;
    }

    /// One dies, more likely an old one; the spouse is widowed, children under 18 lose a custody holder.
    pub(super) fn death(&mut self) -> Option<()> {
        let mut chosen: Option<Index> = None;
        for _ in 0..4 {
            let other = self.pick(|_, person| person.domicile().is_some())?;
            chosen = chosen.filter(|first| self.age(*first) >= self.age(other)).or(Some(other));
        }
        let dead = chosen?;
        let at = self.now();
        let widowed = self.population.person(dead).wedded();
        self.population.leave(dead, at);
        let civil = self.population.person(dead).civil;
        self.restate(dead, Civil { state: CivilState::Dead, from: at, ..civil }, at);
        let person = self.population.person_mut(dead);
        person.status = Status::Dead(at);
        person.protections = [Registered::NONE; 4];
        let children = person.children.clone();
        self.event(dead, "A21", "", at);
        if let Some(spouse) = widowed {
            let civil = Civil { state: CivilState::Widowed, spouse: Spouse::Person(dead), from: at };
            self.restate(spouse, civil, at);
            self.event(spouse, "A21", "ÆG", at);
        }
        for child in children {
            if self.age(child) < 18 && !self.population.person(child).is_dead() {
                self.event(child, "A21", "BØ", at);
            }
        }
        Some(())
    }
}
