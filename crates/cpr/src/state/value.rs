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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ProtectionType {
    /// 0001: name and address.
    NameAddress,
    /// 0002: local directory.
    LocalDirectory,
    /// 0003: marketing.
    Marketing,
    /// 0004: research.
    Research,
    /// Any other code.
    #[serde(rename = "other")]
    Other(u16),
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
