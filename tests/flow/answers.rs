//! What a consumer's misbehaviour does: each answer means what the delivery protocol says, nothing is lost, and a healthy
//! consumer beside it is not delayed.

use std::time::Duration;

use simulator::Behaviour;

use crate::story::Story;
use crate::world::broker::PATIENCE;
use crate::world::plan::{Consumer, Subscription};
use crate::world::{Plan, World, until};

/// A delivery to a healthy consumer takes no longer than this from its recording, debug build and busy machine included.
const PROMPT: i64 = 15_000;

/// Two consumers that hear the same; the receiver of one of them misbehaves from the beginning.
async fn misbehaving(name: &'static str, seed: u64, consumer: Consumer, behaviour: Behaviour) -> (World, Story) {
    let subscriptions = vec![Subscription::new("borgere", "sag"), Subscription::new("naboer", "rask")];
    let mut world = World::new(Plan::new(name).with(vec![consumer, Consumer::new("rask")], subscriptions)).await;
    world.receiver.behave("/sag", behaviour).await.unwrap();
    world.start().await;
    let mut story = Story::new(&world, seed, 120, 2);
    story.load(&mut world);
    healthy_is_prompt(&world, &story).await;
    (world, story)
}

/// Waits until the healthy consumer has everything, and looks at how long each took.
async fn healthy_is_prompt(world: &World, story: &Story) {
    let wanted = story.expected.iter().filter(|expected| expected.consumer == "rask").count();
    assert!(wanted > 20, "{wanted}");
    until("the healthy consumer", PATIENCE, async || {
        (world.receiver.received_on("/rask").len() >= wanted).then_some(())
    })
    .await;
    let waits = world.receiver.received_on("/rask").into_iter().map(|one| one.at.duration_since(one.time).as_millis());
    let longest = waits.max().unwrap();
    assert!(longest < i128::from(PROMPT), "the healthy consumer waited {longest} ms");
}

/// How many attempts at the misbehaving consumer fulfil `condition`.
async fn attempts(world: &World, condition: &str) -> i64 {
    let database = world.database().await;
    let uid = world.backlog("sag")["id"].as_str().unwrap_or_default().replace('-', "");
    let sql = format!("select count(*) from attempt where lower(hex(consumer)) = '{uid}' and ({condition})");
    let count = database.count(&sql).await;
    database.close().await;
    count
}

/// Waits until such attempts at the misbehaving consumer exist.
async fn attempted(world: &World, condition: &str) {
    until(condition, PATIENCE, async || (attempts(world, condition).await > 0).then_some(())).await;
}

/// Waits until `status` says this of the misbehaving consumer.
async fn condition(world: &World, wanted: &str) {
    until(wanted, PATIENCE, async || (world.backlog("sag")["condition"] == wanted).then_some(())).await;
}

/// Opens the breaker's, the pause's or the gone consumer's door again by hand.
async fn resume(world: &World) {
    let store = world.store().await;
    let id = store.backlogs().await.unwrap().into_iter().map(|backlog| backlog.consumer).collect::<Vec<_>>();
    for consumer in id {
        store.resume(consumer).await.unwrap();
    }
    store.close().await;
}

