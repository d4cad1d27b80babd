//! Short ways to the values that tests need.

use std::collections::BTreeSet;

use cpr::{FieldSet, PersonNumber};
use jiff::Timestamp;
use registry::{ConsumerId, SourceId, SubscriptionId};
use store::*;
use uuid::Uuid;

pub(crate) fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(0xA000 + n))
}

pub(crate) fn consumer(n: u128) -> ConsumerId {
    ConsumerId(Uuid::from_u128(0xC000 + n))
}

pub(crate) fn subscription(n: u128) -> SubscriptionId {
    SubscriptionId(Uuid::from_u128(0x5000 + n))
}

pub(crate) fn source() -> SourceId {
    SourceId(Uuid::from_u128(0x7000))
}

pub(crate) fn event_id(n: u128) -> EventId {
    EventId(Uuid::from_u128(0xE_0000_0000 + n))
}

/// The n-th number of a day; made up from its parts.
pub(crate) fn number(n: u64) -> PersonNumber {
    PersonNumber::from_value(101_900_000 + n).unwrap()
}

pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

pub(crate) fn routing() -> Routing {
    Routing {
        kind: AdvisoryKind::Changed,
        subscriptions: vec![Routed { id: subscription(1), transition: Transition::Changed }],
    }
}

pub(crate) fn event(n: u128, of: PersonId, now: Timestamp) -> NewEvent {
    NewEvent {
        id: event_id(n),
        person: of,
        cause: Cause::Extract,
        kind: EventKind::Changed,
        extract: None,
        before: None,
        after: None,
        changed: FieldSet::from_bits(0b101),
        codes: vec!["A01".into(), "A05".into()],
        registry_version: 1,
        recorded_at: now,
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
    }
}

pub(crate) fn advisory(to: ConsumerId, of: PersonId, event: EventId) -> NewAdvisory {
    NewAdvisory { consumer: to, person: of, event, routing: routing() }
}

pub(crate) fn all(consumers: u128) -> BTreeSet<ConsumerId> {
    (0..consumers).map(consumer).collect()
}

/// Records event `n` about a person for consumer 0.
pub(crate) async fn record(store: &Store, n: u128, of: PersonId, deliverable: &BTreeSet<ConsumerId>) -> Vec<Opened> {
    let now = store.now().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let advisories = [advisory(consumer(0), of, event_id(n))];
    let opened = tx.record(&[event(n, of, now)], &advisories, deliverable, now).await.unwrap();
    tx.commit().await.unwrap();
    opened
}

pub(crate) fn head(n: u128, of: PersonId) -> Head {
    Head { consumer: consumer(0), person: of, event: event_id(n) }
}

pub(crate) async fn load(store: &Store, head: Head) -> Option<Loaded> {
    store.load(&[head]).await.unwrap().pop().unwrap()
}

pub(crate) fn completion(loaded: &Loaded, ending: Ending, at: Timestamp) -> Completion {
    Completion {
        head: loaded.head,
        seq: loaded.seq,
        tries: loaded.tries,
        missed: !loaded.missed.is_empty(),
        exchange: Some(Exchange { ms: 12, http_status: Some(204), digest: [7; 32] }),
        ending,
        pod: "pod-1".into(),
        at,
        registry_version: 1,
    }
}

pub(crate) async fn complete(store: &Store, loaded: &Loaded, ending: Ending) -> Vec<Queued> {
    let now = store.now().await.unwrap();
    store.complete(&[completion(loaded, ending, now)], &all(9)).await.unwrap()
}

/// Outcomes of consumer 0 as (seq, n, outcome, last).
pub(crate) async fn outcomes(store: &Store) -> Vec<(i64, i64, Outcome, bool)> {
    let attempts = store.attempts(consumer(0), 0, 1000).await.unwrap();
    attempts.iter().map(|attempt| (attempt.seq, attempt.n, attempt.outcome, attempt.last)).collect()
}

pub(crate) async fn backlog(store: &Store) -> Backlog {
    let of_first = |backlog: &Backlog| backlog.consumer == consumer(0);
    store.backlogs().await.unwrap().into_iter().find(of_first).unwrap()
}

/// Backlog lives beside the other types of the store.
pub(crate) use store::status::Backlog;
