//! A house with one source, two consumers and a folder, and files written line by line.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use cpr::record::write::Line;
use cpr::{Categories, Category, CprDate, NumberField, PersonNumber, RecordCode};
use cprbroker_ingester::{Ingester, Settings, Sweeper};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, ToSpan as _};
use registry::{
    Clause, Consumer, ConsumerId, Content, Directory, Environment, Limits, ObjectRef, Purpose, Registry, Retry,
    SecretRef, Source, SourceId, Subscription, SubscriptionId, Webhook,
};
use runtime::{Beat, Chance, Health, Sealer, copenhagen};
use simulator::delivery::{Envelope, place};
use store::{
    AdvisoryKind, Completion, Ending, Exchange, Extract, ExtractState, Head, Held, Installation, PersonId, Store,
    StoreConfig, Transition,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) const HERE: u64 = 751;
pub(crate) const THERE: u64 = 740;

/// A running house.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) ingester: Ingester,
    pub(crate) held: Held,
    pub(crate) beat: Arc<Beat>,
    pub(crate) chance: Chance,
    pub(crate) inbox: PathBuf,
    pub(crate) cancel: CancellationToken,
    sweeper: Sweeper,
    folder: tempfile::TempDir,
    version: Option<i64>,
}

/// One advisory as a consumer would get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) consumer: u128,
    pub(crate) seq: i64,
    pub(crate) person: PersonId,
    pub(crate) kind: AdvisoryKind,
    pub(crate) subscriptions: Vec<(u128, Transition)>,
    pub(crate) codes: Vec<String>,
}

fn object(name: &str) -> ObjectRef {
    ObjectRef { namespace: "test".into(), name: name.into() }
}

pub(crate) fn consumer(id: u128) -> Consumer {
    let secret = SecretRef { namespace: "test".into(), name: "secret".into() };
    Consumer {
        id: ConsumerId(Uuid::from_u128(id)),
        object: object(&format!("consumer-{id}")),
        origin: String::new(),
        webhook: Webhook {
            url: "https://consumer.example/".into(),
            signing_secret: secret,
            headers: None,
            ca: None,
            client_certificate: None,
            timeout: Duration::from_secs(15),
            final_statuses: vec![],
        },
        content: Content::Thin,
        retry: Retry { schedule: vec![Duration::from_secs(5)], jitter_percent: 20 },
        expire_after: Duration::from_hours(30 * 24),
        limits: Limits { concurrency: 8, rate_per_second: 50 },
        suspend: false,
        destinations: vec![],
        revision: "1".into(),
    }
}

/// A subscription of consumer `id / 10` to names and addresses of everybody in `municipality`.
pub(crate) fn subscription(id: u128, municipality: u64) -> Subscription {
    let categories = Categories::NONE.with(Category::Name).with(Category::Address);
    Subscription {
        id: SubscriptionId(Uuid::from_u128(id)),
        object: object(&format!("subscription-{id}")),
        origin: String::new(),
        source: SourceId(Uuid::from_u128(1)),
        consumer: ConsumerId(Uuid::from_u128(id / 10)),
        purpose: Purpose { description: "test".into(), legal_basis: "test".into(), owner: "test".into() },
        until: date(2099, 12, 31),
        clauses: vec![Clause { municipalities: vec![u16::try_from(municipality).unwrap()], age: None }],
        notify_on: categories,
        notify_entered: true,
        categories,
        initial_load: true,
    }
}

pub(crate) fn codes(codes: &[u16]) -> Vec<RecordCode> {
    codes.iter().filter_map(|code| RecordCode::new(*code)).collect()
}

pub(crate) fn source(id: u128, folder: &str, codes: &[u16]) -> Source {
    Source {
        id: SourceId(Uuid::from_u128(id)),
        object: object(&format!("source-{id}")),
        origin: String::new(),
        directory: Directory { path: folder.into(), file_pattern: "D??????.L??????*".into(), record_length: None },
        record_codes: self::codes(codes),
        suspend: false,
        grants: vec![],
    }
}

/// Consumers 1 and 2, one source, and these subscriptions.
pub(crate) fn registry(subscriptions: Vec<Subscription>) -> Registry {
    Registry {
        environment: Some(Environment::Test),
        sources: vec![source(1, "inbox", &[1, 2, 8, 15, 99])],
        consumers: vec![consumer(1), consumer(2)],
        subscriptions,
        ..Registry::empty("test")
    }
}

