//! Every table: what is stored comes back, and what must be refused is.

use std::time::Duration;

use cpr::FieldSet;
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use registry::{Environment, Registry};
use store::*;

use crate::database::installation;
use crate::population::*;

const DAY: Date = date(2026, 3, 2);
const TTL: Duration = Duration::from_secs(10);

async fn migrating_twice_changes_nothing_and_another_owner_is_refused(store: Store, url: String) {
    assert_eq!(store.migrate(&installation()).await.unwrap(), 1);
    let known =
        Installation { authority: Some("11111111".into()), environment: Some(Environment::Test), ..installation() };
    store.verify(&known).await.unwrap();
    assert_eq!(store.installation().await.unwrap(), Some((known.clone(), 1)));
    store.verify(&installation()).await.unwrap();
    let again = Store::connect(&StoreConfig::new(&url)).await.unwrap();
    for (what, other) in [
        ("installation", Installation { name: "other".into(), ..known.clone() }),
        ("authority", Installation { authority: Some("22222222".into()), ..known.clone() }),
        ("environment", Installation { environment: Some(Environment::Production), ..known.clone() }),
    ] {
        match again.verify(&other).await {
            Err(StoreError::AuthorityMismatch { what: found, .. }) => assert_eq!(found, what),
            other => panic!("{what}: {other:?}"),
        }
    }
    assert_eq!(again.installation().await.unwrap(), Some((known, 1)), "a refusal leaves nothing behind");
    again.close().await;
}

async fn the_clock_is_the_databases_and_can_be_shifted(store: Store, _: String) {
    let before = store.now().await.unwrap();
    store.shift_clock(SignedDuration::from_hours(2));
    let shifted = store.now().await.unwrap().duration_since(before);
    assert!(shifted >= SignedDuration::from_hours(2) && shifted < SignedDuration::from_hours(3), "{shifted}");
}

async fn a_lease_has_one_holder_and_its_epoch_fences(store: Store, _: String) {
    let first = store.take_lease("ingester", "a", TTL).await.unwrap().unwrap();
    assert_eq!(store.take_lease("ingester", "b", TTL).await.unwrap(), None);
    let renewed = store.take_lease("ingester", "a", TTL).await.unwrap().unwrap();
    assert_eq!(renewed.epoch, first.epoch);
    store.shift_clock(SignedDuration::from_secs(11));
    let late = store.renew_lease(&first, TTL).await.unwrap().unwrap();
    assert_eq!(late.epoch, first.epoch, "nobody has taken it since");
    assert_eq!(store.take_lease("ingester", "b", TTL).await.unwrap(), None);
    store.shift_clock(SignedDuration::from_secs(22));
    let second = store.take_lease("ingester", "b", TTL).await.unwrap().unwrap();
    assert!(second.epoch > first.epoch);
    assert_eq!(store.renew_lease(&first, TTL).await.unwrap(), None);
    let namesake = store.seize_lease("ingester", "b", TTL).await.unwrap();
    assert_eq!(store.renew_lease(&second, TTL).await.unwrap(), None, "a holder of the same name is another one");
    let second = namesake;
    let mut tx = store.begin().await.unwrap();
    tx.fence(&second).await.unwrap();
    assert!(matches!(tx.fence(&first).await, Err(StoreError::Fenced { .. })));
    drop(tx);
    let seized = store.seize_lease("ingester", "c", TTL).await.unwrap();
    assert!(seized.epoch > second.epoch);
    store.release_lease(&second).await.unwrap();
    assert_eq!(store.take_lease("ingester", "d", TTL).await.unwrap(), None, "only the holder gives it back");
    store.release_lease(&seized).await.unwrap();
    assert!(store.take_lease("ingester", "d", TTL).await.unwrap().is_some());
}

