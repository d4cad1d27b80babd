//! The record code: the first three digits of each line.

use std::fmt;

/// A record code, 000 to 999.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordCode(u16);

impl RecordCode {
    /// 000: start record with task number and production dates.
    pub const START: Self = Self(0);
    /// 001: the person; its arrival replaces all that was stored for the person.
    pub const PERSON: Self = Self(1);
    /// 002: current address as codes.
    pub const ADDRESS: Self = Self(2);
    /// 003: current address in clear text, delivered after all other records.
    pub const ADDRESS_TEXT: Self = Self(3);
    /// 004: one protection.
    pub const PROTECTION: Self = Self(4);
    /// 008: current name.
    pub const NAME: Self = Self(8);
    /// 012: current civil status.
    pub const CIVIL_STATUS: Self = Self(12);
    /// 013: current separation.
    pub const SEPARATION: Self = Self(13);
    /// 022: a former person number.
    pub const FORMER_NUMBER: Self = Self(22);
    /// 099: an event of the day.
    pub const EVENT: Self = Self(99);
    /// 910: an error in the customer's input.
    pub const INPUT_ERROR: Self = Self(910);
    /// 997: receipt for a deleted subscription.
    pub const RECEIPT: Self = Self(997);
    /// 999: end record with the counter.
    pub const END: Self = Self(999);

    /// The code `value`.
    ///
    /// Returns `None` above 999.
    #[must_use]
    pub const fn new(value: u16) -> Option<Self> {
        if value < 1000 { Some(Self(value)) } else { None }
    }

    /// Reads three ASCII digits.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [a, b, c] if bytes.iter().all(u8::is_ascii_digit) => {
                let digit = |byte: &u8| u16::from(byte - b'0');
                Self::new(digit(a) * 100 + digit(b) * 10 + digit(c))
            }
            _ => None,
        }
    }

    /// The code as a number, 0 to 999.
    #[must_use]
    pub const fn value(self) -> u16 {
        self.0
    }
}

impl fmt::Display for RecordCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // padded as a whole, so that it can be aligned like any text
        f.pad(&format!("{:03}", self.0))
    }
}

impl fmt::Debug for RecordCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<RecordCode> for String {
    fn from(code: RecordCode) -> Self {
        code.to_string()
    }
}

impl TryFrom<String> for RecordCode {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(text.as_bytes())
            .ok_or_else(|| format!("a record code is three digits such as \"001\", not {text:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_three_digits_and_can_be_aligned() {
        assert_eq!(RecordCode::ADDRESS.to_string(), "002");
        assert_eq!(format!("{:>6}|{:<5}|", RecordCode::EVENT, RecordCode::END), "   099|999  |");
    }
}
