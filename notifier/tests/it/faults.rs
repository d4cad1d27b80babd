//! What a receiver can do to us, and what becomes of the advisory; beside each one stands a healthy receiver.

use std::time::Duration;

use simulator::receiver::Behaviour;
use store::{Breaker, Outcome, StoredAttempt};

use crate::world::World;

const PERSONS: u128 = 3;

/// What the first attempts at the faulty receiver must look like: outcome, reason, counted, status.
type Seen = (Outcome, Option<&'static str>, bool, Option<i64>);

fn seen(attempt: &StoredAttempt) -> (Outcome, Option<&str>, bool, Option<i64>) {
    (attempt.outcome, attempt.reason.as_deref(), attempt.counted, attempt.http_status)
}

fn status(code: u16, headers: &[(&str, &str)]) -> Behaviour {
    Behaviour::Status(code, headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// Delivers to a faulty and a healthy receiver, checks the first attempts, lets the faulty one recover `later` seconds on, and sees
/// everything arrive.
async fn check(behaviour: Behaviour, expected: Seen, later: i64) {
    let name = format!("{behaviour:?}");
    let adjust = |one: &mut registry::Consumer| {
        if one.object.name == "faulty" {
            one.webhook.timeout = Duration::from_millis(400);
        }
    };
    let world = World::new(&["/faulty", "/healthy"], adjust).await;
    world.behave("/faulty", behaviour).await;
    let _running = world.notify();
    world.record(PERSONS).await;
    world.accepted("/healthy", 3).await;
    let attempts = world.attempts_until("/faulty", |all| all.len() >= 3).await;
    for attempt in &attempts[..3] {
        assert_eq!(seen(attempt), expected, "{name}");
    }
    world.behave("/faulty", Behaviour::Accept).await;
    world.shift(later);
    let delivered = |all: &[StoredAttempt]| all.iter().filter(|one| one.outcome == Outcome::Delivered).count() == 3;
    world.attempts_until("/faulty", delivered).await;
    world.backlog_until("/faulty", |_, _, all| all == 0).await;
}

const FAILED: Outcome = Outcome::Failed;

#[tokio::test(flavor = "multi_thread")]
async fn answers_500() {
    check(status(500, &[]), (FAILED, Some("status"), true, Some(500)), 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_301_and_is_not_followed() {
    let world = World::new(&["/faulty", "/healthy"], |_| {}).await;
    let elsewhere = world.receiver.url("/healthy").unwrap();
    check(Behaviour::Redirect(elsewhere), (FAILED, Some("status"), true, Some(301)), 40).await;
    assert!(world.receiver.received().is_empty() && world.receiver.refused().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn is_down() {
    check(Behaviour::Down, (FAILED, Some("connect"), true, None), 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_a_wrong_certificate() {
    check(Behaviour::WrongCertificate, (FAILED, Some("tls"), true, None), 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_slower_than_the_timeout() {
    let slow = Behaviour::Slow(Duration::from_secs(20));
    check(slow, (FAILED, Some("timeout"), true, None), 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_with_an_endless_body() {
    check(Behaviour::EndlessBody, (Outcome::Delivered, None, true, Some(200)), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closes_in_mid_answer() {
    check(Behaviour::CutBody, (Outcome::Delivered, None, true, Some(200)), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_for_a_short_pause() {
    let behaviour = status(429, &[("retry-after", "30")]);
    check_pause(behaviour, 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_for_a_long_pause() {
    let behaviour = status(503, &[("retry-after", "200")]);
    check_pause(behaviour, 210).await;
}

/// After the first answer nothing more is sent until the pause is over, and nothing counts.
async fn check_pause(behaviour: Behaviour, later: i64) {
    let world = World::new(&["/faulty", "/healthy"], |one| one.limits.concurrency = 1).await;
    world.behave("/faulty", behaviour).await;
    let _running = world.notify();
    world.record(PERSONS).await;
    world.accepted("/healthy", 3).await;
    let attempts = world.attempts_until("/faulty", |all| !all.is_empty()).await;
    assert_eq!((attempts[0].outcome, attempts[0].reason.as_deref()), (Outcome::Returned, Some("RetryAfter")));
    world.record(PERSONS).await;
    world.accepted("/healthy", 6).await;
    assert_eq!(world.attempts("/faulty").await.len(), 1, "the consumer pauses as a whole");
    world.behave("/faulty", Behaviour::Accept).await;
    world.shift(later);
    world.accepted("/faulty", 6).await;
    let attempts = world.attempts_until("/faulty", |all| all.len() == 7).await;
    assert_eq!(attempts.iter().filter(|one| one.outcome == Outcome::Delivered).count(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn is_gone_until_its_declaration_changes() {
    let mut world = World::new(&["/faulty", "/healthy"], |_| {}).await;
    world.behave("/faulty", Behaviour::Gone).await;
    let _running = world.notify();
    world.record(PERSONS).await;
    world.accepted("/healthy", 3).await;
    world.backlog_until("/faulty", |queued, due, _| queued == 0 && due == 3).await;
    let before = world.attempts("/faulty").await;
    assert!(before.iter().all(|one| seen(one) == (Outcome::Returned, Some("Gone"), false, Some(410))), "{before:?}");
    world.behave("/faulty", Behaviour::Accept).await;
    world.shift(3600);
    world.record(PERSONS).await;
    world.accepted("/healthy", 6).await;
    assert_eq!(world.attempts("/faulty").await.len(), before.len(), "no time ends it");
    world.declare(|registry| registry.consumers[0].revision = "2".to_owned()).await;
    world.accepted("/faulty", 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_schedule_parks_and_the_next_advisory_says_so() {
    let world = World::new(&["/faulty"], |one| one.retry.schedule = vec![Duration::from_millis(20); 2]).await;
    world.behave("/faulty", status(500, &[])).await;
    let _running = world.notify();
    world.record(1).await;
    let attempts = world.attempts_until("/faulty", |all| all.iter().any(|one| one.last)).await;
    let outcomes: Vec<_> = attempts.iter().map(|one| (one.n, one.outcome)).collect();
    assert_eq!(outcomes, [(1, FAILED), (2, FAILED), (3, Outcome::Parked)]);
    assert_eq!(attempts[2].reason.as_deref(), Some("ScheduleSpent"));
    world.behave("/faulty", Behaviour::Accept).await;
    world.record(1).await;
    world.accepted("/faulty", 1).await;
    let last = world.receiver.received_on("/faulty").pop().unwrap();
    assert_eq!((last.sequence, last.missed), (2, vec![1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_final_status_parks_at_once() {
    let world = World::new(&["/faulty"], |_| {}).await;
    world.behave("/faulty", status(422, &[])).await;
    let _running = world.notify();
    world.record(1).await;
    let attempts = world.attempts_until("/faulty", |all| !all.is_empty()).await;
    assert_eq!(seen(&attempts[0]), (Outcome::Parked, Some("FinalStatus"), true, Some(422)));
    world.backlog_until("/faulty", |_, _, all| all == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_endpoint_opens_the_breaker_parks_nothing_and_drains_when_it_is_back() {
    let world = World::new(&["/faulty", "/healthy"], |_| {}).await;
    world.behave("/faulty", Behaviour::Down).await;
    let _running = world.notify();
    world.record(40).await;
    world.accepted("/healthy", 40).await;
    world.backlog_until("/faulty", |queued, due, _| queued == 0 && due == 40).await;
    let open = world.store.consumer_states().await.unwrap();
    assert!(open.iter().any(|state| state.consumer == world.id("/faulty") && state.breaker == Breaker::Open));
    let before = world.attempts("/faulty").await;
    assert!(before.len() < 20, "{} attempts at a dead endpoint", before.len());
    for minute in 1..=3 {
        world.shift(61 * minute);
        let probed = before.len() + usize::try_from(minute).unwrap();
        let attempts = world.attempts_until("/faulty", |all| all.len() >= probed).await;
        assert_eq!(attempts.len(), probed, "one probe a minute");
        assert!(attempts.iter().all(|one| one.outcome != Outcome::Parked));
    }
    world.behave("/faulty", Behaviour::Accept).await;
    world.shift(61 * 4);
    world.accepted("/faulty", 40).await;
    world.backlog_until("/faulty", |_, _, all| all == 0).await;
    let states = world.store.consumer_states().await.unwrap();
    assert!(states.iter().all(|state| state.breaker == Breaker::Closed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_consumer_delays_nobody() {
    let world = World::new(&["/slow", "/healthy"], |_| {}).await;
    world.behave("/slow", Behaviour::Slow(Duration::from_secs(2))).await;
    let _running = world.notify();
    world.record(60).await;
    world.accepted("/healthy", 60).await;
    let slow = world.receiver.received_on("/slow").len();
    assert!(slow < 60, "the slow one was waited for");
}