impl House {
    pub(crate) async fn new(registry: Registry) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&StoreConfig::new(&url)).await.unwrap();
        let installation = Installation { name: "test".into(), authority: None, environment: Some(Environment::Test) };
        store.migrate(&installation).await.unwrap();
        std::fs::create_dir(folder.path().join("inbox")).unwrap();
        let mut house = Self::in_folder(folder, store, None, 7).await;
        house.publish(&registry).await;
        house
    }

    async fn in_folder(folder: tempfile::TempDir, store: Store, version: Option<i64>, seed: u64) -> Self {
        let (bus, chance) = (Bus::embedded(&store).await.unwrap(), Chance::seeded(seed));
        let sealer = Sealer::open(&folder.path().join("key")).unwrap();
        let settings = Settings { seize: true, ..Settings::new(folder.path().to_owned(), "test".into()) };
        let cancel = CancellationToken::new();
        let ingester = Ingester::new(settings, store.clone(), bus.clone(), chance.clone(), sealer, cancel.clone());
        let inbox = folder.path().join("inbox");
        Self {
            held: ingester.lease(true).await.unwrap().unwrap(),
            beat: Arc::new(Health::new().register("test")),
            sweeper: Sweeper::default(),
            version,
            store,
            bus,
            ingester,
            chance,
            inbox,
            cancel,
            folder,
        }
    }

    /// Another process over the same data after this one stopped.
    pub(crate) async fn again(self) -> Self {
        Self::in_folder(self.folder, self.store, self.version, 8).await
    }

    /// Makes `registry` the current one.
    pub(crate) async fn publish(&mut self, registry: &Registry) {
        let operator = self.store.seize_lease("operator", "test", Duration::from_mins(1)).await.unwrap();
        self.version = Some(self.store.publish_registry(registry, self.version, &operator).await.unwrap());
    }

    /// Goes over all persons until nothing is left to do, and returns what the last walk counted.
    pub(crate) async fn reselect(&self) -> advisory::reselect::Counts {
        use advisory::reselect::{Counts, Step, step};
        let mut last = Counts::default();
        loop {
            let current = self.store.current_registry().await.unwrap().unwrap();
            match step(&self.store, &self.held, &self.chance, &current).await.unwrap() {
                Step::Idle => return last,
                Step::Done { counts } => last = counts,
                Step::Chunk { messages, .. } => self.bus.publish(&messages).await.unwrap(),
                Step::Moved => {}
            }
        }
    }

    pub(crate) async fn sweep(&mut self) {
        self.sweeper.sweep(&self.ingester, &self.held, &self.beat).await.unwrap();
    }

    /// Forgets what the sweep remembers and takes the lease again, as a new process would.
    pub(crate) async fn restart(&mut self) {
        self.sweeper = Sweeper::default();
        self.held = self.ingester.lease(true).await.unwrap().unwrap();
    }

    /// Places a file with its companion.
    pub(crate) fn place(&self, name: &str, bytes: &[u8]) -> PathBuf {
        place(&self.inbox, name, bytes, &Envelope::new(self.chance.uuid4())).unwrap()
    }

    /// Places a file, sweeps, and returns what is known of it.
    pub(crate) async fn take(&mut self, file: &File) -> Extract {
        let name = format!("D260113.L{:06}", self.chance.number() % 1_000_000);
        self.place(&name, &file.bytes());
        self.sweep().await;
        self.extract(&name).await
    }

    pub(crate) async fn extract(&self, name: &str) -> Extract {
        let all = self.store.extracts(1000).await.unwrap();
        all.into_iter().find(|extract| extract.file.name == name).expect("the file was read")
    }

    /// Names in the inbox.
    pub(crate) fn left(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(&self.inbox).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    pub(crate) fn base(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub(crate) async fn today(&self) -> Date {
        copenhagen::today(self.store.now().await.unwrap())
    }

    pub(crate) fn shift_days(&self, days: i64) {
        self.store.shift_clock(SignedDuration::from_hours(24 * days));
    }

    /// Takes every advisory, as consumers would that always say yes, in the order of each lane.
    pub(crate) async fn told(&self) -> Vec<Told> {
        let everybody: BTreeSet<_> = [1, 2].map(|id| ConsumerId(Uuid::from_u128(id))).into();
        let mut told = Vec::new();
        loop {
            let queued = self.store.queued(None, 10_000).await.unwrap();
            if queued.is_empty() {
                break;
            }
            let head = |one: &store::Queued| Head { consumer: one.consumer, person: one.person, event: one.event };
            let heads: Vec<_> = queued.iter().map(head).collect();
            let mut completions = Vec::new();
            for loaded in self.store.load(&heads).await.unwrap().into_iter().flatten() {
                completions.push(Completion {
                    head: loaded.head,
                    seq: loaded.seq,
                    tries: loaded.tries,
                    missed: false,
                    exchange: Some(Exchange { ms: 1, http_status: Some(204), digest: [0; 32] }),
                    ending: Ending::Delivered,
                    pod: "test".into(),
                    at: self.store.now().await.unwrap(),
                    registry_version: loaded.registry_version,
                });
                let subscriptions = loaded.routing.subscriptions.iter();
                told.push(Told {
                    consumer: loaded.head.consumer.0.as_u128(),
                    seq: loaded.seq,
                    person: loaded.head.person,
                    kind: loaded.routing.kind,
                    subscriptions: subscriptions.map(|one| (one.id.0.as_u128(), one.transition)).collect(),
                    codes: loaded.event.codes.clone(),
                });
            }
            self.store.complete(&completions, &everybody).await.unwrap();
        }
        told.sort_by_key(|one| (one.consumer, one.seq));
        told
    }

    /// How many advisories of each kind were told.
    pub(crate) async fn kinds(&self) -> HashMap<AdvisoryKind, usize> {
        let mut kinds = HashMap::new();
        for one in self.told().await {
            *kinds.entry(one.kind).or_default() += 1;
        }
        kinds
    }
}

pub(crate) fn is(extract: &Extract, state: ExtractState) -> serde_json::Value {
    assert_eq!(extract.state, state, "{:?}", extract.reason);
    serde_json::from_str(&extract.counts).unwrap()
}

/// One person of a file.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) number: PersonNumber,
    pub(crate) municipality: u64,
    pub(crate) family: String,
    pub(crate) born: Date,
    pub(crate) mother: Option<PersonNumber>,
    pub(crate) event: Option<(&'static str, &'static str)>,
    /// Name and address are protected.
    pub(crate) protected: bool,
    /// Without an address and what else a source for names alone does not order.
    pub(crate) only_name: bool,
}