async fn the_registry_moves_only_from_the_expected_version_under_the_lease(store: Store, _: String) {
    let lease = store.take_lease("operator", "a", TTL).await.unwrap().unwrap();
    assert_eq!(store.current_registry().await.unwrap(), None);
    let registry = Registry::empty("test");
    assert_eq!(store.publish_registry(&registry, None, &lease).await.unwrap(), 1);
    assert!(matches!(store.publish_registry(&registry, None, &lease).await, Err(StoreError::RegistryMoved)));
    assert_eq!(store.publish_registry(&registry, Some(1), &lease).await.unwrap(), 2);
    assert!(matches!(store.publish_registry(&registry, Some(1), &lease).await, Err(StoreError::RegistryMoved)));
    let current = store.current_registry().await.unwrap().unwrap();
    assert_eq!((current.version, current.registry.clone()), (2, registry.clone()));
    assert_eq!(store.registry_version().await.unwrap(), Some(2));
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.lock_registry().await.unwrap(), Some(2));
    drop(tx);
    store.seize_lease("operator", "b", TTL).await.unwrap();
    assert!(matches!(store.publish_registry(&registry, Some(2), &lease).await, Err(StoreError::Fenced { .. })));
}

async fn processes_are_seen_for_a_while(store: Store, _: String) {
    let beat = Beat { name: "n-1".into(), role: "notifier".into(), registry_version: None, schema: 1 };
    store.beat(&beat).await.unwrap();
    let beat = Beat { registry_version: Some(4), ..beat };
    store.beat(&beat).await.unwrap();
    let seen = store.processes(Duration::from_secs(15)).await.unwrap();
    assert_eq!(seen.into_iter().map(|process| process.beat).collect::<Vec<_>>(), [beat]);
    store.shift_clock(SignedDuration::from_secs(16));
    assert_eq!(store.processes(Duration::from_secs(15)).await.unwrap(), []);
}

async fn numbers_keep_their_row(store: Store, _: String) {
    let mut tx = store.begin().await.unwrap();
    let new = |n, person, state| NewNumber { number: number(n), person, state };
    let first = [new(1, Some(person(1)), NumberState::Current), new(2, None, NumberState::Referenced)];
    let rows = tx.insert_numbers(&first).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [number(1), number(2)]);
    let again = [new(3, None, NumberState::Referenced), new(2, Some(person(9)), NumberState::Current)];
    let more = tx.insert_numbers(&again).await.unwrap();
    assert_eq!((more[1].id, more[1].person), (rows[1].id, None), "an existing one keeps its row");
    tx.assign_numbers(&[(rows[1].id, person(2), NumberState::Current)]).await.unwrap();
    let found = tx.numbers(&[number(2), number(4)]).await.unwrap();
    assert_eq!(
        found,
        [Numbered { id: rows[1].id, number: number(2), person: Some(person(2)), state: NumberState::Current }]
    );
    tx.commit().await.unwrap();
    assert_eq!(store.number(number(1)).await.unwrap().map(|row| row.id), Some(rows[0].id));
    assert_eq!(store.number(number(7)).await.unwrap(), None);
    assert!(!format!("{found:?}").contains("1019"), "digits are hidden");
}

fn snapshot(store: &Store, of: PersonId, body: &[u8]) -> NewSnapshot {
    NewSnapshot {
        person: of,
        source: source(),
        extract: Some(ExtractId(4)),
        kind: SnapshotKind::Records,
        known: FieldSet::from_bits(0b1011),
        production_date: DAY,
        body: store.pack(body),
    }
}

