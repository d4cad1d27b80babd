//! Names, protections, coming of age.

use super::{Happening, Play};
use crate::moment::{Moment, Registered, ymd};
use crate::population::names::{Name, Surname};
use crate::population::person::{Former, Index, Parent};

/// The protection of name and address, and the local directory protection that comes with it.
const NAME_AND_ADDRESS: usize = 0;
const LOCAL_DIRECTORY: usize = 1;
const MARKETING: usize = 2;

impl Play<'_> {
    /// One takes another middle name or surname.
    pub(super) fn change_name(&mut self) -> Option<()> {
        let person = self.pick(|_, person| person.domicile().is_some() && person.name.is_some())?;
        let new = Surname::any(&mut self.dice);
        let middle = self.dice.percent(40);
        let at = self.now();
        self.rename(
            person,
            |old| if middle { Name { middle: Some(new), ..old } } else { Name { surname: new, ..old } },
            at,
            "A13",
        );
        Some(())
    }

    /// Gives a new name; nothing if it is the old one or there is none yet.
    pub(super) fn rename(&mut self, person: Index, new: impl Fn(Name) -> Name, at: Moment, code: &'static str) {
        let holder = self.population.person_mut(person);
        let Some(old) = holder.name.filter(|old| new(*old) != *old) else { return };
        holder.former.push(Former::Name { marker: ' ', name: old, from: holder.name_from, to: at });
        (holder.name, holder.name_from, holder.name_marker) = (Some(new(old)), at, ' ');
        self.event(person, code, "", at);
    }

    /// A protection begins today: it cannot be back-dated.
    pub(super) fn protect(&mut self) -> Option<()> {
        let kind = if self.dice.percent(65) { NAME_AND_ADDRESS } else { MARKETING };
        let person =
            self.pick(|_, person| person.domicile().is_some() && person.protections[kind] == Registered::NONE)?;
        let at = self.now();
        let start = Registered::on(self.day.date);
        let protections = &mut self.population.person_mut(person).protections;
        protections[kind] = start;
        if kind == NAME_AND_ADDRESS && protections[LOCAL_DIRECTORY] == Registered::NONE {
            protections[LOCAL_DIRECTORY] = start;
        }
        self.event(person, "A33", "", at);
        Some(())
    }

    /// A protection ends: by wish, or automatically when its year is over.
    pub(super) fn unprotect(&mut self) -> Option<()> {
        let today = Registered::on(self.day.date);
        let fit = |start: &Registered| *start != Registered::NONE && *start != today;
        let person = self.pick(|_, person| person.domicile().is_some() && person.protections.iter().any(fit))?;
        let at = self.now();
        let code = if self.dice.percent(50) { "A33" } else { "P11" };
        let protections = &mut self.population.person_mut(person).protections;
        let kind = protections.iter().position(fit)?;
        if kind == NAME_AND_ADDRESS && protections[LOCAL_DIRECTORY] == protections[NAME_AND_ADDRESS] {
            protections[LOCAL_DIRECTORY] = Registered::NONE;
        }
        protections[kind] = Registered::NONE;
        self.event(person, code, "", at);
        Some(())
    }

    /// Custody ends on the eighteenth birthday, also on one that fell on a day that was not played.
    pub(super) fn come_of_age(&mut self) {
        let (last, day) = (self.population.today, self.day.date);
        let grown = |index: &Index| {
            let person = self.population.person(*index);
            let kept = [person.mother, person.father]
                .iter()
                .any(|parent| matches!(parent, Parent::Person(parent) if !self.population.person(*parent).is_dead()));
            kept && !person.is_dead() && person.age_on(last) < 18 && person.age_on(day) >= 18
        };
        // only a few birth years can turn 18; the others are told apart by one comparison
        let years = last.year() - 19..=day.year() - 17;
        let candidates =
            self.population.persons.iter().enumerate().filter(|(_, person)| years.contains(&person.born.year()));
        let grown: Vec<Index> = candidates.map(|(at, _)| Index::new(at)).filter(grown).collect();
        debug_assert!(ymd(last) <= ymd(day), "days are played in order");
        for person in grown {
            let at = self.now();
            self.event(person, "P11", "", at);
            self.day.happenings.push(Happening::ComingOfAge);
        }
    }
}
