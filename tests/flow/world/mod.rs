//! One installation of its own: folders, manifests, a receiver, the program as a process, and the sweep at the end.

pub(crate) mod broker;
pub(crate) mod database;
pub(crate) mod plan;
pub(crate) mod sweep;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use runtime::Chance;
use serde_json::Value;
use simulator::receiver::{Door, Secret};
use simulator::{Population, Receiver};
use tempfile::TempDir;

use broker::{Broker, PATIENCE, verb};
use database::{Backend, Database, create_postgres, drop_postgres};
use plan::{Consumer, Subscription, source};
use sweep::Secrets;

/// One installation.
pub(crate) struct World {
    name: &'static str,
    folder: TempDir,
    logs: PathBuf,
    url: Option<String>,
    /// What consumers got.
    pub(crate) receiver: Receiver,
    secrets: Secrets,
    broker: Option<Broker>,
    starts: usize,
    /// What is declared, as written in the folder of manifests.
    pub(crate) subscriptions: Vec<Subscription>,
    /// The ports that the source allows.
    ports: Vec<u16>,
    chance: Chance,
    /// Set by the test that plants leaks.
    pub(crate) expects_leaks: bool,
}

/// What makes a world.
pub(crate) struct Plan {
    /// The test's name, unique in the suite.
    pub(crate) name: &'static str,
    /// The database.
    pub(crate) backend: Backend,
    /// The consumers.
    pub(crate) consumers: Vec<Consumer>,
    /// The subscriptions.
    pub(crate) subscriptions: Vec<Subscription>,
    /// The filter of the log.
    pub(crate) log: &'static str,
}

impl Plan {
    /// On SQLite: one consumer `sag` that hears everything about the municipality [`plan::HOME`].
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            backend: Backend::Sqlite,
            consumers: vec![Consumer::new("sag")],
            subscriptions: vec![Subscription::new("borgere", "sag")],
            log: "debug,hyper=info,h2=info,rustls=info,sqlx=info",
        }
    }

    /// On another database.
    pub(crate) fn on(self, backend: Backend) -> Self {
        Self { backend, ..self }
    }

    /// With these consumers and subscriptions.
    pub(crate) fn with(self, consumers: Vec<Consumer>, subscriptions: Vec<Subscription>) -> Self {
        Self { consumers, subscriptions, ..self }
    }
}

