//! One person, as CPR knows it.

use cpr::{Gender, PersonNumber};
use jiff::civil::Date;

use super::names::Name;
use super::places::{Address, Foreign};
use crate::moment::{Moment, Registered};

/// A person's place in its population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Index(u32);

/// A home's place in its population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HomeIndex(u32);

/// A person and all that it has been.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) number: PersonNumber,
    pub(crate) born: Date,
    pub(crate) born_uncertain: bool,
    pub(crate) gender: Gender,
    pub(crate) number_from: Registered,
    pub(crate) occupation: Option<&'static str>,
    pub(crate) status: Status,
    /// None until a newborn is named.
    pub(crate) name: Option<Name>,
    pub(crate) name_from: Moment,
    /// CPR's marker beside the first names, a blank if none.
    pub(crate) name_marker: char,
    pub(crate) care_of: Option<Name>,
    pub(crate) birth_authority: u16,
    pub(crate) citizenship: Citizenship,
    pub(crate) church: Church,
    pub(crate) civil: Civil,
    pub(crate) mother: Parent,
    pub(crate) father: Parent,
    pub(crate) children: Vec<Index>,
    /// Start of the protections 0001 to 0004.
    pub(crate) protections: [Registered; 4],
    pub(crate) former: Vec<Former>,
}

/// Where the person stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// 01, or 03 when the address is a special one.
    InDenmark(Domicile),
    /// 70.
    Disappeared(Moment),
    /// 80.
    Abroad { at: Moment, address: Foreign },
    /// 90.
    Dead(Moment),
}

/// The current address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Domicile {
    pub(crate) home: Option<HomeIndex>,
    pub(crate) address: Address,
    pub(crate) from: Moment,
    pub(crate) municipality_from: Moment,
    /// 0 for none.
    pub(crate) previous_municipality: u16,
    pub(crate) previous_left: Moment,
}

/// Civil status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) state: CivilState,
    pub(crate) spouse: Spouse,
    pub(crate) from: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CivilState {
    Unmarried,
    Married,
    Divorced,
    Widowed,
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spouse {
    Nobody,
    Person(Index),
    /// Without a Danish number.
    Foreign {
        born: Registered,
        name: Name,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    Unknown,
    Person(Index),
    /// Without a Danish number.
    Named {
        born: Registered,
        name: Name,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Citizenship {
    pub(crate) country: u16,
    pub(crate) from: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Church {
    pub(crate) relation: char,
    pub(crate) from: Registered,
}

/// What the person was: a row of history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Former {
    /// 023; `marker` is the correction marker.
    Address { marker: char, address: Address, care_of: Option<Name>, from: Moment, to: Moment },
    /// 024; nothing about the departure for a first immigration.
    Absence { departed: Option<(Moment, Foreign)>, entry_country: u16, entered: Moment },
    /// 026.
    Name { marker: char, name: Name, from: Moment, to: Moment },
    /// 027.
    Citizenship { citizenship: Citizenship, to: Moment },
    /// 028.
    Church { church: Church, to: Registered },
    /// 029.
    Civil { civil: Civil, to: Moment },
}

impl Index {
    pub(crate) fn new(at: usize) -> Self {
        Self(u32::try_from(at).unwrap_or(u32::MAX))
    }

    pub(crate) fn at(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl HomeIndex {
    pub(crate) fn new(at: usize) -> Self {
        Self(u32::try_from(at).unwrap_or(u32::MAX))
    }

    pub(crate) fn at(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl Civil {
    pub(crate) const UNMARRIED: Self =
        Self { state: CivilState::Unmarried, spouse: Spouse::Nobody, from: Moment::NONE };
}

impl CivilState {
    /// The letter of field CIVST.
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::Unmarried => "U",
            Self::Married => "G",
            Self::Divorced => "F",
            Self::Widowed => "E",
            Self::Dead => "D",
        }
    }
}

impl Person {
    /// Full years on `day`.
    pub(crate) fn age_on(&self, day: Date) -> i16 {
        let before = (day.month(), day.day()) < (self.born.month(), self.born.day());
        day.year() - self.born.year() - i16::from(before)
    }

    pub(crate) fn domicile(&self) -> Option<Domicile> {
        match self.status {
            Status::InDenmark(domicile) => Some(domicile),
            Status::Disappeared(_) | Status::Abroad { .. } | Status::Dead(_) => None,
        }
    }

    /// The home, for those who have one.
    pub(crate) fn home(&self) -> Option<HomeIndex> {
        self.domicile().and_then(|domicile| domicile.home)
    }

    pub(crate) fn is_dead(&self) -> bool {
        matches!(self.status, Status::Dead(_))
    }

    pub(crate) fn is_married(&self) -> bool {
        self.civil.state == CivilState::Married
    }

    /// The spouse that has a number, of a standing marriage.
    pub(crate) fn wedded(&self) -> Option<Index> {
        match (self.civil.state, self.civil.spouse) {
            (CivilState::Married, Spouse::Person(spouse)) => Some(spouse),
            _ => None,
        }
    }

    /// The two digits of field STATUS.
    pub(crate) fn status_code(&self) -> u32 {
        match self.status {
            Status::InDenmark(Domicile { address: Address::Street(_), .. }) => 1,
            Status::InDenmark(_) => 3,
            Status::Disappeared(_) => 70,
            Status::Abroad { .. } => 80,
            Status::Dead(_) => 90,
        }
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(redacted)")
    }
}
