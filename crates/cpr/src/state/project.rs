//! A state cut down to the granted categories, under the JSON names of advisories.

use std::fmt;

use serde::Serialize;

use super::State;
use crate::Categories;

/// Whether the address of a protected person is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// Everything granted is shown.
    Open,
    /// The address is replaced by `{"kind": …, "protected": true}`.
    Protected,
}

/// The values that a consumer may see. Serialize it; `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Projection {}

/// Which country's form an address has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AddressKind {
    /// Denmark.
    Dk,
    /// Greenland (municipalities 0900 to 0999).
    Gl,
}

impl Projection {
    /// What of `state` the categories grant, and the state knows.
    #[must_use]
    pub fn of(state: &State, granted: Categories, mask: Mask) -> Self {
        let _ = (state, granted, mask);
        unimplemented!()
    }
}

impl fmt::Debug for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Projection(redacted)")
    }
}
