//! The projected fields: the values that may be compared, granted and sent.

use std::fmt;

use crate::{Categories, Category, RecordCode};

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $category:ident, $path:literal, $code:literal;)*) => {
        /// A projected field. Numbers are stored (bit of a known mask or of a change): never renumber.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Field { $($(#[$doc])* $name = $bit,)* }

        impl Field {
            /// Every field, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The category that grants it.
            #[must_use]
            pub const fn category(self) -> Category {
                match self { $(Self::$name => Category::$category,)* }
            }

            /// Its name in advisories.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $path,)* }
            }

            /// The record code that carries it in an extract.
            #[must_use]
            pub const fn record(self) -> u16 {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

fields! {
    /// 001 STATUS.
    Status = 0, Status, "code", 1;
    /// 001 STATUSHAENSTART.
    StatusFrom = 1, Status, "vf", 1;
    /// 001 `FOED_DT`.
    Born = 2, Birth, "date", 1;
    /// 001 KOEN.
    Gender = 3, Birth, "gender", 1;
    /// 008 FORNVN.
    Given = 4, Name, "given", 8;
    /// 008 MELNVN.
    Middle = 5, Name, "middle", 8;
    /// 008 EFTERNVN.
    Family = 6, Name, "family", 8;
    /// 008 ADRNVN.
    Addressing = 7, Name, "addressing", 8;
    /// 008 NVNHAENSTART.
    NameFrom = 8, Name, "vf", 8;
    /// 002 KOMKOD.
    Municipality = 9, Address, "municipality", 2;
    /// 002 VEJKOD.
    Street = 10, Address, "street", 2;
    /// 002 HUSNR.
    House = 11, Address, "house", 2;
    /// 002 ETAGE.
    Floor = 12, Address, "floor", 2;
    /// 002 SIDEDOER.
    Door = 13, Address, "door", 2;
    /// 002 BNR.
    Building = 14, Address, "bnr", 2;
    /// 002 CONVN.
    CareOf = 15, Address, "co", 2;
    /// 002 TILFLYDTO.
    AddressFrom = 16, Address, "vf", 2;
    /// 002 ADR1-SUPLADR to ADR5-SUPLADR.
    Supplementary = 17, Address, "supplementary", 2;
    /// 003 VEJADRNVN.
    StreetName = 18, Address, "streetName", 3;
    /// 003 LOKALITET.
    Locality = 19, Address, "locality", 3;
    /// 003 BYNVN.
    Town = 20, Address, "city", 3;
    /// 003 POSTNR.
    Postcode = 21, Address, "postcode", 3;
    /// 003 POSTDISTTXT.
    District = 22, Address, "district", 3;
    /// 003 STANDARDADR.
    AddressLine = 23, Address, "lines", 3;
    /// 004: every protection in force with its start.
    Protections = 24, Protection, "protections", 4;
    /// 012 CIVST.
    CivilStatus = 25, CivilStatus, "state", 12;
    /// 012 HAENSTART-CIVILSTAND.
    CivilStatusFrom = 26, CivilStatus, "vf", 12;
    /// 013 START_DT-SEPARATION.
    SeparatedFrom = 27, CivilStatus, "separatedFrom", 13;
}

/// A set of projected fields: a known mask, or what changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FieldSet(u64);

impl FieldSet {
    /// No field.
    pub const NONE: Self = Self(0);

    /// The fields that a file with these record codes can speak about.
    #[must_use]
    pub fn known_from(codes: &[RecordCode]) -> Self {
        Field::ALL.iter().copied().filter(|field| codes.iter().any(|code| code.value() == field.record())).collect()
    }

    /// The set as stored.
    #[must_use]
    pub const fn bits(self) -> i64 {
        self.0.cast_signed()
    }

    /// The set from its stored form; unknown bits of a newer version are kept.
    #[must_use]
    pub const fn from_bits(bits: i64) -> Self {
        Self(bits.cast_unsigned())
    }

    /// Whether `field` is in the set.
    #[must_use]
    pub const fn contains(self, field: Field) -> bool {
        self.0 & (1 << field as u8) != 0
    }

    /// This set and `field`.
    #[must_use]
    pub const fn with(self, field: Field) -> Self {
        Self(self.0 | 1 << field as u8)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The fields of this set that any of `categories` grants.
    #[must_use]
    pub fn granted(self, categories: Categories) -> Self {
        self.iter().filter(|field| categories.contains(field.category())).collect()
    }

    /// The fields by number.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.iter().copied().filter(move |field| self.contains(*field))
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The categories of the fields.
    #[must_use]
    pub fn categories(self) -> Categories {
        self.iter().map(Field::category).collect()
    }
}

impl FromIterator<Field> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        fields.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