impl World {
    /// Makes folders, secrets, manifests and open doors; the process is not started.
    pub(crate) async fn new(plan: Plan) -> Self {
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let logs = scratch.join("flow").join(plan.name);
        std::fs::remove_dir_all(&logs).ok();
        std::fs::create_dir_all(&logs).unwrap();
        let folder = TempDir::with_prefix_in(format!("{}.", plan.name), scratch).unwrap();
        std::fs::create_dir_all(folder.path().join("data/inbox")).unwrap();
        std::fs::create_dir_all(folder.path().join("manifests")).unwrap();
        let url = match plan.backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(create_postgres(&postgres_name(plan.name)).await),
        };
        let mut world = Self {
            name: plan.name,
            folder,
            logs,
            url,
            receiver: Receiver::new(Arc::new(now)).unwrap(),
            secrets: Secrets::default(),
            broker: None,
            starts: 0,
            subscriptions: plan.subscriptions,
            ports: Vec::new(),
            chance: Chance::seeded(1),
            expects_leaks: false,
        };
        world.configure(plan.log);
        for consumer in &plan.consumers {
            world.declare_consumer(consumer).await;
        }
        for subscription in world.subscriptions.clone() {
            world.write_manifest(subscription.name, &subscription.manifest());
        }
        avoid_midnight().await;
        world
    }

    fn configure(&self, filter: &str) {
        let store = self.url.as_ref().map_or_else(String::new, |url| format!("[store]\nurl = {url:?}\n"));
        let text = format!(
            "[installation]\nname = \"flow\"\n{store}[sources]\nsweep_milliseconds = 100\n[health]\naddress = \"127.0.0.1:0\"\n\
             [log]\nformat = \"json\"\nfilter = \"{filter}\"\n"
        );
        std::fs::write(self.folder.path().join("cprbroker.toml"), text).unwrap();
    }

    /// Opens a door for a consumer, writes its secrets and manifest, and lets the source allow its port.
    pub(crate) async fn declare_consumer(&mut self, consumer: &Consumer) {
        let name = consumer.name;
        let mut key = [0_u8; 32];
        key[..name.len()].copy_from_slice(name.as_bytes());
        let signing = format!("whsec_{}", base64(&key));
        let secret = Secret::parse(&signing).unwrap();
        let door = Door { path: format!("/{name}"), port: 0, secrets: vec![secret] };
        let url = self.receiver.open(door).await.unwrap();
        let folder = self.folder.path().join("data/secrets/fag").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("signing-key"), &signing).unwrap();
        std::fs::write(folder.join("ca.crt"), self.receiver.ca_pem()).unwrap();
        let port = url.trim_start_matches("https://127.0.0.1:").split('/').next().unwrap();
        self.ports.push(port.parse().unwrap());
        self.write_manifest("source", &source(&self.ports));
        self.write_manifest(name, &consumer.manifest(&url));
    }

    /// The URL of a consumer's door.
    pub(crate) fn url(&self, consumer: &str) -> String {
        self.receiver.url(&format!("/{consumer}")).unwrap()
    }

    /// The signing secret of a consumer, as its verifier wants it.
    pub(crate) fn signing_key(&self, consumer: &str) -> String {
        std::fs::read_to_string(self.data().join("secrets/fag").join(consumer).join("signing-key")).unwrap()
    }

    /// The folder of data.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of manifests.
    pub(crate) fn manifests(&self) -> PathBuf {
        self.folder.path().join("manifests")
    }

    /// The folder in which the sweep looks.
    pub(crate) fn logs(&self) -> &Path {
        &self.logs
    }

    /// Writes `NAME.yaml` at once, as an editor or `git pull` does. JSON is YAML.
    pub(crate) fn write_manifest(&self, name: &str, manifest: &Value) {
        self.write_text(name, &serde_json::to_string_pretty(manifest).unwrap());
    }

    /// Writes `NAME.yaml` with this text.
    pub(crate) fn write_text(&self, name: &str, text: &str) {
        let part = self.folder.path().join(format!("{name}.part"));
        std::fs::write(&part, text).unwrap();
        std::fs::rename(part, self.manifests().join(format!("{name}.yaml"))).unwrap();
    }

    /// Removes `NAME.yaml`.
    pub(crate) fn remove_manifest(&self, name: &str) {
        std::fs::remove_file(self.manifests().join(format!("{name}.yaml"))).unwrap();
    }

    /// Lets the sweep look for everybody of `population` as it stands now.
    pub(crate) fn guard(&mut self, population: &Population) {
        self.secrets.add(population.secrets());
    }

    /// What the sweep looks for.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Places a file and its companion in the inbox.
    pub(crate) fn place(&self, name: &str, bytes: &[u8]) {
        let envelope = simulator::delivery::Envelope::new(self.chance.uuid4());
        simulator::delivery::place(&self.data().join("inbox"), name, bytes, &envelope).unwrap();
    }

    /// Places a file that is too large to be held.
    pub(crate) fn place_written<T, E: std::error::Error + 'static>(
        &self,
        name: &str,
        write: impl FnOnce(&mut std::io::BufWriter<std::fs::File>) -> Result<T, E>,
    ) {
        let envelope = simulator::delivery::Envelope::new(self.chance.uuid4());
        simulator::delivery::place_written(&self.data().join("inbox"), name, &envelope, write).unwrap();
    }

    /// Whether `name` still lies in the inbox.
    pub(crate) fn in_inbox(&self, name: &str) -> bool {
        self.data().join("inbox").join(name).exists()
    }

    /// Starts the process and waits until it is ready.
    pub(crate) async fn start(&mut self) {
        self.launch();
        self.broker().ready().await;
    }

    /// Starts the process and waits for nothing.
    pub(crate) fn launch(&mut self) {
        assert!(self.broker.is_none(), "the process runs already");
        self.starts += 1;
        self.broker = Some(Broker::start(self.folder.path(), &self.logs, &format!("serve-{:03}", self.starts)));
    }

    /// The running process.
    pub(crate) fn broker(&self) -> &Broker {
        self.broker.as_ref().unwrap()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.broker.take().unwrap().kill();
    }

    /// SIGTERM, and the process must end in order.
    pub(crate) async fn stop(&mut self) {
        let status = self.broker.take().unwrap().stop().await;
        assert!(status.success(), "the process did not end in order: {status}");
    }

    /// Direct access to the database.
    pub(crate) async fn database(&self) -> Database {
        Database::open(self.url.as_deref(), self.folder.path()).await
    }

    /// The store as the program's own library reads it.
    pub(crate) async fn store(&self) -> store::Store {
        let sqlite = format!("sqlite:{}", self.data().join("store.sqlite").display());
        store::Store::connect(&store::StoreConfig::new(self.url.as_deref().unwrap_or(&sqlite))).await.unwrap()
    }

    /// `cprbroker status --json`.
    pub(crate) fn status(&self) -> Value {
        let (code, out, err) = self.verb(&["status", "--json"], true);
        assert_eq!(code, Some(0), "{err}");
        serde_json::from_str(&out).unwrap()
    }

    /// Runs a verb, with the folder of data and the configuration if it takes them.
    pub(crate) fn verb(&self, arguments: &[&str], with_data: bool) -> (Option<i32>, String, String) {
        let (data, config) = (self.data(), self.folder.path().join("cprbroker.toml"));
        let mut all: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        if with_data {
            all.extend([OsStr::new("--data"), data.as_os_str(), OsStr::new("--config"), config.as_os_str()]);
        }
        verb(&self.logs, &all)
    }

    /// The row of `status` about the extract `name`, once it is applied or refused.
    pub(crate) async fn finished(&self, name: &str) -> Value {
        until(&format!("the end of {name}"), PATIENCE, async || {
            let status = self.status();
            let extracts = status["extracts"].as_array().unwrap();
            let extract = extracts.iter().find(|extract| extract["name"] == name)?;
            (extract["state"] != "being applied").then(|| extract.clone())
        })
        .await
    }

    /// The state of `consumer` in `status`.
    pub(crate) fn backlog(&self, consumer: &str) -> Value {
        let status = self.status();
        let name = format!("fag/{consumer}");
        let consumers = status["consumers"].as_array().unwrap();
        consumers.iter().find(|row| row["consumer"] == name.as_str()).cloned().unwrap_or_default()
    }

    /// Waits until nothing is undelivered, by the store.
    pub(crate) async fn drained(&self) {
        let database = self.database().await;
        until("empty lanes", PATIENCE, async || (database.count("select count(*) from lane").await == 0).then_some(()))
            .await;
        database.close().await;
    }
}

