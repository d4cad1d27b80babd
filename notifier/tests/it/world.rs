//! A store with persons, consumers with receivers, a notifier, and the part of the ingester that feeds waiting lanes.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bus::{Bus, Message};
use cprbroker_notifier::{RunError, Settings};
use jiff::{SignedDuration, Timestamp};
use registry::{
    Consumer, ConsumerId, Content, Destination, Limits, ObjectRef, Purpose, Registry, Retry, SecretRef, SourceId,
    Subscription, SubscriptionId, Webhook,
};
use runtime::{Chance, Health, Secrets};
use simulator::receiver::{Behaviour, Door, Receiver, Secret};
use store::{
    AdvisoryKind, Cause, EventId, EventKind, Facts, Feed, Held, Installation, NewAdvisory, NewEvent, NewSnapshot,
    PersonId, PersonUpdate, Routed, Routing, SnapshotKind, Store, StoreConfig, StoredAttempt, Transition,
};
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

/// Long enough for a busy machine; every wait ends as soon as its condition holds.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A key of 32 bytes that differs by `n`.
pub(crate) fn key(n: u8) -> String {
    use base64::Engine as _;
    format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode([n; 32]))
}

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) receiver: Receiver,
    pub(crate) chance: Chance,
    registry: Registry,
    version: Option<i64>,
    lease: Held,
    offset: Arc<AtomicI64>,
    _feeder: DropGuard,
}

