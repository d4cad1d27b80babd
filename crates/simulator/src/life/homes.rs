//! Moves, departures and returns.

use super::Play;
use crate::moment::Moment;
use crate::population::person::{Former, HomeIndex, Index, Status};
use crate::population::places::{Foreign, House};

impl Play<'_> {
    /// A household moves together, or one grown-up out of it. Seven of ten stay in the municipality.
    pub(super) fn move_house(&mut self) -> Option<()> {
        let person = self.pick(|_, person| person.home().is_some())?;
        let household = self.population.household(person);
        let alone = household.len() > 1
            && self.age(person) >= 18
            && !self.population.person(person).is_married()
            && self.dice.percent(40);
        let movers = if alone { vec![person] } else { household };
        let at = self.now();
        let home = self.new_home(person)?;
        for mover in movers {
            self.relocate(mover, home, at);
        }
        Some(())
    }

    /// A home for `person`, in the same municipality more often than not.
    pub(super) fn new_home(&mut self, person: Index) -> Option<HomeIndex> {
        let municipality = self.population.person(person).domicile()?.address.house()?.municipality();
        let house = if self.dice.percent(70) {
            House::within(&mut self.dice, municipality)
        } else {
            House::any(&mut self.dice)
        };
        Some(self.population.add_home(house))
    }

    /// Lets `person` move to `home`; nothing if it lives there.
    pub(super) fn relocate(&mut self, person: Index, home: HomeIndex, at: Moment) {
        if self.population.person(person).home() == Some(home) {
            return;
        }
        let left = self.population.leave(person, at);
        self.population.settle(person, home, at, left);
        self.event(person, "A01", "", at);
    }

    /// One leaves the country, and the whole household if there are children in it.
    pub(super) fn emigrate(&mut self) -> Option<()> {
        let day = self.day.date;
        let person = self.pick(|_, person| person.home().is_some() && person.age_on(day) >= 18)?;
        let household = self.population.household(person);
        let together = household.iter().any(|member| self.age(*member) < 18);
        let leavers = if together { household } else { vec![person] };
        let at = self.now();
        let address = Foreign::any(&mut self.dice);
        for leaver in leavers {
            self.population.leave(leaver, at);
            let person = self.population.person_mut(leaver);
            person.status = Status::Abroad { at, address };
            self.event(leaver, "A06", "", at);
        }
        Some(())
    }

    /// One who left comes back, with those of the family who left at the same moment to the same place.
    pub(super) fn come_back(&mut self) -> Option<()> {
        let day = self.day.date;
        let person = self.pick(|_, person| {
            matches!(person.status, Status::Abroad { at, .. } if at.day().digits() < crate::moment::ymd(day))
                && person.age_on(day) >= 18
        })?;
        let Status::Abroad { at: departed, address } = self.population.person(person).status else { return None };
        let absent = self.population.person(person).status;
        let family = self.population.person(person);
        let relatives = family.children.iter().copied().chain(family.wedded());
        let with = relatives.filter(|other| self.population.person(*other).status == absent).collect::<Vec<_>>();
        let at = self.now();
        let home = self.population.add_home(House::any(&mut self.dice));
        for other in std::iter::once(person).chain(with) {
            let row = Former::Absence {
                departed: Some((departed, address)),
                entry_country: address.country_code(),
                entered: at,
            };
            self.population.person_mut(other).former.push(row);
            self.population.settle(other, home, at, None);
            self.event(other, "A04", "", at);
        }
        Some(())
    }
}
