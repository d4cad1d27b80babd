//! One chunk, one transaction: numbers, snapshots, memberships, events, lanes, quarantine and the checkpoint.
//!
//! A number whose person has status 50 or 60 (given twice, changed) is stored as a person of its own: the tables can hold
//! one person with many numbers, but nothing joins them yet.

use std::collections::HashMap;

use advisory::matching::{self, Decision, Member, Subject, World, decide};
use advisory::record::{Outcome, Unit, deliverable, event_codes};
use advisory::reselect::{state_of, unfinished};
use bus::Message;
use cpr::{FieldSet, PersonNumber, State};
use jiff::Timestamp;
use jiff::civil::Date;
use registry::SourceId;
use runtime::{Chance, copenhagen};
use serde::{Deserialize, Serialize};
use store::{
    Cause, CurrentRegistry, ExtractId, Held, Membership, NewNumber, NewQuarantined, NewSnapshot, NumberId, NumberState,
    Numbered, Person, PersonId, PersonUpdate, SnapshotId, SnapshotKind, Store, StoreError, Tx,
};

use crate::prepare::{Arrived, Aside, Prepared};

/// What is the same for every chunk of a file.
pub(crate) struct File {
    pub(crate) source: SourceId,
    pub(crate) extract: ExtractId,
    pub(crate) production_date: Date,
    /// No event record in the file.
    pub(crate) load: bool,
    /// Older than the last applied file: kept, but it makes nothing happen.
    pub(crate) history: bool,
    /// What its snapshots can speak about.
    pub(crate) known: FieldSet,
}

/// What became of the persons of a file so far; stored with the checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Counts {
    /// Persons with a new snapshot.
    pub stored: u64,
    /// Those of them that were not stored before.
    pub new: u64,
    /// Persons whom nobody selects and who are not stored.
    pub surplus: u64,
    /// Snapshots that are older than what is in force.
    pub history: u64,
    /// Persons put aside.
    pub quarantined: u64,
    /// Lines without a person, put aside.
    pub strays: u64,
    /// Memberships that began.
    pub entered: u64,
    /// Memberships that ended.
    pub left: u64,
    /// Advisories recorded.
    pub advisories: u64,
}

/// What the unit of work runs with.
pub(crate) struct Worker<'a> {
    pub(crate) store: &'a Store,
    pub(crate) chance: &'a Chance,
    pub(crate) held: &'a Held,
    pub(crate) retention: jiff::SignedDuration,
}

/// What a chunk came to.
pub(crate) enum Applied {
    /// Committed: publish these.
    Done(Counts, Vec<Message>),
    /// The registry moved: read it and apply the chunk again.
    Moved,
}

/// What is stored about the persons of a chunk.
struct Known {
    numbers: HashMap<PersonNumber, Numbered>,
    persons: HashMap<PersonId, Person>,
    members: HashMap<PersonId, Vec<Member>>,
}

/// A person of the chunk that will be stored.
struct Accepted<'a> {
    arrived: &'a Arrived,
    person: PersonId,
    new: bool,
    before: Option<SnapshotId>,
    facts: store::Facts,
    /// `None` for history.
    decision: Option<(Decision, FieldSet)>,
}

