//! Watching a real folder with a real store (SQLite; the statements themselves are tried on both databases in `store`).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

extern crate cprbroker_control as control;

use std::fs;
use std::time::Duration;

use control::{Control, ControlError, Installation, Outcome, Pace, Watch};
use cpr::{FieldSet, Records};
use jiff::civil::date;
use registry::{Registry, SubscriptionId};
use store::{Facts, Membership, NewSnapshot, PersonId, PersonUpdate, SnapshotKind, Store, StoreConfig};
use tempfile::TempDir;
use uuid::Uuid;

const SOURCE: &str = "\
apiVersion: cprbroker.dk/v1alpha1
kind: CprSource
metadata: {namespace: cpr, name: register}
spec:
  authority: {cvr: '12345678', name: Eksempel Kommune}
  environment: Test
  type: Directory
  directory: {path: inbox}
  recordCodes: ['001', '002']
  allowed:
  - namespaces: {names: [team]}
    selections: {kinds: [Municipality], municipalityCodes: ['0101', '0751']}
    categories: [name]
    destinations: [{hostSuffix: .eksempel.dk, port: 443}]
---
apiVersion: cprbroker.dk/v1alpha1
kind: CprConsumer
metadata: {namespace: team, name: system}
spec:
  type: Webhook
  webhook: {url: https://a.eksempel.dk/hook, signingSecretRef: {name: signing}}
";

const SUBSCRIPTION: &str = "\
apiVersion: cprbroker.dk/v1alpha1
kind: CprSubscription
metadata: {namespace: team, name: movers}
spec:
  sourceRef: {namespace: cpr, name: register}
  consumerRef: {name: system}
  purpose: {description: Flytning, legalBasis: Lov 1, owner: team}
  until: '9999-12-31'
  persons: {anyOf: [{municipalityCodes: ['0751', '0101']}]}
  notifyOn: {changes: [name]}
  categories: [name]
";

/// A folder, a store, and the way to watch one for the other.
struct Bench {
    dir: TempDir,
    _data: TempDir,
    store: Store,
}

impl Bench {
    async fn new() -> Self {
        let (dir, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let url = format!("sqlite:{}", data.path().join("store.db").display());
        let store = Store::connect(&StoreConfig::new(&url)).await.unwrap();
        let nobodys = store::Installation { name: "demo".into(), authority: None, environment: None };
        store.migrate(&nobodys).await.unwrap();
        let bench = Self { dir, _data: data, store };
        bench.write("source.yaml", SOURCE);
        bench.write("movers.yaml", SUBSCRIPTION);
        bench
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.dir.path().join(name)).unwrap();
    }

    fn control(&self) -> Control {
        let short = Duration::from_millis(5);
        Control {
            dir: self.dir.path().to_owned(),
            store: self.store.clone(),
            installation: Installation { name: "demo".into(), authority: None, environment: None },
            holder: "test".into(),
            accept_shrink: false,
            pace: Pace { poll: short, quiet: short, longest: Duration::from_secs(5), renew: Duration::ZERO },
        }
    }

    async fn watch(&self) -> Watch {
        Watch::begin(self.control()).await.unwrap()
    }

    async fn registry(&self) -> Registry {
        self.store.current_registry().await.unwrap().unwrap().registry
    }

    /// Stores persons who live in `municipality` and are members of every subscription.
    async fn people(&self, first: u128, count: u128, municipality: u16) {
        let now = self.store.now().await.unwrap();
        let registry = self.registry().await;
        let persons: Vec<PersonId> = (first..first + count).map(|n| PersonId(Uuid::from_u128(n))).collect();
        let body = lives_in(municipality);
        let snapshots: Vec<NewSnapshot> = persons
            .iter()
            .map(|person| NewSnapshot {
                person: *person,
                source: registry.sources[0].id,
                extract: None,
                kind: SnapshotKind::Records,
                known: FieldSet::known_from(&registry.sources[0].record_codes),
                production_date: date(2026, 6, 15),
                body: self.store.pack(&body),
            })
            .collect();
        let mut tx = self.store.begin().await.unwrap();
        let rows = tx.insert_snapshots(&snapshots).await.unwrap();
        let updates: Vec<PersonUpdate> = persons
            .iter()
            .zip(rows)
            .map(|(id, snapshot)| PersonUpdate {
                id: *id,
                snapshot,
                production_date: date(2026, 6, 15),
                facts: Facts::default(),
            })
            .collect();
        tx.put_persons(&updates).await.unwrap();
        let members: Vec<Membership> = registry
            .subscriptions
            .iter()
            .flat_map(|one| {
                let (subscription, consumer) = (one.id, one.consumer);
                persons.iter().map(move |person| Membership { subscription, person: *person, consumer, since: now })
            })
            .collect();
        tx.add_memberships(&members).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// The stored records of somebody alive in `municipality`.
fn lives_in(municipality: u16) -> Vec<u8> {
    let number = cpr::PersonNumber::from_value(101_900_001).unwrap();
    let key = cpr::NumberField::Number(number);
    let mut person = cpr::record::write::Line::new(cpr::RecordCode::PERSON).unwrap();
    person.number("pnr", key).unwrap().digits("status", 1).unwrap();
    let mut address = cpr::record::write::Line::new(cpr::RecordCode::ADDRESS).unwrap();
    address.number("pnr", key).unwrap().digits("municipality_code", municipality.into()).unwrap();
    let lines = [person.finish(), address.finish()];
    Records::parse(lines.iter().map(Vec::as_slice)).unwrap().tokenise(&mut |_| 1)
}

fn movers(registry: &Registry) -> Option<SubscriptionId> {
    registry.subscriptions.iter().find(|one| one.object.name == "movers").map(|one| one.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_becomes_a_version_and_each_change_another() {
    let bench = Bench::new().await;
    let mut watch = bench.watch().await;
    assert_eq!(watch.look().await.unwrap(), Outcome::Published(1));
    assert_eq!(watch.look().await.unwrap(), Outcome::Unchanged);
    assert!(watch.mistakes().is_empty());
    bench.write("more.yaml", &SUBSCRIPTION.replace("movers", "second"));
    assert_eq!(watch.look().await.unwrap(), Outcome::Published(2));
    assert_eq!(bench.registry().await.subscriptions.len(), 2);
    bench.write("more.yaml", &format!("# only a comment\n{}", SUBSCRIPTION.replace("movers", "second")));
    assert_eq!(watch.look().await.unwrap(), Outcome::Unchanged, "nothing that counts has changed");
    let (installation, _) = bench.store.installation().await.unwrap().unwrap();
    assert_eq!(installation.authority.as_deref(), Some("12345678"), "the first source settles whose store it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_while_nobody_watched_is_found_at_the_start() {
    let bench = Bench::new().await;
    let mut watch = bench.watch().await;
    watch.look().await.unwrap();
    watch.end().await.unwrap();
    bench.remove("movers.yaml");
    let mut watch = bench.watch().await;
    assert_eq!(watch.look().await.unwrap(), Outcome::Published(2));
    assert_eq!(movers(&bench.registry().await), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_or_folder_ends_nothing() {
    let bench = Bench::new().await;
    let mut watch = bench.watch().await;
    watch.look().await.unwrap();
    let before = bench.registry().await;
    bench.write("movers.yaml", "a: [\n");
    assert_eq!(watch.look().await.unwrap(), Outcome::Unchanged);
    assert_eq!(watch.mistakes().len(), 1);
    bench.write("movers.yaml", SUBSCRIPTION);
    assert_eq!(watch.look().await.unwrap(), Outcome::Unchanged);
    assert!(watch.mistakes().is_empty());
    std::os::unix::fs::symlink("nowhere", bench.dir.path().join("link.yaml")).unwrap();
    bench.remove("movers.yaml");
    assert_eq!(watch.look().await.unwrap(), Outcome::Unreadable);
    assert_eq!(bench.registry().await, before);
    bench.remove("link.yaml");
    assert_eq!(watch.look().await.unwrap(), Outcome::Published(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_the_lease_publishes_nothing() {
    let bench = Bench::new().await;
    let mut first = bench.watch().await;
    first.look().await.unwrap();
    let mut second = Watch::begin(Control { holder: "other".into(), ..bench.control() }).await.unwrap();
    bench.remove("movers.yaml");
    assert!(matches!(first.look().await, Err(ControlError::LeaseLost)));
    assert!(movers(&bench.registry().await).is_some());
    assert_eq!(second.look().await.unwrap(), Outcome::Published(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_ended_while_the_process_slept_is_still_its_own() {
    let bench = Bench::new().await;
    let mut watch = bench.watch().await;
    watch.look().await.unwrap();
    bench.store.shift_clock(jiff::SignedDuration::from_hours(1));
    bench.remove("movers.yaml");
    assert_eq!(watch.look().await.unwrap(), Outcome::Published(2));
    // Another process of the same name has taken it: what is left of this one must end.
    let _second = bench.watch().await;
    assert!(matches!(watch.look().await, Err(ControlError::LeaseLost)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_of_another_authority_is_refused_after_a_restart_too() {
    let bench = Bench::new().await;
    bench.watch().await.look().await.unwrap();
    let before = bench.registry().await;
    bench.write("source.yaml", &SOURCE.replace("12345678", "87654321"));
    let mut watch = bench.watch().await;
    assert_eq!(watch.look().await.unwrap(), Outcome::Unchanged);
    let told: Vec<String> = watch.mistakes().iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|line| line.contains("spec.authority.cvr: AuthorityMismatch")), "{told:?}");
    assert_eq!(bench.registry().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mass_deletion_waits_until_it_is_accepted() {
    let bench = Bench::new().await;
    let mut watch = bench.watch().await;
    watch.look().await.unwrap();
    bench.people(1, 101, 751).await;
    bench.remove("movers.yaml");
    let Outcome::Held(loss) = watch.look().await.unwrap() else { panic!("not held") };
    assert_eq!((loss.members, loss.ended), (101, 101));
    assert_eq!(watch.look().await.unwrap(), Outcome::Unchanged, "it waits");
    assert!(movers(&bench.registry().await).is_some());
    let mut watch = Watch::begin(Control { accept_shrink: true, ..bench.control() }).await.unwrap();
    assert_eq!(watch.look().await.unwrap(), Outcome::Published(2));
    assert_eq!(movers(&bench.registry().await), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrowed_selection_is_weighed_by_the_persons_that_it_leaves_out() {
    let bench = Bench::new().await;
    let mut watch = bench.watch().await;
    watch.look().await.unwrap();
    bench.people(1, 2000, 751).await;
    bench.people(10_001, 150, 101).await;
    // 150 of 2150 are below a tenth, although every member's selection has changed.
    bench.write("movers.yaml", &SUBSCRIPTION.replace("['0751', '0101']", "['0751']"));
    assert_eq!(watch.look().await.unwrap(), Outcome::Published(2));
    bench.write("movers.yaml", &SUBSCRIPTION.replace("['0751', '0101']", "['0101']"));
    let Outcome::Held(loss) = watch.look().await.unwrap() else { panic!("not held") };
    assert_eq!((loss.members, loss.ended), (2150, 2000));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_task_publishes_what_changes_and_ends_when_asked() {
    let bench = Bench::new().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let beat = runtime::health::Health::new().register("control");
    let task = tokio::spawn(control::run(bench.control(), beat, stop.clone()));
    let deadline = Duration::from_secs(30);
    let version = async |wanted: i64| {
        while bench.store.registry_version().await.unwrap() != Some(wanted) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(deadline, version(1)).await.unwrap();
    bench.remove("movers.yaml");
    tokio::time::timeout(deadline, version(2)).await.unwrap();
    stop.cancel();
    tokio::time::timeout(deadline, task).await.unwrap().unwrap().unwrap();
    assert!(bench.store.take_lease(control::LEASE, "other", deadline).await.unwrap().is_some(), "the lease is free");
}
