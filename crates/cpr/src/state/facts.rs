//! What decides whether a subscription selects a person.

use std::fmt;

use super::{Field, ProtectionType, State, Value};
use crate::CprDate;

/// The facts of a person that selection looks at; `None` where absent or not known. `Debug` hides them.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// The municipality of the address in force (002 KOMKOD).
    pub municipality: Option<u16>,
    /// The birth date (001 `FOED_DT`).
    pub born: Option<CprDate>,
    /// The person status (001 STATUS).
    pub status: Option<u8>,
}

impl State {
    /// The facts that selection looks at.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let code = |field| match self.get(field) {
            Some(Value::Code(code)) => code.parse::<u16>().ok(),
            _ => None,
        };
        let born = if let Some(Value::Date(date)) = self.get(Field::Born) { Some(*date) } else { None };
        let status = code(Field::Status).and_then(|status| u8::try_from(status).ok());
        Facts { municipality: code(Field::Municipality), born, status }
    }

    /// Whether name and address are protected: a protection 0001 is in force. Its planned removal date never ends it;
    /// only its absence in a later snapshot does.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        let Some(Value::Protections(protections)) = self.get(Field::Protections) else { return false };
        protections.iter().any(|protection| protection.kind == ProtectionType::NameAddress)
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Facts(redacted)")
    }
}
