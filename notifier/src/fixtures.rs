//! Declarations and heads for the tests of this crate.

use std::time::Duration;

use cpr::record::write::Line;
use cpr::{Categories, Category, Field, FieldSet, NumberField, RecordCode};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use registry::{
    Consumer, ConsumerId, Content, Limits, ObjectRef, Purpose, Registry, Retry, SecretRef, SourceId, Subscription,
    SubscriptionId, Webhook,
};
use store::{
    AdvisoryKind, Cause, EventId, EventKind, ExtractId, Head, Loaded, NewEvent, PersonId, Routed, Routing,
    SnapshotBody, SnapshotId, SnapshotKind, StoredSnapshot, Transition,
};
use uuid::Uuid;

pub(crate) const TODAY: Date = date(2026, 3, 9);

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(crate) fn consumer() -> Consumer {
    let secret = |name: &str| SecretRef { namespace: "team".to_owned(), name: name.to_owned() };
    Consumer {
        id: ConsumerId(uuid(0xc1)),
        object: ObjectRef { namespace: "team".to_owned(), name: "system".to_owned() },
        origin: "system.yaml".to_owned(),
        webhook: Webhook {
            url: "https://localhost/hook".to_owned(),
            signing_secret: secret("hook"),
            headers: None,
            ca: Some(secret("hook")),
            client_certificate: None,
            timeout: Duration::from_secs(10),
            final_statuses: vec![422],
        },
        content: Content::Changes,
        retry: Retry { schedule: vec![Duration::from_secs(5)], jitter_percent: 0 },
        expire_after: Duration::from_hours(1),
        limits: Limits { concurrency: 4, rate_per_second: 1000 },
        suspend: false,
        destinations: Vec::new(),
        revision: "1".to_owned(),
    }
}

pub(crate) fn categories(list: &[Category]) -> Categories {
    list.iter().copied().collect()
}

/// A subscription of [`consumer`] that wants and is granted these categories.
pub(crate) fn subscription(n: u128, granted: &[Category]) -> Subscription {
    Subscription {
        id: SubscriptionId(uuid(n)),
        object: ObjectRef { namespace: "team".to_owned(), name: format!("need-{n}") },
        origin: "system.yaml".to_owned(),
        source: SourceId(uuid(0x50)),
        consumer: ConsumerId(uuid(0xc1)),
        purpose: Purpose {
            description: "letters".to_owned(),
            legal_basis: "an act".to_owned(),
            owner: "team".to_owned(),
        },
        until: date(2027, 12, 31),
        clauses: Vec::new(),
        notify_on: categories(granted),
        notify_entered: true,
        categories: categories(granted),
        initial_load: false,
    }
}

pub(crate) fn registry(subscriptions: Vec<Subscription>) -> Registry {
    Registry { consumers: vec![consumer()], subscriptions, ..Registry::empty("demo") }
}

fn line(code: u16, set: impl FnOnce(&mut Line)) -> Vec<u8> {
    let mut line = Line::new(RecordCode::new(code).unwrap()).unwrap();
    line.number("pnr", NumberField::Token(77)).unwrap();
    set(&mut line);
    line.finish().trim_ascii_end().to_vec()
}

/// A snapshot of somebody who moved on 7 March 2026 and took a name on 1 February.
pub(crate) fn snapshot() -> StoredSnapshot {
    let moved = Some(cpr::CprDate::from_day(date(2026, 3, 7)));
    let named = Some(cpr::CprDate::from_day(date(2026, 2, 1)));
    let timed = |date: Option<cpr::CprDate>| date.map(|date| cpr::CprDate { time: Some((12, 0)), ..date });
    let lines = [
        line(2, |line| {
            line.digits("municipality_code", 751).unwrap().digits("road_code", 1234).unwrap();
            line.date("moved_in_at", timed(moved)).unwrap();
        }),
        line(8, |line| {
            line.text("first_names", "Planted").unwrap().text("surname", "Person").unwrap();
            line.date("name_start", timed(named)).unwrap();
        }),
        line(99, |line| {
            line.text("event_code", "A05").unwrap().text("derived_marker", "1").unwrap();
        }),
    ];
    let codes: Vec<_> = [1, 2, 8, 99].into_iter().filter_map(RecordCode::new).collect();
    StoredSnapshot {
        id: SnapshotId(2),
        person: PersonId(uuid(0xa1)),
        source: SourceId(uuid(0x50)),
        extract: Some(ExtractId(9)),
        kind: SnapshotKind::Records,
        known: FieldSet::known_from(&codes),
        production_date: date(2026, 3, 8),
        body: SnapshotBody(lines.join(&b'\n')),
    }
}

/// A head about a changed address and name, routed as given.
pub(crate) fn loaded(kind: AdvisoryKind, routed: &[(u128, Transition)]) -> Loaded {
    let routed = routed.iter().map(|&(n, transition)| Routed { id: SubscriptionId(uuid(n)), transition });
    let event = NewEvent {
        id: EventId(uuid(0xe1)),
        person: PersonId(uuid(0xa1)),
        cause: Cause::Extract,
        kind: EventKind::Changed,
        extract: Some(ExtractId(9)),
        before: Some(SnapshotId(1)),
        after: Some(SnapshotId(2)),
        changed: [Field::Municipality, Field::Street, Field::Family].into_iter().collect(),
        codes: vec!["A05:1".to_owned(), "P02".to_owned()],
        registry_version: 1,
        recorded_at: at("2026-03-09T01:02:03.456Z"),
        traceparent: format!("00-{}-{}-01", "1".repeat(32), "2".repeat(16)),
    };
    Loaded {
        head: Head { consumer: ConsumerId(uuid(0xc1)), person: event.person, event: event.id },
        seq: 7,
        routing: Routing { kind, subscriptions: routed.collect() },
        tries: 0,
        attempts: 0,
        first_attempt_at: None,
        queued_at: at("2026-03-09T01:02:04Z"),
        missed: vec![5, 6],
        event,
        after: Some(snapshot()),
        protected: false,
        registry_version: 1,
    }
}
