//! Reselection: the walk over every stored person after the registry or the day changed.
//!
//! A walk belongs to one registry version and one Copenhagen day. It covers new, changed and vanished subscriptions,
//! `until`, and ageing in and out. It goes in person order and commits its position with each chunk, so that it resumes
//! where it was after a crash. Persons that are not stored cannot be found; they enter when they are delivered.

use std::collections::BTreeSet;

use bus::Message;
use cpr::token::StoredError;
use cpr::{Records, State};
use jiff::civil::Date;
use registry::{Registry, Subscription, SubscriptionId};
use runtime::{Chance, copenhagen};
use serde::{Deserialize, Serialize};
use store::{
    Cause as Origin, CurrentRegistry, Facts, Held, Person, PersonId, Reselection, Store, StoreError, StoredSnapshot,
    StoredSubscription, Tx,
};

use crate::matching::{Cause, Decision, Member, Subject, World, decide};
use crate::record::{Outcome, Unit, deliverable};

/// Persons of one transaction.
pub const CHUNK: usize = 200;

/// Why a reselection stopped. It can be begun again at its last position.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReselectError {
    /// The store failed.
    #[error("a chunk of the reselection was not stored")]
    Store(#[from] StoreError),
    /// The counts of the walk are no JSON of ours.
    #[error("the stored counts of the reselection cannot be read")]
    Counts(#[source] serde_json::Error),
}

/// A stored snapshot cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("snapshot {snapshot} is damaged; restore it from a backup or have the person delivered again")]
pub struct SnapshotError {
    /// The row.
    pub snapshot: store::SnapshotId,
    /// What is wrong with it.
    #[source]
    pub source: StoredError,
}

/// What a walk did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Persons looked at.
    pub persons: u64,
    /// Memberships that began.
    pub entered: u64,
    /// Memberships that ended.
    pub left: u64,
    /// Advisories recorded.
    pub advisories: u64,
}

/// What one step did.
#[derive(Clone, Debug)]
pub enum Step {
    /// Every person was looked at for the registry version and the day in force.
    Idle,
    /// The registry moved between reading and locking it: read it and step again.
    Moved,
    /// One chunk was committed.
    Chunk {
        /// So far.
        counts: Counts,
        /// To publish.
        messages: Vec<Message>,
    },
    /// The walk reached the end.
    Done {
        /// In all.
        counts: Counts,
    },
}

/// Does one chunk of the walk that is due for `current` and today, if one is due.
///
/// # Errors
/// [`ReselectError`]; nothing of the chunk is stored then.
pub async fn step(
    store: &Store,
    held: &Held,
    chance: &Chance,
    current: &CurrentRegistry,
) -> Result<Step, ReselectError> {
    let now = store.now().await?;
    let today = copenhagen::today(now);
    let last = store.last_reselection().await?;
    let same = |walk: &Reselection| walk.registry_version == current.version && walk.day == today;
    if last.as_ref().is_some_and(|walk| same(walk) && walk.done_at.is_some()) {
        return Ok(Step::Idle);
    }
    let mut tx = store.begin().await?;
    tx.fence(held).await?;
    if tx.lock_registry().await? != Some(current.version) {
        return Ok(Step::Moved);
    }
    let walk = tx.open_reselection(current.version, today).await?;
    if walk.done_at.is_some() {
        // A clock that was set back: that day's walk was made, and a later one too.
        return Ok(Step::Idle);
    }
    if walk.position.is_none() {
        let stored = tx.subscriptions().await?;
        tx.put_subscriptions(&remembered(&current.registry, stored)).await?;
    }
    let mut counts: Counts = counts_of(&walk)?;
    let persons = tx.persons_after(walk.position, CHUNK).await?;
    let Some(last) = persons.last().map(|person| person.id) else {
        let all: Vec<_> = current.registry.subscriptions.iter().map(|subscription| subscription.id).collect();
        tx.initial_load_done(&all).await?;
        tx.finish_reselection(&walk).await?;
        tx.commit().await?;
        return Ok(Step::Done { counts });
    };
    let outcomes = outcomes(&mut tx, &current.registry, today, &persons).await?;
    let unit = Unit {
        cause: Origin::Registry,
        extract: None,
        registry_version: current.version,
        deliverable: &deliverable(&current.registry),
        now,
        chance,
    };
    let messages = unit.record(&mut tx, &outcomes).await?;
    counts.add(persons.len(), outcomes.iter().map(|outcome| &outcome.decision));
    let text = serde_json::to_string(&counts).map_err(ReselectError::Counts)?;
    tx.advance_reselection(&walk, last, &text).await?;
    tx.commit().await?;
    Ok(Step::Chunk { counts, messages })
}

