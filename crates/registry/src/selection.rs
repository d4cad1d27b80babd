//! Selection: the rule which persons a subscription covers.

use cpr::state::Facts;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{AgeRange, Registry, Subscription};

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

impl Clause {
    /// Whether the clause covers a person with these facts on `today`. An unknown fact satisfies no condition.
    #[must_use]
    pub fn selects(&self, facts: &Facts, today: Date) -> bool {
        let lives = self.municipalities.is_empty()
            || residence(facts).is_some_and(|municipality| self.municipalities.binary_search(&municipality).is_ok());
        let aged = self.age.is_none_or(|range| {
            grows_older(facts.status) && facts.born.is_some_and(|born| range.contains(born, today))
        });
        !self.is_empty() && lives && aged
    }

    /// Whether the clause holds no condition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.municipalities.is_empty() && self.age.is_none()
    }
}

/// The municipality in which a person lives. CPR may deliver the last address of the dead, the departed and the
/// disappeared (002 with status 70, 80 or 90): they live in none.
fn residence(facts: &Facts) -> Option<Municipality> {
    facts.municipality.filter(|municipality| *municipality != 0 && facts.status.is_none_or(|status| status < 30))
}

/// Whether a person with this status has an age: not the dead (90), and not numbers that stand for nobody any more
/// (30 annulled, 50 deleted, 60 changed).
fn grows_older(status: Option<u8>) -> bool {
    !matches!(status, Some(30 | 50 | 60 | 90))
}

impl Subscription {
    /// Whether it still selects on `today`: `until` is its last day.
    #[must_use]
    pub fn runs_on(&self, today: Date) -> bool {
        today <= self.until
    }

    /// Whether it covers a person with these facts on `today`. An ended subscription covers nobody.
    #[must_use]
    pub fn selects(&self, facts: &Facts, today: Date) -> bool {
        self.runs_on(today) && self.clauses.iter().any(|clause| clause.selects(facts, today))
    }
}

impl Registry {
    /// The subscriptions that cover a person with these facts on `today`, in the order of the registry.
    #[must_use]
    pub fn selected(&self, facts: &Facts, today: Date) -> Vec<&Subscription> {
        self.subscriptions.iter().filter(|subscription| subscription.selects(facts, today)).collect()
    }
}

#[cfg(test)]
mod tests;
