//! The value of a projected field.

use std::fmt;

use crate::CprDate;

/// The value of one field. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Free text.
    Text(String),
    /// A code as CPR writes it, leading zeros included.
    Code(String),
    /// A date, partial and uncertain as delivered.
    Date(CprDate),
    /// Lines of text, none of them blank at the end.
    Lines(Vec<String>),
    /// The protections in force, by type and start.
    Protections(Vec<ProtectionInForce>),
}

/// One protection in force.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ProtectionInForce {
    /// What is protected.
    pub kind: ProtectionType,
    /// Since when.
    pub from: Option<CprDate>,
}

/// What a protection protects (004, BESKYTTYPE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProtectionType {
    /// 0001: name and address.
    NameAddress,
    /// 0002: local directory.
    LocalDirectory,
    /// 0003: marketing.
    Marketing,
    /// 0004: research.
    Research,
    /// Any other code, which CPR may add.
    Other(u16),
}

impl ProtectionType {
    /// The type with this code (1 to 4).
    #[must_use]
    pub const fn from_code(code: u16) -> Self {
        match code {
            1 => Self::NameAddress,
            2 => Self::LocalDirectory,
            3 => Self::Marketing,
            4 => Self::Research,
            other => Self::Other(other),
        }
    }
}

impl serde::Serialize for ProtectionType {
    /// Its name in advisories; a code that has none as `other0005`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::NameAddress => serializer.serialize_str("nameAddress"),
            Self::LocalDirectory => serializer.serialize_str("localDirectory"),
            Self::Marketing => serializer.serialize_str("marketing"),
            Self::Research => serializer.serialize_str("research"),
            Self::Other(code) => serializer.collect_str(&format_args!("other{code:04}")),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(redacted)")
    }
}

impl fmt::Debug for ProtectionInForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProtectionInForce(redacted)")
    }
}