impl Drop for World {
    /// Ends the process and searches all that it wrote for the population. After a failure its lines are in
    /// `target/tmp/flow`.
    fn drop(&mut self) {
        if let Some(broker) = self.broker.take() {
            broker.kill();
        }
        if std::thread::panicking() {
            return;
        }
        let (name, url, folder) = (self.name, self.url.clone(), self.folder.path().to_owned());
        let dumped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                if url.is_none() && !folder.join("data/store.sqlite").exists() {
                    return String::new();
                }
                let database = Database::open(url.as_deref(), &folder).await;
                let text = database.dump().await;
                database.close().await;
                if url.is_some() {
                    drop_postgres(&postgres_name(name)).await;
                }
                text
            })
        });
        std::fs::write(self.logs.join("store.txt"), dumped.join().unwrap()).unwrap();
        if !self.expects_leaks {
            let found = self.secrets.find_below(&self.logs);
            assert!(found.is_empty(), "{}: personal data leaked:\n  {}", self.name, found.join("\n  "));
        }
    }
}

/// The database of a world on PostgreSQL.
fn postgres_name(world: &str) -> String {
    format!("flow_{world}")
}

/// Waits until `condition` gives something.
#[track_caller]
pub(crate) fn until<T>(
    what: &str,
    patience: Duration,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        let started = Instant::now();
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            assert!(started.elapsed() < patience, "{place}: waited {patience:?} for {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The machine's clock: the process under test lives by it too.
#[expect(
    clippy::disallowed_methods,
    reason = "the process under test lives by the real clock, and so does its receiver"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Today in Copenhagen.
pub(crate) fn today() -> Date {
    runtime::copenhagen::today(now())
}

/// Ages change at midnight in Copenhagen: a test that would run into it begins after it.
async fn avoid_midnight() {
    let soon = now() + jiff::SignedDuration::from_mins(3);
    if runtime::copenhagen::today(soon) != today() {
        let day = runtime::copenhagen::today(soon);
        until("midnight", Duration::from_mins(4), async || (today() == day).then_some(())).await;
    }
}

/// Base64 of a signing key.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
