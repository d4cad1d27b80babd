//! Categories: groups of fields that may be granted to a subscription.

use std::fmt;

/// The group of a field. Every field of every known record code is in exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Category {
    /// Names in force (008, the addressing name of 003).
    Name,
    /// Address in force, as codes and in clear text (002, 003).
    Address,
    /// Person status and its start (001).
    Status,
    /// Protections in force (004).
    Protection,
    /// Civil status and its start, without the spouse (012, 013).
    CivilStatus,
    /// Birth date, gender and birth registration (001, 009).
    Birth,
    /// Person numbers in force and former (001, 022).
    Number,
    /// Occupation title (001).
    Occupation,
    /// The spouse (012).
    Spouse,
    /// Mother and father (015, 031, 032).
    Parents,
    /// Children (014, 033).
    Children,
    /// Custody (016).
    Custody,
    /// Guardianship and guardian (017, 052).
    Guardian,
    /// Departure and address abroad (005).
    Abroad,
    /// Contact address (006).
    ContactAddress,
    /// Disappearance (007).
    Disappearance,
    /// Citizenship (010).
    Citizenship,
    /// Church relation (011): a special category of data.
    Church,
    /// Municipal conditions (018).
    MunicipalCondition,
    /// Notes (019).
    Note,
    /// Voting (020).
    Voting,
    /// Relocation orders (021).
    RelocationOrder,
    /// Former values (023 to 030).
    History,
    /// Event codes (099) and receipts (997): evidence, sent beside an advisory and never granted alone.
    Evidence,
    /// Record types, sort keys, counters and other parts of the file itself: never granted.
    Control,
}

impl Category {
    /// The categories that a subscription may name today.
    pub const GRANTABLE: [Self; 5] = [Self::Name, Self::Address, Self::Status, Self::Protection, Self::CivilStatus];
}

/// A set of categories.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Categories(u32);

impl Categories {
    /// No category.
    pub const NONE: Self = Self(0);

    /// This set and `category`.
    #[must_use]
    pub const fn with(self, category: Category) -> Self {
        Self(self.0 | 1 << category as u32)
    }

    /// Whether `category` is in the set.
    #[must_use]
    pub const fn contains(self, category: Category) -> bool {
        self.0 & (1 << category as u32) != 0
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Category> for Categories {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        categories.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Categories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Categories({:#b})", self.0)
    }
}
