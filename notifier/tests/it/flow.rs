//! The path of an advisory, and what changes on the way.

use std::time::Duration;

use simulator::receiver::{Behaviour, Secret};
use store::{Outcome, StoredAttempt};

use crate::world::{SOON, World, key};

fn all_delivered(count: usize) -> impl Fn(&[StoredAttempt]) -> bool {
    move |attempts| attempts.iter().filter(|one| one.outcome == Outcome::Delivered).count() >= count
}

#[tokio::test(flavor = "multi_thread")]
async fn sequences_are_dense_and_rise_per_person() {
    let world = World::new(&["/a", "/b"], |_| {}).await;
    let _running = world.notify();
    for _ in 0..5 {
        world.record(20).await;
    }
    for path in ["/a", "/b"] {
        let mut sequences = world.accepted(path, 100).await;
        for person in world.receiver.received_on(path).chunk_by(|a, b| a.subject == b.subject) {
            assert!(person.is_sorted_by_key(|one| one.sequence));
        }
        sequences.sort_unstable();
        assert_eq!(sequences, (1..=100).collect::<Vec<_>>());
        let attempts = world.attempts_until(path, all_delivered(100)).await;
        assert!(attempts.iter().all(|one| one.n == 1 && one.last && one.http_status == Some(204)), "{attempts:?}");
        world.backlog_until(path, |_, _, all| all == 0).await;
    }
    assert!(world.receiver.refused().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_stays_in_order_under_failures() {
    let world = World::new(&["/a"], |one| one.retry.schedule = vec![Duration::from_millis(50); 50]).await;
    let _running = world.notify();
    for round in 0..6 {
        let behaviour =
            if round % 2 == 0 { Behaviour::Status(500, Vec::new()) } else { Behaviour::Slow(Duration::from_millis(5)) };
        world.behave("/a", behaviour).await;
        world.record(10).await;
    }
    let mut highest = std::collections::HashMap::new();
    world.accepted("/a", 60).await;
    for one in world.receiver.received_on("/a").into_iter().filter(|one| one.accepted && !one.duplicate) {
        let before = highest.insert(one.subject.clone(), one.sequence);
        assert!(before.is_none_or(|before| before < one.sequence), "an older advisory came after a newer one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_grant_is_not_sent_any_more() {
    let mut world = World::new(&["/a"], |_| {}).await;
    world.record(3).await;
    world.declare(|registry| registry.subscriptions.clear()).await;
    let _running = world.notify();
    let attempts = world.attempts_until("/a", |all| all.len() == 3).await;
    for one in attempts {
        assert_eq!((one.n, one.outcome, one.last), (0, Outcome::Withdrawn, true));
        assert_eq!(one.reason.as_deref(), Some("GrantWithdrawn"));
    }
    assert!(world.receiver.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_moves_while_running_counts_from_the_next_load() {
    let mut world = World::new(&["/a"], |_| {}).await;
    let _running = world.notify();
    world.record(2).await;
    world.accepted("/a", 2).await;
    world.declare(|registry| registry.subscriptions.clear()).await;
    world.record(2).await;
    let attempts = world.attempts_until("/a", |all| all.len() == 4).await;
    assert_eq!(attempts.iter().filter(|one| one.outcome == Outcome::Withdrawn).count(), 2);
    assert_eq!(world.receiver.received().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_secret_a_consumer_waits_and_others_do_not() {
    let world = World::new(&["/a", "/b"], |_| {}).await;
    let place = world.folder.path().join("secrets/team/a/signing-key");
    std::fs::remove_file(&place).unwrap();
    let _running = world.notify();
    world.record(3).await;
    world.accepted("/b", 3).await;
    assert!(world.attempts("/a").await.is_empty(), "no attempt without a signature");
    world.write_secret("/a", "signing-key", &key(1));
    world.accepted("/a", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_is_used_without_a_restart() {
    let world = World::new(&["/a"], |one| one.retry.schedule = vec![Duration::from_millis(50); 50]).await;
    let _running = world.notify();
    world.record(1).await;
    world.accepted("/a", 1).await;
    world.write_secret("/a", "signing-key-previous", &key(1));
    world.write_secret("/a", "signing-key", &key(2));
    // the notifier may sign by the old key for one look more; the receiver takes either meanwhile
    let secrets = [key(1), key(2)].map(|text| Secret::parse(&text).unwrap());
    world.receiver.accept_secrets("/a", secrets.to_vec()).unwrap();
    world.record(1).await;
    world.accepted("/a", 2).await;
    std::fs::remove_file(world.folder.path().join("secrets/team/a/signing-key-previous")).unwrap();
    world.receiver.accept_secrets("/a", vec![Secret::parse(&key(2)).unwrap()]).unwrap();
    world.record(1).await;
    world.accepted("/a", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_consumer_waits_in_the_store() {
    let mut world = World::new(&["/a", "/b"], |one| one.suspend = one.object.name == "a").await;
    let _running = world.notify();
    world.record(3).await;
    world.accepted("/b", 3).await;
    assert!(world.attempts("/a").await.is_empty());
    world.declare(|registry| registry.consumers[0].suspend = false).await;
    world.accepted("/a", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_consumer_and_a_removed_one_are_followed_live() {
    let mut world = World::new(&["/a", "/b"], |_| {}).await;
    let mut removed = None;
    world.declare(|registry| removed = registry.consumers.pop()).await;
    let _running = world.notify();
    world.record(2).await;
    world.accepted("/a", 2).await;
    world.declare(|registry| registry.consumers.push(removed.take().unwrap())).await;
    world.record(2).await;
    world.accepted("/b", 2).await;
    world.declare(|registry| drop(registry.consumers.remove(0))).await;
    world.record(2).await;
    world.accepted("/b", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_what_is_in_flight_and_records_it() {
    let world = World::new(&["/a"], |_| {}).await;
    world.behave("/a", Behaviour::Slow(Duration::from_millis(300))).await;
    let running = world.notify();
    world.record(1).await;
    assert!(world.receiver.wait_until(SOON, |all| all.len() == 1).await);
    running.stop().await;
    let attempts = world.attempts("/a").await;
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].outcome, Outcome::Delivered);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_before_a_restart_is_in_the_queues_after_it() {
    let mut world = World::new(&["/a", "/b"], |_| {}).await;
    world.record(30).await;
    world.forget_queues().await;
    assert_eq!(world.bus.depth(world.id("/a")).await.unwrap(), 30);
    let _running = world.notify();
    world.accepted("/a", 30).await;
    world.accepted("/b", 30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_whose_queue_was_deleted_and_made_anew_is_served_again() {
    let world = World::new(&["/a"], |_| {}).await;
    let _running = world.notify();
    world.record(1).await;
    world.accepted("/a", 1).await;
    world.bus.remove(world.id("/a")).await.unwrap();
    world.record(2).await;
    world.accepted("/a", 3).await;
}