/// Nothing was given up, the breaker is open and says so; once the endpoint is back, everything comes.
async fn dead_endpoint(name: &'static str, seed: u64, consumer: Consumer, behaviour: Behaviour, reason: &str) {
    let (world, story) = misbehaving(name, seed, consumer, behaviour).await;
    condition(&world, "unreachable").await;
    assert!(attempts(&world, &format!("outcome = 'failed' and reason = '{reason}'")).await > 0, "{reason}");
    assert_eq!(attempts(&world, "outcome = 'parked' or http_status is not null").await, 0);
    let database = world.database().await;
    until("every lane to wait", PATIENCE, async || {
        (database.count("select count(*) from lane where state = 'queued'").await == 0).then_some(())
    })
    .await;
    database.close().await;
    world.receiver.behave("/sag", Behaviour::Accept).await.unwrap();
    resume(&world).await;
    story.settle(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_down_opens_the_breaker_and_loses_nothing() {
    dead_endpoint("answer_down", 41, Consumer::new("sag"), Behaviour::Down, "connect").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_too_slow_opens_the_breaker_and_loses_nothing() {
    let consumer = Consumer { timeout: "1s", ..Consumer::new("sag") };
    dead_endpoint("answer_slow", 42, consumer, Behaviour::Slow(Duration::from_secs(20)), "timeout").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_certificate_opens_the_breaker_and_shows_the_stranger_nothing() {
    dead_endpoint("answer_certificate", 43, Consumer::new("sag"), Behaviour::WrongCertificate, "tls").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_within_the_timeout_is_served() {
    let slow = Behaviour::Slow(Duration::from_millis(300));
    let (world, story) = misbehaving("answer_slowly", 44, Consumer::new("sag"), slow).await;
    story.settle(&world).await;
    assert_eq!(attempts(&world, "outcome <> 'delivered'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_500_is_tried_again_by_the_schedule() {
    let failing = Behaviour::Status(500, Vec::new());
    let (world, story) = misbehaving("answer_500", 45, Consumer::new("sag"), failing).await;
    attempted(&world, "n = 2 and outcome = 'failed' and counted = 1 and http_status = 500").await;
    assert_eq!(world.backlog("sag")["condition"], "delivering", "an answer is no dead endpoint");
    world.receiver.behave("/sag", Behaviour::Accept).await.unwrap();
    story.settle(&world).await;
    assert!(attempts(&world, "n = 3 and outcome = 'delivered'").await > 0);
    assert_eq!(attempts(&world, "outcome = 'parked'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_schedule_parks_and_the_next_advisory_names_what_was_missed() {
    let consumer = Consumer { schedule: vec!["1s"], ..Consumer::new("sag") };
    let (mut world, mut story) = misbehaving("answer_parked", 46, consumer, Behaviour::Status(500, Vec::new())).await;
    world.drained().await;
    let given_up = story.expected.iter().filter(|expected| expected.consumer == "sag").count();
    let parked = attempts(&world, "outcome = 'parked' and reason = 'ScheduleSpent' and final = 1 and n = 2").await;
    assert_eq!(usize::try_from(parked).unwrap(), given_up);
    assert_eq!(world.backlog("sag")["parked"], given_up);
    story.expected.retain(|expected| expected.consumer != "sag");
    world.receiver.behave("/sag", Behaviour::Accept).await.unwrap();
    story.rename_everybody(&mut world, *b"Aabenraae ");
    story.settle(&world).await;
    let received = world.receiver.received_on("/sag");
    let missed: usize = received.iter().filter(|one| one.accepted).map(|one| one.missed.len()).sum();
    assert_eq!(missed, given_up, "each is named once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_final_status_parks_at_once() {
    let (world, _) = misbehaving("answer_422", 47, Consumer::new("sag"), Behaviour::Status(422, Vec::new())).await;
    world.drained().await;
    assert_eq!(attempts(&world, "outcome = 'failed'").await, 0);
    assert!(attempts(&world, "outcome = 'parked' and reason = 'FinalStatus' and n = 1").await > 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_429_with_retry_after_waits_that_long_and_does_not_count() {
    let busy = Behaviour::Status(429, vec![("retry-after".to_owned(), "6".to_owned())]);
    let (world, story) = misbehaving("answer_429", 48, Consumer::new("sag"), busy).await;
    attempted(&world, "outcome = 'returned' and reason = 'RetryAfter' and counted = 0 and http_status = 429").await;
    let first = world.receiver.received_on("/sag")[0].at;
    // whoever asks for six seconds is asked again after six; until then only what was under way arrives
    until("the next try", PATIENCE, async || {
        let tries = world.receiver.received_on("/sag");
        let next = tries.iter().find(|one| one.at.duration_since(first).as_millis() > 3000)?;
        assert!(next.at.duration_since(first).as_millis() >= 5900, "asked again too early");
        Some(())
    })
    .await;
    world.receiver.behave("/sag", Behaviour::Accept).await.unwrap();
    story.settle(&world).await;
    assert_eq!(attempts(&world, "outcome in ('failed', 'parked') or (outcome = 'returned' and counted = 1)").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_410_ends_delivery_until_the_declaration_changes() {
    let (world, story) = misbehaving("answer_410", 49, Consumer::new("sag"), Behaviour::Gone).await;
    condition(&world, "gone").await;
    attempted(&world, "outcome = 'returned' and reason = 'Gone' and counted = 0").await;
    world.receiver.behave("/sag", Behaviour::Accept).await.unwrap();
    let changed = Consumer { timeout: "6s", ..Consumer::new("sag") };
    assert!(!world.receiver.received_on("/sag").iter().any(|one| one.accepted), "nothing more is sent");
    world.write_manifest("sag", &changed.manifest(&world.url("sag")));
    story.settle(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_a_failure_and_is_never_followed() {
    let mut world = World::new(Plan::new("answer_301").with(
        vec![Consumer::new("sag"), Consumer::new("rask")],
        vec![Subscription::new("borgere", "sag"), Subscription::new("naboer", "rask")],
    ))
    .await;
    let elsewhere = Behaviour::Redirect(world.url("rask"));
    world.receiver.behave("/sag", elsewhere).await.unwrap();
    world.start().await;
    let mut story = Story::new(&world, 50, 120, 2);
    story.load(&mut world);
    healthy_is_prompt(&world, &story).await;
    attempted(&world, "n = 2 and outcome = 'failed' and http_status = 301 and counted = 1").await;
    world.receiver.behave("/sag", Behaviour::Accept).await.unwrap();
    story.settle(&world).await;
    assert!(world.receiver.refused().is_empty(), "no other door was knocked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_200_with_an_endless_body_is_delivered_once() {
    let (world, story) = misbehaving("answer_endless", 51, Consumer::new("sag"), Behaviour::EndlessBody).await;
    story.settle(&world).await;
    assert_eq!(attempts(&world, "outcome <> 'delivered' or n <> 1").await, 0);
    assert!(world.broker().peak_memory() < 400 * 1024, "the body was not kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_200_that_ends_in_mid_body_is_delivered_once() {
    let (world, story) = misbehaving("answer_cut", 52, Consumer::new("sag"), Behaviour::CutBody).await;
    story.settle(&world).await;
    assert_eq!(attempts(&world, "outcome <> 'delivered' or n <> 1").await, 0);
}
