//! The guard against a registry that would end many memberships at once.

use std::collections::{BTreeMap, BTreeSet};

use cpr::{Facts, Records, State};
use jiff::civil::Date;
use registry::{Registry, SubscriptionId};
use store::{Store, StoreError};

/// Persons that are looked at in one go.
const CHUNK: usize = 500;

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

/// Why the loss cannot be counted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LossError {
    /// The store cannot be read.
    #[error("the memberships that a change would end cannot be counted")]
    Store(#[from] StoreError),
}

/// Counts what moving from `old` to `new` would end on `today`.
///
/// Stored persons are walked through only if the answer could make the change wait; otherwise every member of a
/// changed selection counts as ended.
///
/// # Errors
/// [`LossError`] if the store cannot be read.
pub async fn loss(store: &Store, old: &Registry, new: &Registry, today: Date) -> Result<Loss, LossError> {
    let counts = store.count_members().await?;
    // Members of subscriptions that are gone already leave without asking again.
    let known = counts.iter().filter(|(id, _)| old.subscription(*id).is_some());
    let counts: Vec<(SubscriptionId, u64)> =
        known.map(|(id, count)| (*id, u64::try_from(*count).unwrap_or(0))).collect();
    let sum = |keep: &dyn Fn(SubscriptionId) -> bool| {
        counts.iter().filter(|(id, _)| keep(*id)).map(|(_, count)| count).sum::<u64>()
    };
    let members = sum(&|_| true);
    let gone = sum(&|id| new.subscription(id).is_none());
    let changed: BTreeSet<SubscriptionId> =
        counts.iter().map(|(id, _)| *id).filter(|id| differs(old, new, *id)).collect();
    let worst = Loss { members, ended: gone + sum(&|id| changed.contains(&id)) };
    if changed.is_empty() || decide(worst, false) == Decision::Publish {
        return Ok(worst);
    }
    let left = count_left(store, new, &changed, today).await?;
    Ok(Loss { members, ended: gone + left })
}

/// Whether a subscription is in both with another rule whom it selects.
fn differs(old: &Registry, new: &Registry, id: SubscriptionId) -> bool {
    match (old.subscription(id), new.subscription(id)) {
        (Some(old), Some(new)) => old.clauses != new.clauses || old.until != new.until,
        _ => false,
    }
}

/// Walks through the stored persons and counts the memberships in `changed` that `new` does not give any more.
async fn count_left(
    store: &Store,
    new: &Registry,
    changed: &BTreeSet<SubscriptionId>,
    today: Date,
) -> Result<u64, LossError> {
    let (mut left, mut position) = (0, None);
    loop {
        let persons = store.persons_after(position, CHUNK).await?;
        let Some(last) = persons.last() else { return Ok(left) };
        position = Some(last.id);
        let mut facts = BTreeMap::new();
        for person in &persons {
            // Whose snapshot is damaged keeps the memberships, as in the reselection.
            facts.extend(facts_of(person).map(|facts| (person.id, facts)));
        }
        let ids: Vec<_> = facts.keys().copied().collect();
        let memberships = store.begin().await?.memberships(&ids).await?;
        let ends = |membership: &&store::Membership| {
            let selects =
                |facts| new.subscription(membership.subscription).is_some_and(|one| one.selects(facts, today));
            changed.contains(&membership.subscription) && !facts.get(&membership.person).is_some_and(selects)
        };
        left += memberships.iter().filter(ends).count() as u64;
    }
}

fn facts_of(person: &store::Person) -> Option<Facts> {
    let Some(snapshot) = &person.current else { return Some(Facts::default()) };
    let records = Records::from_stored(&snapshot.body.0).ok()?;
    Some(store::Facts::selecting(&State::of(&records, snapshot.known), Some(&person.facts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_waits_only_over_100_and_over_10_per_cent() {
        for (members, ended, expected) in [
            (0, 0, Decision::Publish),
            (100, 100, Decision::Publish),
            (101, 101, Decision::Hold),
            (1010, 101, Decision::Publish),
            (1009, 101, Decision::Hold),
            (1_000_000, 100_000, Decision::Publish),
            (1_000_000, 100_001, Decision::Hold),
            (u64::MAX, u64::MAX, Decision::Hold),
        ] {
            assert_eq!(decide(Loss { members, ended }, false), expected, "{ended} of {members}");
            assert_eq!(decide(Loss { members, ended }, true), Decision::Publish);
        }
    }
}
