//! The current records of a person: 001 to 016 and 099.

use cpr::Gender;
use jiff::civil::Date;

use super::WriteError;
use super::pen::Pen;
use crate::life::Event;
use crate::moment::{Moment, Registered};
use crate::population::Population;
use crate::population::names::{Name, Surname};
use crate::population::person::{Domicile, Index, Parent, Person, Spouse, Status};
use crate::population::places::Foreign;

type Result = std::result::Result<(), WriteError>;

/// Custody is registered since this day.
const FIRST_CUSTODY: Date = jiff::civil::date(2004, 5, 27);

/// 001.
pub(super) fn person(pen: &mut Pen, person: &Person) -> Result {
    pen.begin_of(1, person.number)?;
    pen.digits("status", u64::from(person.status_code()))?;
    let since = match person.status {
        Status::InDenmark(_) => Moment::NONE,
        Status::Disappeared(at) | Status::Abroad { at, .. } | Status::Dead(at) => at,
    };
    pen.moment("status_start", "status_start_uncertain", since)?;
    pen.text("gender", if person.gender == Gender::Male { "M" } else { "K" })?;
    let born = Registered::on(person.born).marked(person.born_uncertain);
    pen.marked_date("birth_date", "birth_date_uncertain", born)?;
    pen.marked_date("pnr_start_date", "pnr_start_date_uncertain", person.number_from)?;
    pen.text("occupation_title", person.occupation.unwrap_or_default())
}

/// 002, for those with an address.
pub(super) fn address(pen: &mut Pen, person: &Person, domicile: &Domicile) -> Result {
    pen.begin_of(2, person.number)?;
    place(pen, domicile)?;
    care_of(pen, person.care_of)?;
    pen.moment("moved_in_at", "moved_in_at_uncertain", domicile.from)?;
    pen.moment("municipality_moved_in_at", "municipality_moved_in_at_uncertain", domicile.municipality_from)?;
    pen.digits("previous_municipality_code", u64::from(domicile.previous_municipality))?;
    let left = domicile.previous_left;
    pen.moment("previous_municipality_left_at", "previous_municipality_left_at_uncertain", left)
}

fn place(pen: &mut Pen, domicile: &Domicile) -> Result {
    pen.digits("municipality_code", u64::from(domicile.address.municipality_code()))?;
    pen.digits("road_code", u64::from(domicile.address.road_code()))?;
    if let Some(house) = domicile.address.house() {
        pen.text("house_number", &house.number())?;
        pen.text("floor", &house.floor())?;
        pen.text("door", &house.door())?;
    }
    Ok(())
}

/// The field CONVN, in 002, 003 and 023.
pub(super) fn care_of(pen: &mut Pen, name: Option<Name>) -> Result {
    match name {
        Some(name) => pen.text("care_of_name", &["c/o ", &name.reversed()].concat()),
        None => Ok(()),
    }
}

/// 003: the addressing name of everybody, the address of those who have one.
pub(super) fn address_text(pen: &mut Pen, person: &Person) -> Result {
    pen.begin_of(3, person.number)?;
    if let Some(name) = person.name {
        pen.text("addressing_name", &name.addressing())?;
    }
    let Some(domicile) = person.domicile() else { return Ok(()) };
    care_of(pen, person.care_of)?;
    let Some(house) = domicile.address.house() else {
        pen.digits("postal_code", 9999)?;
        return place(pen, &domicile);
    };
    pen.text("locality", &house.locality().unwrap_or_default())?;
    pen.text("standard_address_line", &house.line())?;
    pen.text("town_name", &house.town().unwrap_or_default())?;
    let (code, district) = house.district();
    pen.digits("postal_code", u64::from(code))?;
    pen.text("postal_district", district)?;
    place(pen, &domicile)?;
    pen.text("road_addressing_name", &house.street())
}

/// 004, one protection.
pub(super) fn protection(pen: &mut Pen, person: &Person, kind: u64, start: Registered) -> Result {
    pen.begin_of(4, person.number)?;
    pen.digits("protection_type", kind)?;
    pen.date("protection_start_date", start)
}

/// 005, for those abroad.
pub(super) fn abroad(pen: &mut Pen, person: &Person, at: Moment, address: Foreign) -> Result {
    pen.begin_of(5, person.number)?;
    pen.digits("departure_country_code", u64::from(address.country_code()))?;
    pen.moment("departed_at", "departed_at_uncertain", at)?;
    foreign_lines(pen, &address.lines())
}

/// 007, for those who disappeared.
pub(super) fn disappeared(pen: &mut Pen, person: &Person, at: Moment) -> Result {
    pen.begin_of(7, person.number)?;
    pen.moment("disappeared_at", "disappeared_at_uncertain", at)
}

/// The lines of an address abroad, in 005 and 024.
pub(super) fn foreign_lines(pen: &mut Pen, lines: &[String; 3]) -> Result {
    const FIELDS: [&str; 3] = ["foreign_address_line_1", "foreign_address_line_2", "foreign_address_line_3"];
    FIELDS.into_iter().zip(lines).try_for_each(|(field, line)| pen.text(field, line))
}