async fn snapshots_and_persons_come_back(store: Store, _: String) {
    let bodies: Vec<Vec<u8>> =
        (0..3).map(|n| format!("001#00000000{n} 01 M\n008#00000000{n} NAVN").repeat(n + 1).into_bytes()).collect();
    let mut tx = store.begin().await.unwrap();
    let new: Vec<_> = bodies.iter().zip(1..).map(|(body, n)| snapshot(&store, person(n), body)).collect();
    let ids = tx.insert_snapshots(&new).await.unwrap();
    let facts = Facts { municipality: Some(751), born: Some("1980-00-00".into()), status: Some(1), protected: true };
    let updates: Vec<_> = ids
        .iter()
        .zip(1..)
        .map(|(id, n)| PersonUpdate { id: person(n), snapshot: *id, production_date: DAY, facts: facts.clone() })
        .collect();
    tx.put_persons(&updates).await.unwrap();
    let mut stored = tx.snapshots(&ids).await.unwrap();
    stored.sort_by_key(|snapshot| snapshot.person);
    assert_eq!(stored.iter().map(|each| each.body.0.clone()).collect::<Vec<_>>(), bodies);
    assert_eq!((stored[0].known, stored[0].production_date, stored[0].extract), (new[0].known, DAY, new[0].extract));
    let later = tx.insert_snapshots(&[snapshot(&store, person(1), b"later")]).await.unwrap();
    tx.put_persons(&[PersonUpdate { snapshot: later[0], facts: Facts::default(), ..updates[0].clone() }])
        .await
        .unwrap();
    tx.merge_persons(person(3), person(2)).await.unwrap();
    let persons = tx.persons(&[person(1), person(3), person(8)]).await.unwrap();
    tx.commit().await.unwrap();
    let of = |id| persons.iter().find(|person| person.id == id).unwrap();
    assert_eq!(persons.len(), 2);
    assert_eq!(of(person(1)).current.as_ref().map(|current| current.body.0.as_slice()), Some(b"later".as_slice()));
    assert_eq!((&of(person(1)).facts, &of(person(3)).facts), (&Facts::default(), &facts));
    assert_eq!(of(person(3)).merged_into, Some(person(2)));
    assert_eq!(store.count_persons().await.unwrap(), 3);
    let walk = store.persons_after(Some(person(1)), 1).await.unwrap();
    assert_eq!(walk.iter().map(|person| person.id).collect::<Vec<_>>(), [person(2)]);
    assert_eq!(store.persons_after(None, 10).await.unwrap().len(), 3);
}

async fn memberships_are_added_once_and_removed(store: Store, _: String) {
    let now = at(store.now().await.unwrap().as_millisecond());
    let member =
        |s, p| Membership { subscription: subscription(s), person: person(p), consumer: consumer(1), since: now };
    let mut tx = store.begin().await.unwrap();
    tx.add_memberships(&[member(1, 1), member(2, 1), member(1, 2)]).await.unwrap();
    let again = Membership { since: now + SignedDuration::from_secs(9), ..member(1, 1) };
    tx.add_memberships(&[again]).await.unwrap();
    let mut found = tx.memberships(&[person(1)]).await.unwrap();
    found.sort_by_key(|member| member.subscription);
    assert_eq!(found, [member(1, 1), member(2, 1)]);
    tx.remove_memberships(&[(subscription(1), person(1))]).await.unwrap();
    assert_eq!(tx.memberships(&[person(1), person(2)]).await.unwrap().len(), 2);
    tx.commit().await.unwrap();
    let mut counts = store.count_members().await.unwrap();
    counts.sort_unstable();
    assert_eq!(counts, [(subscription(1), 1), (subscription(2), 1)]);
}

async fn a_subscription_remembers_its_load_until_its_selection_changes(store: Store, _: String) {
    let row = StoredSubscription {
        id: subscription(1),
        consumer: consumer(1),
        object: "team/sub".into(),
        purpose: "{}".into(),
        selection: "a".into(),
        initial_load_done: false,
    };
    let mut tx = store.begin().await.unwrap();
    tx.put_subscriptions(std::slice::from_ref(&row)).await.unwrap();
    tx.initial_load_done(&[row.id]).await.unwrap();
    tx.put_subscriptions(&[StoredSubscription { purpose: "{1}".into(), ..row.clone() }]).await.unwrap();
    let kept = tx.subscriptions().await.unwrap();
    assert_eq!((kept[0].initial_load_done, kept[0].purpose.as_str()), (true, "{1}"));
    tx.put_subscriptions(&[StoredSubscription { selection: "b".into(), ..row.clone() }]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!store.subscriptions().await.unwrap()[0].initial_load_done);
}

