//! The history records of a person: 023, 024, 026 to 029.

use super::WriteError;
use super::pen::Pen;
use super::records::{self, foreign_lines, spouse};
use crate::population::Population;
use crate::population::names::Surname;
use crate::population::person::{Former, Person};
use crate::population::places::Address;

impl Former {
    /// The record that tells of it.
    pub(super) fn code(&self) -> u16 {
        match self {
            Self::Address { .. } => 23,
            Self::Absence { .. } => 24,
            Self::Name { .. } => 26,
            Self::Citizenship { .. } => 27,
            Self::Church { .. } => 28,
            Self::Civil { .. } => 29,
        }
    }
}

/// Writes one history row.
pub(super) fn row(pen: &mut Pen, population: &Population, person: &Person, row: &Former) -> Result<(), WriteError> {
    pen.begin_of(row.code(), person.number)?;
    match *row {
        Former::Address { marker, address, care_of, from, to } => {
            pen.marker("correction_marker", marker)?;
            former_place(pen, address)?;
            records::care_of(pen, care_of)?;
            pen.moment("moved_in_at", "moved_in_at_uncertain", from)?;
            pen.moment("moved_out_at", "moved_out_at_uncertain", to)
        }
        Former::Absence { departed, entry_country, entered } => {
            if let Some((at, address)) = departed {
                pen.digits("departure_country_code", u64::from(address.country_code()))?;
                pen.moment("departed_at", "departed_at_uncertain", at)?;
                foreign_lines(pen, &address.lines())?;
            }
            pen.digits("entry_country_code", u64::from(entry_country))?;
            pen.moment("entered_at", "entered_at_uncertain", entered)
        }
        Former::Name { marker, name, from, to } => {
            pen.marker("correction_marker", marker)?;
            pen.text("first_names", &name.first_names())?;
            pen.text("middle_names", &name.middle.map(Surname::text).unwrap_or_default())?;
            pen.text("surname", &name.surname.text())?;
            pen.moment("name_start", "name_start_uncertain", from)?;
            pen.moment("name_end", "name_end_uncertain", to)
        }
        Former::Citizenship { citizenship, to } => {
            pen.digits("citizenship_country_code", u64::from(citizenship.country))?;
            pen.moment("citizenship_start", "citizenship_start_uncertain", citizenship.from)?;
            pen.moment("citizenship_end", "citizenship_end_uncertain", to)
        }
        Former::Church { church, to } => {
            pen.marker("church_relation", church.relation)?;
            pen.marked_date("church_relation_start_date", "church_relation_start_date_uncertain", church.from)?;
            pen.marked_date("church_relation_end_date", "church_relation_end_date_uncertain", to)
        }
        Former::Civil { civil, to } => {
            pen.text("civil_status", civil.state.letter())?;
            spouse(pen, population, civil.spouse)?;
            pen.moment("civil_status_start", "civil_status_start_uncertain", civil.from)?;
            pen.moment("civil_status_end", "civil_status_end_uncertain", to)
        }
    }
}

fn former_place(pen: &mut Pen, address: Address) -> Result<(), WriteError> {
    pen.digits("municipality_code", u64::from(address.municipality_code()))?;
    pen.digits("road_code", u64::from(address.road_code()))?;
    if let Some(house) = address.house() {
        pen.text("house_number", &house.number())?;
        pen.text("floor", &house.floor())?;
        pen.text("door", &house.door())?;
    }
    Ok(())
}
