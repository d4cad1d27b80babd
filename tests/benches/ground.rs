//! A house to measure in: a fresh database, a registry, an inbox, an ingester.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bus::Bus;
use ingester::{Ingester, Settings, Sweeper};
use registry::{
    AgeRange, Clause, Consumer, ConsumerId, Content, Directory, Limits, ObjectRef, Purpose, Registry, Retry, SecretRef,
    Source, SourceId, Subscription, SubscriptionId, Webhook,
};
use runtime::{Beat, Chance, Health, Sealer};
use serde_json::Value;
use simulator::Task;
use simulator::delivery::Envelope;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use store::{Held, Installation, Store, StoreConfig};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::files::DAY;
use crate::gauge::parent_of;
use crate::report::folder;

/// Where the snapshots go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    pub(crate) const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A database that nobody else uses, and where it stands.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) url: String,
    /// The process that PostgreSQL's others are children of.
    pub(crate) postmaster: Option<u32>,
    server: Option<(PgConnectOptions, String)>,
}

impl Place {
    pub(crate) async fn new(database: Database) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(folder()?)?;
        if database == Database::Sqlite {
            let url = format!("sqlite:{}", folder.path().join("store.db").display());
            return Ok(Self { folder, url, postmaster: None, server: None });
        }
        let server =
            std::env::var("DATABASE_URL").context("DATABASE_URL is not set: run `make bench`, which sets it")?;
        let options = PgConnectOptions::from_str(&server)?;
        let name = format!("bench_{}", Chance::from_os()?.uuid4().simple());
        let mut connection = PgConnection::connect_with(&options).await?;
        sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await?;
        let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut connection).await?;
        // a server on another machine has no process here, and then no processor time either
        let postmaster = u32::try_from(backend).ok().and_then(parent_of);
        let url = options.clone().database(&name).to_url_lossy().to_string();
        Ok(Self { folder, url, postmaster, server: Some((options, name)) })
    }

    pub(crate) async fn remove(self) -> anyhow::Result<()> {
        if let Some((options, name)) = self.server {
            let mut connection = PgConnection::connect_with(&options).await?;
            let drop = format!("drop database {name} with (force)");
            sqlx::query(AssertSqlSafe(drop)).execute(&mut connection).await?;
        }
        Ok(())
    }
}

/// A house over a place.
pub(crate) struct Ground {
    pub(crate) place: Place,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) chance: Chance,
    pub(crate) ingester: Ingester,
    held: Held,
    inbox: PathBuf,
}

impl Ground {
    pub(crate) async fn new(database: Database, registry: &Registry) -> anyhow::Result<Self> {
        let place = Place::new(database).await?;
        let store = Store::connect(&StoreConfig::new(&place.url)).await?;
        store.migrate(&Installation { name: "bench".into(), authority: None, environment: None }).await?;
        let operator = store.seize_lease("operator", "bench", Duration::from_hours(1)).await?;
        store.publish_registry(registry, None, &operator).await?;
        let (bus, chance) = (Bus::embedded(&store).await?, Chance::seeded(7));
        let base = place.folder.path().to_owned();
        let (sealer, inbox) = (Sealer::open(&base.join("key"))?, base.join("inbox"));
        std::fs::create_dir(&inbox)?;
        let settings = Settings { seize: true, lease: Duration::from_hours(1), ..Settings::new(base, "bench".into()) };
        let cancel = CancellationToken::new();
        let ingester = Ingester::new(settings, store.clone(), bus.clone(), chance.clone(), sealer, cancel);
        let held = ingester.lease(true).await?.context("the lease is not free")?;
        Ok(Self { place, store, bus, chance, ingester, held, inbox })
    }

    /// Delivers a file to the inbox, without copying it.
    pub(crate) fn deliver(&self, file: &Path) -> anyhow::Result<()> {
        let name = Task::new("435701").file_name(DAY);
        std::fs::hard_link(file, self.inbox.join(&name))?;
        let size = std::fs::metadata(file)?.len();
        let companion = Envelope::new(self.chance.uuid4()).metadata(&name, size);
        Ok(std::fs::write(self.inbox.join(name + ".metadata"), companion)?)
    }

    /// Sweeps the inbox once; returns the counts of the file that was taken.
    pub(crate) async fn sweep(&self) -> anyhow::Result<Value> {
        let beat: Arc<Beat> = Arc::new(Health::new().register("bench"));
        Sweeper::default().sweep(&self.ingester, &self.held, &beat).await?;
        let taken = self.store.extracts(1).await?.pop().context("no file was taken")?;
        ensure!(taken.state == store::ExtractState::Applied, "the file was not applied: {:?}", taken.reason);
        Ok(serde_json::from_str(&taken.counts)?)
    }

    pub(crate) async fn remove(self) -> anyhow::Result<()> {
        self.store.close().await;
        self.place.remove().await
    }
}

fn object(name: &str) -> ObjectRef {
    ObjectRef { namespace: "bench".into(), name: name.into() }
}

/// A registry with one Directory source `inbox`.
pub(crate) fn registry(consumers: Vec<Consumer>, subscriptions: Vec<Subscription>) -> Registry {
    let source = Source {
        id: SourceId(Uuid::from_u128(1)),
        object: object("source"),
        origin: String::new(),
        directory: Directory { path: "inbox".into(), file_pattern: "D??????.L??????".into(), record_length: None },
        record_codes: Task::new("435701").codes,
        suspend: false,
        grants: vec![],
    };
    Registry { sources: vec![source], consumers, subscriptions, ..Registry::empty("bench") }
}

/// The `nth` consumer, with secrets of its own name.
pub(crate) fn consumer(nth: usize, url: &str, concurrency: u32) -> Consumer {
    let secret = SecretRef { namespace: "bench".into(), name: format!("consumer-{nth}") };
    Consumer {
        id: ConsumerId(Uuid::from_u128(nth as u128 + 100)),
        object: object(&format!("consumer-{nth}")),
        origin: String::new(),
        webhook: Webhook {
            url: url.into(),
            signing_secret: secret.clone(),
            headers: None,
            ca: Some(secret),
            client_certificate: None,
            timeout: Duration::from_secs(15),
            final_statuses: vec![],
        },
        content: Content::Thin,
        retry: Retry { schedule: vec![Duration::from_secs(5)], jitter_percent: 20 },
        expire_after: Duration::from_hours(30 * 24),
        limits: Limits { concurrency, rate_per_second: 10_000 },
        suspend: false,
        destinations: vec![],
        revision: "1".into(),
    }
}

/// The `nth` subscription: everybody of this age, told of from the first file on or not.
pub(crate) fn subscription(nth: u128, consumer: &Consumer, ages: AgeRange, initial_load: bool) -> Subscription {
    let categories = cpr::Category::GRANTABLE.into_iter().fold(cpr::Categories::NONE, cpr::Categories::with);
    Subscription {
        id: SubscriptionId(Uuid::from_u128(nth + 1000)),
        object: object(&format!("subscription-{nth}")),
        origin: String::new(),
        source: SourceId(Uuid::from_u128(1)),
        consumer: consumer.id,
        purpose: Purpose { description: "figures".into(), legal_basis: "none".into(), owner: "bench".into() },
        until: jiff::civil::date(2099, 12, 31),
        clauses: vec![Clause { municipalities: vec![], age: Some(ages) }],
        notify_on: categories,
        notify_entered: true,
        categories,
        initial_load,
    }
}
