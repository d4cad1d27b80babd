//! Ages in completed years.

use serde::{Deserialize, Serialize};

/// Ages in completed years, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeRange {
    /// The lowest age.
    pub from: u8,
    /// The highest age; `None` is no upper end.
    pub to: Option<u8>,
}