/// 008, also of a child that has no name yet.
pub(super) fn name(pen: &mut Pen, person: &Person) -> Result {
    pen.begin_of(8, person.number)?;
    let Some(name) = person.name else { return Ok(()) };
    pen.text("first_names", &name.first_names())?;
    pen.marker("first_names_marker", person.name_marker)?;
    pen.text("middle_names", &name.middle.map(Surname::text).unwrap_or_default())?;
    pen.text("surname", &name.surname.text())?;
    pen.moment("name_start", "name_start_uncertain", person.name_from)?;
    pen.text("addressing_name", &name.addressing())
}

/// 009.
pub(super) fn birth(pen: &mut Pen, person: &Person) -> Result {
    pen.begin_of(9, person.number)?;
    pen.digits("birth_registration_authority_code", u64::from(person.birth_authority))
}

/// 010.
pub(super) fn citizenship(pen: &mut Pen, person: &Person) -> Result {
    pen.begin_of(10, person.number)?;
    pen.digits("citizenship_country_code", u64::from(person.citizenship.country))?;
    pen.moment("citizenship_start", "citizenship_start_uncertain", person.citizenship.from)
}

/// 011.
pub(super) fn church(pen: &mut Pen, person: &Person) -> Result {
    pen.begin_of(11, person.number)?;
    pen.marker("church_relation", person.church.relation)?;
    pen.marked_date("church_relation_start_date", "church_relation_start_date_uncertain", person.church.from)
}

/// 012.
pub(super) fn civil_status(pen: &mut Pen, population: &Population, person: &Person) -> Result {
    pen.begin_of(12, person.number)?;
    pen.text("civil_status", person.civil.state.letter())?;
    spouse(pen, population, person.civil.spouse)?;
    pen.moment("civil_status_start", "civil_status_start_uncertain", person.civil.from)
}

/// The fields about the spouse in 012 and 029.
pub(super) fn spouse(pen: &mut Pen, population: &Population, spouse: Spouse) -> Result {
    match spouse {
        Spouse::Nobody => Ok(()),
        Spouse::Person(spouse) => pen.number("spouse_pnr", population.person(spouse).number),
        Spouse::Foreign { born, name } => {
            pen.digits("spouse_pnr", 0)?;
            pen.marked_date("spouse_birth_date", "spouse_birth_date_uncertain", born)?;
            pen.text("spouse_name", &name.reversed())
        }
    }
}

/// 014, one child.
pub(super) fn child(pen: &mut Pen, population: &Population, person: &Person, child: Index) -> Result {
    pen.begin_of(14, person.number)?;
    pen.number("child_pnr", population.person(child).number)
}

/// The fields about one parent in 015.
struct ParentFields {
    since: [&'static str; 2],
    number: &'static str,
    born: [&'static str; 2],
    name: &'static str,
}

const MOTHER: ParentFields = ParentFields {
    since: ["mother_relation_date", "mother_relation_date_uncertain"],
    number: "mother_pnr",
    born: ["mother_birth_date", "mother_birth_date_uncertain"],
    name: "mother_name",
};

const FATHER: ParentFields = ParentFields {
    since: ["father_relation_date", "father_relation_date_uncertain"],
    number: "father_pnr",
    born: ["father_birth_date", "father_birth_date_uncertain"],
    name: "father_name",
};

/// 015.
pub(super) fn parents(pen: &mut Pen, population: &Population, person: &Person) -> Result {
    pen.begin_of(15, person.number)?;
    for (fields, parent) in [(MOTHER, person.mother), (FATHER, person.father)] {
        let [since, mark] = fields.since;
        pen.marked_date(since, mark, Registered::on(person.born))?;
        match parent {
            Parent::Person(parent) => pen.number(fields.number, population.person(parent).number)?,
            Parent::Unknown => pen.digits(fields.number, 0)?,
            Parent::Named { born, name } => {
                pen.digits(fields.number, 0)?;
                let [date, mark] = fields.born;
                pen.marked_date(date, mark, born)?;
                pen.text(fields.name, &name.reversed())?;
            }
        }
    }
    Ok(())
}

/// Who holds custody of a child as of `date`: relation type 3 for the mother, 4 for the father, while they live.
pub(super) fn custody_of(population: &Population, person: &Person, date: Date) -> impl Iterator<Item = u64> + use<> {
    let held = person.age_on(date) < 18 && !person.is_dead() && !person.is_married();
    let lives = |parent| matches!(parent, Parent::Person(index) if !population.person(index).is_dead());
    let kinds = [(3, lives(person.mother)), (4, lives(person.father))];
    kinds.into_iter().filter(move |(_, lives)| held && *lives).map(|(kind, _)| kind)
}

/// 016, one holder.
pub(super) fn custody(pen: &mut Pen, person: &Person, kind: u64) -> Result {
    pen.begin_of(16, person.number)?;
    pen.digits("custody_relation_type", kind)?;
    let start = Registered::on(person.born.max(FIRST_CUSTODY));
    pen.marked_date("custody_start_date", "custody_start_date_uncertain", start)
}

/// 099, one event.
pub(super) fn event(pen: &mut Pen, person: &Person, event: &Event) -> Result {
    pen.begin_of(99, person.number)?;
    pen.digits("registered_at", event.at.digits())?;
    pen.text("event_code", event.code)?;
    pen.text("derived_marker", event.marker)
}