async fn events_come_back_whole(store: Store, _: String) {
    let now = at(1_700_000_000_123);
    let full = NewEvent {
        before: Some(SnapshotId(3)),
        after: Some(SnapshotId(4)),
        extract: Some(ExtractId(5)),
        ..event(1, person(1), now)
    };
    let bare =
        NewEvent { codes: vec![], kind: EventKind::Membership, cause: Cause::Registry, ..event(2, person(2), now) };
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.record(&[full.clone(), bare.clone()], &[], &all(1), now).await.unwrap(), []);
    tx.commit().await.unwrap();
    let mut found = store.events(&[full.id, bare.id]).await.unwrap();
    found.sort_by_key(|event| event.id);
    assert_eq!(found, [full, bare]);
}

fn file(hash: u8) -> NewExtract {
    NewExtract {
        source: source(),
        name: format!("D{hash}.txt"),
        transfer_id: format!("t-{hash}"),
        sha256: [hash; 32],
        production_date: Some(DAY),
        task_number: "1234".into(),
        persons: 300,
        load: false,
    }
}

async fn an_extract_moves_by_compare_and_set(store: Store, _: String) {
    let mut tx = store.begin().await.unwrap();
    let opened = tx.open_extract(&file(1), 5).await.unwrap();
    assert_eq!((opened.state, opened.persons_done, opened.counts.as_str()), (ExtractState::Open, 0, "{}"));
    tx.advance_extract(opened.id, 0, 200, 5, "{\"events\":3}").await.unwrap();
    assert!(matches!(tx.advance_extract(opened.id, 0, 200, 5, "{}").await, Err(StoreError::Fenced { .. })));
    let resumed = tx.open_extract(&file(1), 6).await.unwrap();
    assert_eq!((resumed.id, resumed.persons_done, resumed.epoch), (opened.id, 200, 6));
    assert!(matches!(tx.advance_extract(opened.id, 200, 300, 5, "{}").await, Err(StoreError::Fenced { .. })));
    assert!(matches!(tx.open_extract(&file(1), 5).await, Err(StoreError::Fenced { .. })), "an older leader");
    tx.advance_extract(opened.id, 200, 300, 6, "{\"events\":4}").await.unwrap();
    tx.finish_extract(opened.id, 6).await.unwrap();
    let again = tx.open_extract(&file(1), 7).await.unwrap();
    assert_eq!((again.state, again.counts.as_str()), (ExtractState::Applied, "{\"events\":4}"));
    assert!(matches!(tx.refuse_extract(&file(1), "no").await, Err(StoreError::Fenced { .. })));
    tx.commit().await.unwrap();
    assert_eq!(store.last_applied(source()).await.unwrap().map(|extract| extract.id), Some(opened.id));
    let by_hash = store.extract_by_hash(source(), &[1; 32]).await.unwrap().unwrap();
    assert_eq!((by_hash.file, by_hash.finished_at.is_some()), (file(1), true));
}

async fn a_refused_file_is_remembered(store: Store, _: String) {
    let unreadable = NewExtract { production_date: None, ..file(2) };
    let mut tx = store.begin().await.unwrap();
    let id = tx.refuse_extract(&unreadable, "the counter differs").await.unwrap();
    tx.open_extract(&file(3), 1).await.unwrap();
    assert_eq!(tx.refuse_extract(&unreadable, "still").await.unwrap(), id);
    tx.commit().await.unwrap();
    let refused = store.extract_by_transfer(source(), "t-2").await.unwrap().unwrap();
    assert_eq!((refused.state, refused.reason.as_deref()), (ExtractState::Refused, Some("still")));
    assert_eq!(store.last_applied(source()).await.unwrap(), None);
    let newest: Vec<_> = store.extracts(9).await.unwrap().into_iter().map(|extract| extract.file.name).collect();
    assert_eq!(newest, ["D3.txt", "D2.txt"]);
}

