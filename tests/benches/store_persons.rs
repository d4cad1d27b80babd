//! Storing: from a file in the inbox to stored snapshots, memberships and advisories, against a raw bulk write of the
//! records of the same persons.

use std::fs::File;
use std::path::Path;

use anyhow::Context as _;
use cpr::extract::Extract;
use cpr::{FieldSet, State};
use registry::{AgeRange, Registry};
use serde_json::Value;
use simulator::Task;
use uuid::Uuid;

use crate::files::{DAY, Order, initial_load, options};
use crate::gauge::{Moment, Spent};
use crate::ground::{Database, Ground, consumer, registry, subscription};
use crate::read::size;
use crate::report::{Report, median};
use crate::store_raw;

const PERSONS: usize = 30_000;
const ROUNDS: usize = 3;

/// A person with its records as delivered.
pub(crate) type Raw = (Uuid, Vec<u8>);

pub(crate) async fn bench() -> anyhow::Result<()> {
    let file = initial_load(PERSONS, Order::Mixed)?;
    let registry = three_needs();
    let raw = selected(&file, &registry)?;
    let mut report = Report::new("store");
    report.figure("megabytes", "file", size(&file)? / 1e6, "MB");
    #[expect(clippy::cast_precision_loss, reason = "counts for people to read")]
    let (persons, stored) = (PERSONS as f64, raw.len() as f64);
    report.figure("selected", "persons selected", 100.0 * stored / persons, "%");
    for database in Database::BOTH {
        let (mut plain, mut whole) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            plain.push(store_raw::write(database, &raw).await?);
            whole.push(apply(database, &registry, &file, raw.len()).await?);
        }
        let (plain, whole) = (middle(&plain), middle(&whole));
        let name = database.name();
        let key = |what: &str| format!("{}{what}", name.to_lowercase());
        report.figure(&key("StoredPerSecond"), &format!("{name}: stored"), stored / whole.wall, "persons/s");
        report.figure(&key("ReadPerSecond"), &format!("{name}: read"), persons / whole.wall, "persons/s");
        report.figure(&key("RawPerSecond"), &format!("{name}: raw bulk write"), stored / plain.wall, "persons/s");
        report.figure(&key("Share"), &format!("{name}: stored / raw"), plain.wall / whole.wall, "of its speed");
        report.figure(
            &key("OwnCpu"),
            &format!("{name}: this process"),
            1e6 * whole.own / stored,
            "us of CPU a stored person",
        );
        report.figure(
            &key("DatabaseCpu"),
            &format!("{name}: database"),
            1e6 * whole.database / stored,
            "us of CPU a stored person",
        );
    }
    report.close()
}

fn middle(rounds: &[Spent]) -> Spent {
    let of = |part: fn(&Spent) -> f64| median(rounds.iter().map(part).collect());
    Spent { wall: of(|one| one.wall), own: of(|one| one.own), database: of(|one| one.database) }
}

/// Two consumers with three subscriptions that select about half of the persons, some of them twice.
fn three_needs() -> Registry {
    let consumers: Vec<_> = (0..2).map(|nth| consumer(nth, "https://consumer.example/", 8)).collect();
    let needs = [(0, 0, 17), (1, 12, 24), (0, 25, 45)];
    let subscriptions = (1..).zip(needs).map(|(nth, (whose, from, to))| {
        let ages = AgeRange { from, to: Some(to) };
        subscription(nth, &consumers[whose], ages, nth == 1)
    });
    let subscriptions = subscriptions.collect();
    registry(consumers, subscriptions)
}

/// The records of the persons that somebody selects.
fn selected(file: &Path, registry: &Registry) -> anyhow::Result<Vec<Raw>> {
    let options = options();
    let known = FieldSet::known_from(&Task::new("435701").codes);
    let today = runtime::copenhagen::today(now());
    let mut extract = Extract::validate(File::open(file)?, &options)?;
    let mut persons = Vec::new();
    for from in (0..extract.len()).step_by(1000) {
        for set in extract.chunk(from, 1000)? {
            let facts = State::of(&set.records?, known).facts();
            if !registry.selected(&facts, today).is_empty() {
                persons.push((Uuid::from_u128(set.first_line.into()), set.raw));
            }
        }
    }
    Ok(persons)
}

#[expect(clippy::disallowed_methods, reason = "ages are compared with the clock of the database, as the ingester does")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// The way of the ingester: hash, validate, parse, match, store, record.
async fn apply(database: Database, registry: &Registry, file: &Path, wanted: usize) -> anyhow::Result<Spent> {
    let ground = Ground::new(database, registry).await?;
    ground.deliver(file)?;
    let begun = Moment::now(ground.place.postmaster)?;
    let counts: Value = ground.sweep().await?;
    let spent = begun.until_now(ground.place.postmaster)?;
    let stored = counts["stored"].as_u64().context("no counts")?;
    anyhow::ensure!(stored == wanted as u64, "{stored} persons stored, {wanted} selected on {DAY}");
    ground.remove().await?;
    Ok(spent)
}
