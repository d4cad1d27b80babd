//! Selection: the rule which persons a subscription covers.

use serde::{Deserialize, Serialize};

use crate::AgeRange;

/// A municipality code, 1 to 999 (0 stands for none).
pub type Municipality = u16;

/// One alternative of a selection: every condition that it holds must be true. A clause without any is never compiled
/// and selects nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// The person lives in one of these, ascending; empty is no condition.
    pub municipalities: Vec<Municipality>,
    /// The person's age in completed years; `None` is no condition.
    pub age: Option<AgeRange>,
}