/// A running notifier.
pub(crate) struct Running {
    pub(crate) stop: CancellationToken,
    pub(crate) task: tokio::task::JoinHandle<Result<(), RunError>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Running {
    /// Stops it in order.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        tokio::time::timeout(SOON, &mut self.task).await.expect("drains in time").unwrap().unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "the receiver compares with the clock that the store starts from")]
fn clock(offset: Arc<AtomicI64>) -> impl Fn() -> Timestamp {
    move || Timestamp::now() + SignedDuration::from_secs(offset.load(Ordering::Relaxed))
}

impl World {
    /// A world with a consumer per path, all of them accepting; `adjust` may change their declarations.
    pub(crate) async fn new(paths: &[&str], adjust: impl Fn(&mut Consumer)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&StoreConfig::new(&url)).await.unwrap();
        let whose = Installation { name: "demo".to_owned(), authority: None, environment: None };
        store.migrate(&whose).await.unwrap();
        let lease = store.seize_lease("operator", "test", Duration::from_mins(10)).await.unwrap();
        let offset = Arc::new(AtomicI64::new(0));
        let receiver = Receiver::new(Arc::new(clock(Arc::clone(&offset)))).unwrap();
        let mut registry = Registry::empty("demo");
        for (n, path) in (1..).zip(paths) {
            let secrets = vec![Secret::parse(&key(1)).unwrap()];
            let url = receiver.open(Door { path: (*path).to_owned(), port: 0, secrets }).await.unwrap();
            let mut declared = consumer(n, path, &url);
            adjust(&mut declared);
            registry.subscriptions.push(subscription(n, declared.id));
            registry.consumers.push(declared);
            write_secret(folder.path(), path, "signing-key", &key(1));
            write_secret(folder.path(), path, "ca.crt", receiver.ca_pem());
        }
        let bus = Bus::embedded(&store).await.unwrap();
        let ids = registry.consumers.iter().map(|consumer| consumer.id).collect();
        let feeder = feed(store.clone(), bus.clone(), ids);
        let chance = Chance::seeded(11);
        let mut world =
            Self { folder, store, bus, receiver, chance, registry, version: None, lease, offset, _feeder: feeder };
        world.declare(|_| {}).await;
        world
    }

    /// Publishes the registry after a change.
    pub(crate) async fn declare(&mut self, change: impl FnOnce(&mut Registry)) {
        change(&mut self.registry);
        let version = self.store.publish_registry(&self.registry, self.version, &self.lease).await.unwrap();
        self.version = Some(version);
    }

    /// Starts the notifier on this store and bus.
    pub(crate) fn notify(&self) -> Running {
        let mut settings = Settings::new("test");
        settings.poll = Duration::from_millis(20);
        let stop = CancellationToken::new();
        let secrets = Secrets::folder(self.folder.path().join("secrets"));
        let (store, bus, chance) = (self.store.clone(), self.bus.clone(), self.chance.clone());
        let run = cprbroker_notifier::run(settings, store, bus, secrets, chance, Health::new(), stop.clone());
        Running { stop, task: tokio::spawn(run) }
    }

    /// Moves the store's and the receivers' clock on by so many seconds from the beginning.
    pub(crate) fn shift(&self, seconds: i64) {
        self.offset.store(seconds, Ordering::Relaxed);
        self.store.shift_clock(SignedDuration::from_secs(seconds));
    }

    /// The queues as a new process makes them: filled from the store alone.
    pub(crate) async fn forget_queues(&mut self) {
        self.bus = Bus::embedded(&self.store).await.unwrap();
    }

    pub(crate) fn write_secret(&self, path: &str, key: &str, text: &str) {
        write_secret(self.folder.path(), path, key, text);
    }

    pub(crate) fn id(&self, path: &str) -> ConsumerId {
        let name = path.trim_start_matches('/');
        self.registry.consumers.iter().find(|consumer| consumer.object.name == name).unwrap().id
    }

    /// Records that the address of persons 1 to `persons` changed, for every consumer, as the ingester does; returns what was queued.
    pub(crate) async fn record(&self, persons: u128) {
        let now = self.store.now().await.unwrap();
        let mut tx = self.store.begin().await.unwrap();
        let (mut events, mut advisories) = (Vec::new(), Vec::new());
        for n in 1..=persons {
            let person = PersonId(Uuid::from_u128(n));
            let day = jiff::civil::date(2026, 3, 8);
            let snapshot = NewSnapshot {
                person,
                source: SourceId(Uuid::from_u128(0x50)),
                extract: None,
                kind: SnapshotKind::Records,
                known: cpr::FieldSet::NONE.with(cpr::Field::Municipality),
                production_date: day,
                body: self.store.pack(b""),
            };
            let row = tx.insert_snapshots(&[snapshot]).await.unwrap()[0];
            let update = PersonUpdate { id: person, snapshot: row, production_date: day, facts: Facts::default() };
            tx.put_persons(&[update]).await.unwrap();
            let event = NewEvent {
                id: EventId(self.chance.uuid7(now)),
                person,
                cause: Cause::Extract,
                kind: EventKind::Changed,
                extract: None,
                before: None,
                after: Some(row),
                changed: cpr::FieldSet::NONE.with(cpr::Field::Municipality),
                codes: Vec::new(),
                registry_version: self.version.unwrap(),
                recorded_at: now,
                traceparent: self.chance.traceparent(),
            };
            advisories.extend(self.registry.consumers.iter().map(|consumer| NewAdvisory {
                consumer: consumer.id,
                person,
                event: event.id,
                routing: Routing {
                    kind: AdvisoryKind::Changed,
                    subscriptions: vec![Routed { id: SubscriptionId(consumer.id.0), transition: Transition::Changed }],
                },
            }));
            events.push(event);
        }
        let deliverable: BTreeSet<_> = self.registry.consumers.iter().map(|consumer| consumer.id).collect();
        let opened = tx.record(&events, &advisories, &deliverable, now).await.unwrap();
        tx.commit().await.unwrap();
        let messages: Vec<_> = opened
            .into_iter()
            .map(|opened| Message {
                event: opened.event,
                person: opened.person,
                kind: EventKind::Changed,
                consumers: vec![opened.consumer],
                traceparent: String::new(),
            })
            .collect();
        self.bus.publish(&messages).await.unwrap();
    }

    pub(crate) async fn attempts(&self, path: &str) -> Vec<StoredAttempt> {
        self.store.attempts(self.id(path), 0, i64::MAX / 2).await.unwrap()
    }

    /// Waits until `done` holds of the attempts at a consumer, and returns them.
    pub(crate) async fn attempts_until(
        &self,
        path: &str,
        done: impl Fn(&[StoredAttempt]) -> bool,
    ) -> Vec<StoredAttempt> {
        let deadline = tokio::time::Instant::now() + SOON;
        loop {
            let attempts = self.attempts(path).await;
            if done(&attempts) {
                return attempts;
            }
            assert!(tokio::time::Instant::now() < deadline, "{path}: {attempts:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until `done` holds of the undelivered advisories of a consumer: (queued, due, all).
    pub(crate) async fn backlog_until(&self, path: &str, done: impl Fn(i64, i64, i64) -> bool) {
        let deadline = tokio::time::Instant::now() + SOON;
        let id = self.id(path);
        loop {
            let backlogs = self.store.backlogs().await.unwrap();
            let (queued, due, all) = backlogs
                .iter()
                .find(|backlog| backlog.consumer == id)
                .map_or((0, 0, 0), |backlog| (backlog.queued, backlog.due, backlog.undelivered));
            if done(queued, due, all) {
                return;
            }
            assert!(tokio::time::Instant::now() < deadline, "{path}: queued {queued}, due {due}, all {all}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn behave(&self, path: &str, behaviour: Behaviour) {
        self.receiver.behave(path, behaviour).await.unwrap();
    }

    /// Waits until a consumer accepted so many different advisories, and returns their sequences in order of arrival.
    pub(crate) async fn accepted(&self, path: &str, wanted: usize) -> Vec<u64> {
        let fresh = |all: &[simulator::receiver::Received]| -> Vec<u64> {
            let mine = all.iter().filter(|one| one.path == path && one.accepted && !one.duplicate);
            mine.map(|one| one.sequence).collect()
        };
        let done = self.receiver.wait_until(SOON, |all| fresh(all).len() >= wanted).await;
        let got = fresh(&self.receiver.received());
        assert!(done, "{path}: {} of {wanted}; refused {:?}", got.len(), self.receiver.refused());
        got
    }
}

fn write_secret(folder: &Path, path: &str, key: &str, text: &str) {
    let place = folder.join("secrets/team").join(path.trim_start_matches('/'));
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join(key), text).unwrap();
}

fn consumer(n: u128, path: &str, url: &str) -> Consumer {
    let name = path.trim_start_matches('/').to_owned();
    let secret = SecretRef { namespace: "team".to_owned(), name: name.clone() };
    let port = url.rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap().parse().unwrap();
    Consumer {
        id: ConsumerId(Uuid::from_u128(n)),
        object: ObjectRef { namespace: "team".to_owned(), name },
        origin: "test.yaml".to_owned(),
        webhook: Webhook {
            url: url.to_owned(),
            signing_secret: secret.clone(),
            headers: None,
            ca: Some(secret),
            client_certificate: None,
            timeout: Duration::from_secs(10),
            final_statuses: vec![422],
        },
        content: Content::Thin,
        retry: Retry { schedule: vec![Duration::from_secs(30); 2], jitter_percent: 20 },
        expire_after: Duration::from_hours(24),
        limits: Limits { concurrency: 4, rate_per_second: 1000 },
        suspend: false,
        destinations: vec![Destination::Cidr { net: "127.0.0.0/8".parse().unwrap(), port }],
        revision: "1".to_owned(),
    }
}

fn subscription(n: u128, consumer: ConsumerId) -> Subscription {
    let address = cpr::Categories::NONE.with(cpr::Category::Address);
    Subscription {
        id: SubscriptionId(Uuid::from_u128(n)),
        object: ObjectRef { namespace: "team".to_owned(), name: format!("need-{n}") },
        origin: "test.yaml".to_owned(),
        source: SourceId(Uuid::from_u128(0x50)),
        consumer,
        purpose: Purpose { description: "d".to_owned(), legal_basis: "l".to_owned(), owner: "o".to_owned() },
        until: jiff::civil::date(2099, 12, 31),
        clauses: Vec::new(),
        notify_on: address,
        notify_entered: true,
        categories: address,
        initial_load: false,
    }
}

/// Row 4, as the ingester does it, only more often.
fn feed(store: Store, bus: Bus, deliverable: BTreeSet<ConsumerId>) -> DropGuard {
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        let pass = Feed { longest_wait: Duration::from_hours(1), batch: 1000 };
        while !stopped.is_cancelled() {
            let fed = store.feed(&deliverable, pass).await.unwrap_or_default();
            let messages: Vec<_> = fed.into_iter().map(Message::from).collect();
            bus.publish(&messages).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    stop.drop_guard()
}