impl Worker<'_> {
    /// Applies one chunk and moves the checkpoint with it.
    pub(crate) async fn chunk(
        &self,
        file: &File,
        current: &CurrentRegistry,
        chunk: &Prepared,
        mut counts: Counts,
    ) -> Result<Applied, StoreError> {
        let now = self.store.now().await?;
        let today = copenhagen::today(now);
        let mut tx = self.store.begin().await?;
        tx.fence(self.held).await?;
        if tx.lock_registry().await? != Some(current.version) {
            return Ok(Applied::Moved);
        }
        let known = Known::of(&mut tx, chunk).await?;
        let unfinished = unfinished(&current.registry, &tx.subscriptions().await?);
        let world = World { registry: &current.registry, today, unfinished: &unfinished };
        let accepted: Vec<_> =
            chunk.arrived.iter().filter_map(|arrived| self.judge(file, &world, &known, arrived)).collect();
        counts.add(chunk, &accepted);
        let numbers = self.numbers(&mut tx, &known, &accepted, &chunk.aside).await?;
        let snapshots = self.snapshots(&mut tx, file, &numbers, &accepted).await?;
        let unit = Unit {
            cause: Cause::Extract,
            extract: Some(file.extract),
            registry_version: current.version,
            deliverable: &deliverable(&current.registry),
            now,
            chance: self.chance,
        };
        let messages = unit.record(&mut tx, &outcomes(&accepted, &snapshots)).await?;
        self.put_aside(&mut tx, file, &numbers, &chunk.aside, now).await?;
        let good: Vec<NumberId> =
            chunk.arrived.iter().filter_map(|arrived| numbers.get(&arrived.number).copied()).collect();
        if !file.history && !good.is_empty() {
            tx.release_quarantine(&good, file.extract).await?;
        }
        let text = serde_json::to_string(&counts).unwrap_or_default();
        tx.advance_extract(file.extract, chunk.from, chunk.to, self.held.epoch, &text).await?;
        tx.commit().await?;
        Ok(Applied::Done(counts, messages))
    }

    /// The last transaction of a file: what no chunk took, and the mark that it is applied.
    pub(crate) async fn finish(&self, file: &File, rest: &Prepared, mut counts: Counts) -> Result<Counts, StoreError> {
        let now = self.store.now().await?;
        let mut tx = self.store.begin().await?;
        tx.fence(self.held).await?;
        self.put_aside(&mut tx, file, &HashMap::new(), &rest.aside, now).await?;
        counts.strays += rest.strays;
        let text = serde_json::to_string(&counts).unwrap_or_default();
        tx.advance_extract(file.extract, rest.from, rest.to, self.held.epoch, &text).await?;
        tx.finish_extract(file.extract, self.held.epoch).await?;
        tx.commit().await?;
        Ok(counts)
    }

    /// Decides about one person; `None` for a surplus person.
    fn judge<'a>(&self, file: &File, world: &World<'_>, known: &Known, arrived: &'a Arrived) -> Option<Accepted<'a>> {
        let stored = known.person(arrived.number);
        let before = stored.and_then(|person| person.current.as_ref());
        let older = before.is_some_and(|snapshot| snapshot.production_date > file.production_date);
        if file.history || older {
            let person = stored?.id;
            let facts = stored?.facts.clone();
            return Some(Accepted { arrived, person, new: false, before: None, facts, decision: None });
        }
        let former = before.and_then(|snapshot| {
            let state = state_of(snapshot);
            // A damaged snapshot is as good as none: nothing can be said to have changed, and the new one replaces it.
            state
                .inspect_err(|error| tracing::error!(snapshot = snapshot.id.0, %error, "a stored snapshot is damaged"))
                .ok()
        });
        let changed = former.as_ref().map_or(FieldSet::NONE, |former| State::changed(former, &arrived.state));
        let known_facts = stored.map(|person| &person.facts);
        let subject = Subject {
            members: stored.and_then(|person| known.members.get(&person.id)).map_or(&[], Vec::as_slice),
            before: former.as_ref().map(|state| store::Facts::selecting(state, known_facts)),
            after: store::Facts::selecting(&arrived.state, known_facts),
            changed,
            cause: matching::Cause::Extract { load: file.load },
        };
        let decision = decide(world, &subject);
        if stored.is_none() && !decision.selected {
            return None;
        }
        Some(Accepted {
            arrived,
            person: stored.map_or_else(|| PersonId(self.chance.uuid4()), |person| person.id),
            new: stored.is_none(),
            before: before.map(|snapshot| snapshot.id),
            facts: store::Facts::of(&arrived.state, known_facts),
            decision: Some((decision, changed)),
        })
    }

    /// Every number that the chunk stores, with its row: persons, their relatives, and the keys of persons put aside.
    async fn numbers(
        &self,
        tx: &mut Tx,
        known: &Known,
        accepted: &[Accepted<'_>],
        aside: &[Aside],
    ) -> Result<HashMap<PersonNumber, NumberId>, StoreError> {
        let mut rows: HashMap<_, _> = known.numbers.iter().map(|(number, row)| (*number, row.id)).collect();
        let mut assign = Vec::new();
        let mut own: HashMap<PersonNumber, PersonId> = HashMap::new();
        for one in accepted.iter().filter(|one| one.new) {
            match known.numbers.get(&one.arrived.number) {
                Some(row) => assign.push((row.id, one.person, NumberState::Current)),
                None => drop(own.insert(one.arrived.number, one.person)),
            }
        }
        let relatives = accepted.iter().flat_map(|one| one.arrived.records.numbers());
        let mut named: Vec<_> = relatives.chain(aside.iter().filter_map(|one| one.number)).collect();
        named.sort_unstable();
        named.dedup();
        named.retain(|number| !rows.contains_key(number) && !own.contains_key(number));
        if !named.is_empty() {
            rows.extend(tx.numbers(&named).await?.into_iter().map(|row| (row.number, row.id)));
        }
        let mut missing: Vec<NewNumber> = named
            .into_iter()
            .filter(|number| !rows.contains_key(number))
            .map(|number| NewNumber { number, person: None, state: NumberState::Referenced })
            .collect();
        missing.extend(own.into_iter().map(|(number, person)| NewNumber {
            number,
            person: Some(person),
            state: NumberState::Current,
        }));
        missing.sort_unstable_by_key(|new| new.number);
        if !missing.is_empty() {
            rows.extend(tx.insert_numbers(&missing).await?.into_iter().map(|row| (row.number, row.id)));
        }
        if !assign.is_empty() {
            tx.assign_numbers(&assign).await?;
        }
        Ok(rows)
    }

    async fn snapshots(
        &self,
        tx: &mut Tx,
        file: &File,
        numbers: &HashMap<PersonNumber, NumberId>,
        accepted: &[Accepted<'_>],
    ) -> Result<Vec<SnapshotId>, StoreError> {
        if accepted.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = Vec::with_capacity(accepted.len());
        for one in accepted {
            rows.push(NewSnapshot {
                person: one.person,
                source: file.source,
                extract: Some(file.extract),
                kind: SnapshotKind::Records,
                known: file.known,
                production_date: file.production_date,
                body: self.store.pack(&tokenised(one, numbers)?),
            });
        }
        let snapshots = tx.insert_snapshots(&rows).await?;
        let current = accepted.iter().zip(&snapshots).filter(|(one, _)| one.decision.is_some());
        let updates: Vec<_> = current
            .map(|(one, snapshot)| PersonUpdate {
                id: one.person,
                snapshot: *snapshot,
                production_date: file.production_date,
                facts: one.facts.clone(),
            })
            .collect();
        if !updates.is_empty() {
            tx.put_persons(&updates).await?;
        }
        Ok(snapshots)
    }

    async fn put_aside(
        &self,
        tx: &mut Tx,
        file: &File,
        numbers: &HashMap<PersonNumber, NumberId>,
        aside: &[Aside],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if aside.is_empty() {
            return Ok(());
        }
        let until = now.checked_add(self.retention).unwrap_or(Timestamp::MAX);
        let rows = aside.iter().map(|one| NewQuarantined {
            source: file.source,
            extract: file.extract,
            number: one.number.and_then(|number| numbers.get(&number).copied()),
            line: one.line,
            code: one.code.clone(),
            reason: one.reason.clone(),
            sealed: one.sealed.clone(),
            until,
        });
        tx.quarantine(&rows.collect::<Vec<_>>()).await
    }
}

impl Known {
    async fn of(tx: &mut Tx, chunk: &Prepared) -> Result<Self, StoreError> {
        let keys: Vec<_> = chunk.arrived.iter().map(|arrived| arrived.number).collect();
        let numbers: HashMap<_, _> = tx.numbers(&keys).await?.into_iter().map(|row| (row.number, row)).collect();
        let ids: Vec<PersonId> = numbers.values().filter_map(|row| row.person).collect();
        if ids.is_empty() {
            return Ok(Self { numbers, persons: HashMap::new(), members: HashMap::new() });
        }
        let persons = tx.persons(&ids).await?.into_iter().map(|person| (person.id, person)).collect();
        let mut members: HashMap<PersonId, Vec<Member>> = HashMap::new();
        for Membership { subscription, person, consumer, .. } in tx.memberships(&ids).await? {
            members.entry(person).or_default().push(Member { subscription, consumer });
        }
        Ok(Self { numbers, persons, members })
    }

    fn person(&self, number: PersonNumber) -> Option<&Person> {
        self.persons.get(&self.numbers.get(&number)?.person?)
    }
}

impl Counts {
    fn add(&mut self, chunk: &Prepared, accepted: &[Accepted<'_>]) {
        let count = |one: usize| one as u64;
        self.surplus += count(chunk.arrived.len() - accepted.len());
        self.quarantined += count(chunk.aside.iter().filter(|one| one.number.is_some()).count());
        self.strays += chunk.strays;
        for one in accepted {
            self.new += u64::from(one.new);
            match &one.decision {
                None => self.history += 1,
                Some((decision, _)) => {
                    self.stored += 1;
                    self.entered += count(decision.enter.len());
                    self.left += count(decision.leave.len());
                    self.advisories += count(decision.advisories.len());
                }
            }
        }
    }
}

/// The records with tokens for numbers. A number without a row cannot be: every number of `one` was stored before.
fn tokenised(one: &Accepted<'_>, numbers: &HashMap<PersonNumber, NumberId>) -> Result<Vec<u8>, StoreError> {
    let mut unknown = false;
    let body = one.arrived.records.tokenise(&mut |number| {
        let id = numbers.get(&number).and_then(|id| u64::try_from(id.0).ok());
        unknown |= id.is_none();
        id.unwrap_or(0)
    });
    if unknown { Err(StoreError::Impossible { column: "number.id" }) } else { Ok(body) }
}

fn outcomes(accepted: &[Accepted<'_>], snapshots: &[SnapshotId]) -> Vec<Outcome> {
    let decided = accepted.iter().zip(snapshots).filter_map(|(one, snapshot)| {
        let (decision, changed) = one.decision.as_ref()?;
        Some(Outcome {
            person: one.person,
            decision: decision.clone(),
            before: one.before,
            after: Some(*snapshot),
            changed: *changed,
            codes: event_codes(&one.arrived.records),
        })
    });
    decided.collect()
}