async fn quarantine_ends_with_a_good_snapshot_or_its_time(store: Store, _: String) {
    let until = store.now().await.unwrap() + SignedDuration::from_hours(24);
    let line = |line, number| NewQuarantined {
        source: source(),
        extract: ExtractId(1),
        number,
        line,
        code: "008".into(),
        reason: "a name is not text".into(),
        sealed: vec![1, 2, 3],
        until,
    };
    let mut tx = store.begin().await.unwrap();
    tx.quarantine(&[line(1, Some(NumberId(1))), line(2, Some(NumberId(2))), line(3, None)]).await.unwrap();
    assert_eq!(tx.release_quarantine(&[NumberId(1)], ExtractId(1)).await.unwrap(), 0, "not by its own extract");
    assert_eq!(tx.release_quarantine(&[NumberId(1)], ExtractId(2)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let counts = store.quarantined().await.unwrap();
    assert_eq!((counts[0].source, counts[0].lines), (source(), 2));
    assert_eq!(store.expire_quarantine().await.unwrap(), 0);
    store.shift_clock(SignedDuration::from_hours(25));
    assert_eq!(store.expire_quarantine().await.unwrap(), 2);
}

async fn a_reselection_is_resumed_where_it_stopped(store: Store, _: String) {
    let mut tx = store.begin().await.unwrap();
    let begun = tx.open_reselection(3, DAY).await.unwrap();
    assert_eq!((begun.position, begun.done_at), (None, None));
    tx.advance_reselection(&begun, person(4), "{\"entered\":1}").await.unwrap();
    assert!(matches!(tx.advance_reselection(&begun, person(5), "{}").await, Err(StoreError::Fenced { .. })));
    let resumed = tx.open_reselection(3, DAY).await.unwrap();
    assert_eq!((resumed.position, resumed.counts.as_str()), (Some(person(4)), "{\"entered\":1}"));
    tx.finish_reselection(&resumed).await.unwrap();
    assert!(matches!(tx.finish_reselection(&resumed).await, Err(StoreError::Fenced { .. })));
    tx.open_reselection(2, DAY).await.unwrap();
    tx.commit().await.unwrap();
    let last = store.last_reselection().await.unwrap().unwrap();
    assert_eq!((last.registry_version, last.done_at.is_some()), (3, true));
}

async fn units_of_work_under_one_lease_follow_each_other(store: Store, _: String) {
    let held = store.seize_lease("ingester", "a", TTL).await.unwrap();
    let units = (1..=24).map(|n| {
        let (store, held) = (store.clone(), held.clone());
        tokio::spawn(async move {
            let mut tx = store.begin().await.unwrap();
            tx.fence(&held).await.unwrap();
            let seen = tx.persons_after(None, 100).await.unwrap().len();
            let body = snapshot(&store, person(n), b"x");
            let ids = tx.insert_snapshots(&[body]).await.unwrap();
            let update =
                PersonUpdate { id: person(n), snapshot: ids[0], production_date: DAY, facts: Facts::default() };
            tx.put_persons(&[update]).await.unwrap();
            tx.commit().await.unwrap();
            seen
        })
    });
    let mut seen = Vec::new();
    for unit in units.collect::<Vec<_>>() {
        seen.push(unit.await.unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..24).collect::<Vec<_>>(), "each sees what the one before left");
}

async fn a_transfer_that_was_applied_is_found_behind_later_refusals(store: Store, _: String) {
    let file = |n: u8| NewExtract {
        source: source(),
        name: format!("f{n}"),
        transfer_id: "t-1".into(),
        sha256: [n; 32],
        production_date: Some(DAY),
        task_number: String::new(),
        persons: 0,
        load: false,
    };
    let mut tx = store.begin().await.unwrap();
    let applied = tx.open_extract(&file(1), 1).await.unwrap();
    tx.finish_extract(applied.id, 1).await.unwrap();
    tx.refuse_extract(&file(2), "another file").await.unwrap();
    tx.commit().await.unwrap();
    let found = store.extract_by_transfer(source(), "t-1").await.unwrap().unwrap();
    assert_eq!((found.id, found.state), (applied.id, ExtractState::Applied));
}

async fn what_is_not_committed_is_undone(store: Store, _: String) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_numbers(&[NewNumber { number: number(1), person: None, state: NumberState::Referenced }]).await.unwrap();
    drop(tx);
    assert_eq!(store.number(number(1)).await.unwrap(), None);
}

async fn a_chunk_larger_than_a_statement_goes_in(store: Store, _: String) {
    let numbers: Vec<_> = (0..12_000_u64)
        .map(|n| NewNumber { number: number(n), person: None, state: NumberState::Referenced })
        .collect();
    let mut tx = store.begin().await.unwrap();
    let rows = tx.insert_numbers(&numbers).await.unwrap();
    tx.commit().await.unwrap();
    assert!(rows.iter().zip(&numbers).all(|(row, new)| row.number == new.number));
}

crate::database::on_both!(
    migrating_twice_changes_nothing_and_another_owner_is_refused,
    the_clock_is_the_databases_and_can_be_shifted,
    a_lease_has_one_holder_and_its_epoch_fences,
    the_registry_moves_only_from_the_expected_version_under_the_lease,
    processes_are_seen_for_a_while,
    numbers_keep_their_row,
    snapshots_and_persons_come_back,
    memberships_are_added_once_and_removed,
    a_subscription_remembers_its_load_until_its_selection_changes,
    events_come_back_whole,
    an_extract_moves_by_compare_and_set,
    a_refused_file_is_remembered,
    quarantine_ends_with_a_good_snapshot_or_its_time,
    a_reselection_is_resumed_where_it_stopped,
    units_of_work_under_one_lease_follow_each_other,
    a_transfer_that_was_applied_is_found_behind_later_refusals,
    what_is_not_committed_is_undone,
    a_chunk_larger_than_a_statement_goes_in,
);

#[tokio::test]
async fn a_store_without_its_tables_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/new/store.db", folder.path().display());
    let store = Store::connect(&StoreConfig::new(&url)).await.unwrap();
    assert!(matches!(store.verify(&installation()).await, Err(StoreError::PendingMigrations { pending: 1 })));
    assert_eq!(store.installation().await.unwrap(), None);
    assert!(matches!(Store::connect(&StoreConfig::new("mysql://x")).await, Err(StoreError::Url(None))));
    let hidden = format!("{:?}", StoreConfig::new("postgres://user:secret@host/db"));
    assert!(!hidden.contains("secret") && !hidden.contains("host"), "{hidden}");
}