/// The `index`-th invented number.
pub(crate) fn number(index: u64) -> PersonNumber {
    PersonNumber::from_value(101_700_000 + index).unwrap()
}

impl Person {
    pub(crate) fn new(index: u64, municipality: u64) -> Self {
        Self {
            number: number(index),
            municipality,
            family: "Prøve".into(),
            born: date(1970, 1, 1),
            mother: None,
            event: Some(("A01", "")),
            protected: false,
            only_name: false,
        }
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        let start = |code: u16| {
            let mut line = Line::new(RecordCode::new(code).unwrap()).unwrap();
            line.number("pnr", NumberField::Number(self.number)).unwrap();
            line
        };
        let mut person = start(1);
        person.digits("status", 1).unwrap().text("gender", "K").unwrap();
        person.date("birth_date", Some(CprDate::from_day(self.born))).unwrap();
        let mut address = start(2);
        address.digits("municipality_code", self.municipality).unwrap().digits("road_code", 12).unwrap();
        let mut name = start(8);
        name.text("surname", &self.family).unwrap();
        let mut lines = vec![person.finish(), address.finish(), name.finish()];
        if self.only_name {
            lines.remove(1);
        } else if self.protected {
            let mut protection = start(4);
            protection.digits("protection_type", 1).unwrap();
            lines.insert(2, protection.finish());
        }
        if let Some(mother) = self.mother {
            let mut parents = start(15);
            parents.number("mother_pnr", NumberField::Number(mother)).unwrap();
            lines.push(parents.finish());
        }
        if let Some((code, derived)) = self.event {
            let mut event = start(99);
            event.text("event_code", code).unwrap().text("derived_marker", derived).unwrap();
            lines.push(event.finish());
        }
        lines
    }
}

/// A file in the making.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) date: Date,
    pub(crate) persons: Vec<Person>,
    /// Lines behind the persons.
    pub(crate) extra: Vec<Vec<u8>>,
}

impl File {
    pub(crate) fn new(date: Date, persons: Vec<Person>) -> Self {
        Self { date, persons, extra: Vec::new() }
    }

    /// A file without events.
    pub(crate) fn load(date: Date, mut persons: Vec<Person>) -> Self {
        for person in &mut persons {
            person.event = None;
        }
        Self::new(date, persons)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let before = self.date.checked_sub(1.day()).unwrap();
        let ymd = |date: Date| format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
        let start = format!("000{}435701{}{}", "0".repeat(10), ymd(self.date), ymd(before));
        let body: Vec<Vec<u8>> = self.persons.iter().flat_map(Person::lines).chain(self.extra.clone()).collect();
        let end = format!("999{}{:08}", "9".repeat(10), body.len());
        let mut bytes = Vec::new();
        for line in [vec![start.into_bytes()], body, vec![end.into_bytes()]].concat() {
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
        }
        bytes
    }
}
