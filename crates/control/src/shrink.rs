//! The guard against a registry that would end many memberships at once.

/// Memberships that may always end at once.
const ALWAYS: u64 = 100;
/// The share of all memberships that may always end at once, in per cent.
const PERCENT: u64 = 10;

/// What a change of the registry would end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Memberships before it.
    pub members: u64,
    /// How many of them it would end.
    pub ended: u64,
}

/// What becomes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes on.
    Publish,
    /// It waits until somebody accepts it.
    Hold,
}

/// A change that would end over 100 and over 10 % of the memberships waits, unless it was accepted.
#[must_use]
pub fn decide(loss: Loss, accepted: bool) -> Decision {
    let many = loss.ended > ALWAYS && u128::from(loss.ended) * 100 > u128::from(loss.members) * u128::from(PERCENT);
    if many && !accepted { Decision::Hold } else { Decision::Publish }
}