#[tokio::test]
async fn what_is_settled_stands_in_the_file_itself() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let open = async |name: &str| Store::connect(&StoreConfig::new(&format!("sqlite:{}", at(name).display()))).await;
    let store = open("a.db").await.unwrap();
    store.migrate(&installation()).await.unwrap();
    store.seize_lease("ingester", "a", TTL).await.unwrap();
    store.settle().await.unwrap();
    // The file without its journal: what is left when the journal never reached the disk.
    std::fs::copy(at("a.db"), at("b.db")).unwrap();
    let copy = open("b.db").await.unwrap();
    assert_eq!(copy.take_lease("ingester", "b", TTL).await.unwrap(), None, "the copy knows who holds it");
    copy.close().await;
    store.close().await;
}

#[tokio::test]
async fn a_damaged_snapshot_is_told_by_its_body_and_holds_up_no_other() {
    crate::database::on_sqlite(async |store: Store, url: String| {
        let mut tx = store.begin().await.unwrap();
        let new = [snapshot(&store, person(1), b"001 good"), snapshot(&store, person(2), b"001 bad")];
        let ids = tx.insert_snapshots(&new).await.unwrap();
        tx.commit().await.unwrap();
        let direct = sqlx::SqlitePool::connect(&url).await.unwrap();
        sqlx::query("update snapshot set size = 99 where id = ?").bind(ids[1].0).execute(&direct).await.unwrap();
        direct.close().await;
        let mut stored = store.begin().await.unwrap().snapshots(&ids).await.unwrap();
        stored.sort_by_key(|snapshot| snapshot.person);
        assert_eq!(stored[0].body.0, b"001 good");
        assert_eq!(stored[1].body, SnapshotBody::damaged());
        assert!(cpr::Records::from_stored(&stored[1].body.0).is_err());
    })
    .await;
}