/// Counts what a walk with this registry would do today and stores nothing. It reads in short transactions of its own.
///
/// # Errors
/// [`ReselectError`] if the store cannot be read.
pub async fn dry_run(store: &Store, registry: &Registry) -> Result<Counts, ReselectError> {
    let today = copenhagen::today(store.now().await?);
    let (mut counts, mut position) = (Counts::default(), None);
    loop {
        let persons = store.persons_after(position, CHUNK).await?;
        let Some(last) = persons.last() else { return Ok(counts) };
        position = Some(last.id);
        let mut tx = store.begin().await?;
        let outcomes = outcomes(&mut tx, registry, today, &persons).await?;
        counts.add(persons.len(), outcomes.iter().map(|outcome| &outcome.decision));
    }
}

impl Counts {
    fn add<'a>(&mut self, persons: usize, decisions: impl Iterator<Item = &'a Decision>) {
        self.persons += persons as u64;
        for decision in decisions {
            self.entered += decision.enter.len() as u64;
            self.left += decision.leave.len() as u64;
            self.advisories += decision.advisories.len() as u64;
        }
    }
}

/// The subscriptions of `registry` whose own reselection has not reached the end: unknown to the store, not done, or
/// done with another selection.
#[must_use]
pub fn unfinished(registry: &Registry, stored: &[StoredSubscription]) -> BTreeSet<SubscriptionId> {
    let done = |subscription: &Subscription| {
        let row = stored.iter().find(|row| row.id == subscription.id);
        row.is_some_and(|row| row.initial_load_done && row.selection == selection(subscription))
    };
    registry.subscriptions.iter().filter(|one| !done(one)).map(|one| one.id).collect()
}

/// Reads a stored snapshot.
///
/// # Errors
/// [`SnapshotError`] if it is damaged.
pub fn state_of(snapshot: &StoredSnapshot) -> Result<State, SnapshotError> {
    let records = Records::from_stored(&snapshot.body.0);
    let records = records.map_err(|source| SnapshotError { snapshot: snapshot.id, source })?;
    Ok(State::of(&records, snapshot.known))
}

/// What decides whom a subscription selects; a change of it makes the subscription's reselection due again.
fn selection(subscription: &Subscription) -> String {
    serde_json::to_string(&(&subscription.clauses, subscription.until)).unwrap_or_default()
}

/// The rows of every subscription. One that vanished selects nobody any more: if it comes back, also with the same
/// selection, its reselection is due again.
fn remembered(registry: &Registry, stored: Vec<StoredSubscription>) -> Vec<StoredSubscription> {
    let row = |subscription: &Subscription| StoredSubscription {
        id: subscription.id,
        consumer: subscription.consumer,
        object: subscription.object.to_string(),
        purpose: serde_json::to_string(&subscription.purpose).unwrap_or_default(),
        selection: selection(subscription),
        initial_load_done: false,
    };
    let vanished = stored.into_iter().filter(|one| registry.subscription(one.id).is_none());
    let vanished = vanished.map(|one| StoredSubscription { selection: String::new(), initial_load_done: false, ..one });
    registry.subscriptions.iter().map(row).chain(vanished).collect()
}

fn counts_of(walk: &Reselection) -> Result<Counts, ReselectError> {
    if walk.counts.is_empty() {
        return Ok(Counts::default());
    }
    serde_json::from_str(&walk.counts).map_err(ReselectError::Counts)
}

async fn outcomes(
    tx: &mut Tx,
    registry: &Registry,
    today: Date,
    persons: &[Person],
) -> Result<Vec<Outcome>, ReselectError> {
    let ids: Vec<PersonId> = persons.iter().map(|person| person.id).collect();
    let members = tx.memberships(&ids).await?;
    let unfinished = unfinished(registry, &tx.subscriptions().await?);
    let world = World { registry, today, unfinished: &unfinished };
    let mut outcomes = Vec::new();
    for person in persons {
        // A merged person is an alias: its memberships are those of the other one.
        let (Some(current), None) = (&person.current, person.merged_into) else { continue };
        let stored = members.iter().filter(|member| member.person == person.id);
        let stored: Vec<_> =
            stored.map(|one| Member { subscription: one.subscription, consumer: one.consumer }).collect();
        let facts = match state_of(current) {
            Ok(state) => Facts::selecting(&state, Some(&person.facts)),
            // One damaged snapshot must not stop the walk for everybody; the person keeps its memberships.
            Err(error) => {
                tracing::error!(%error, "a person is left out of the reselection");
                continue;
            }
        };
        let subject = Subject {
            members: &stored,
            before: Some(facts),
            after: facts,
            changed: cpr::FieldSet::NONE,
            cause: Cause::Registry,
        };
        let decision = decide(&world, &subject);
        if !decision.enter.is_empty() || !decision.leave.is_empty() {
            outcomes.push(Outcome {
                person: person.id,
                decision,
                before: Some(current.id),
                after: Some(current.id),
                changed: cpr::FieldSet::NONE,
                codes: Vec::new(),
            });
        }
    }
    Ok(outcomes)
}
