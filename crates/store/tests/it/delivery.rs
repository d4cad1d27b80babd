//! One test per row of the table of states.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use store::*;

use crate::population::*;

const FEED: Feed = Feed { longest_wait: Duration::from_hours(24), batch: 100 };

fn later(store: &Store, seconds: i64) {
    store.shift_clock(SignedDuration::from_secs(seconds));
}

async fn rows_1_and_3_queue_the_first_and_keep_the_others_behind(store: Store, _: String) {
    assert_eq!(record(&store, 1, person(1), &all(1)).await.len(), 1);
    assert_eq!(record(&store, 2, person(1), &all(1)).await, []);
    assert_eq!(record(&store, 3, person(2), &all(1)).await.len(), 1);
    let backlog = backlog(&store).await;
    assert_eq!((backlog.undelivered, backlog.queued, backlog.due, backlog.last_sequence), (3, 2, 0, 3));
    let queued = store.queued(None, 10).await.unwrap();
    assert_eq!(queued.iter().map(|each| each.event).collect::<Vec<_>>(), [event_id(1), event_id(3)]);
    assert_eq!(queued[0].kind, EventKind::Changed);
    let rest = store.queued(Some((queued[0].consumer, queued[0].person)), 10).await.unwrap();
    assert_eq!(rest, queued[1..]);
}

async fn rows_2_and_4_wait_until_the_feeder_finds_them_deliverable(store: Store, _: String) {
    assert_eq!(record(&store, 1, person(1), &BTreeSet::new()).await, []);
    assert_eq!(load(&store, head(1, person(1))).await, None, "a waiting head is a stale copy");
    assert_eq!(store.feed(&BTreeSet::new(), FEED).await.unwrap(), []);
    let fed = store.feed(&all(1), FEED).await.unwrap();
    assert_eq!(fed.iter().map(|each| each.event).collect::<Vec<_>>(), [event_id(1)]);
    assert_eq!(store.feed(&all(1), FEED).await.unwrap(), []);
}

async fn row_5_delivers_and_advances(store: Store, _: String) {
    record(&store, 1, person(1), &all(1)).await;
    record(&store, 2, person(1), &all(1)).await;
    let first = load(&store, head(1, person(1))).await.unwrap();
    assert_eq!((first.seq, first.tries, first.attempts, first.event.codes.len()), (1, 0, 0, 2));
    assert_eq!(first.routing, routing());
    let next = complete(&store, &first, Ending::Delivered).await;
    assert_eq!(next.iter().map(|each| each.event).collect::<Vec<_>>(), [event_id(2)]);
    assert_eq!(load(&store, head(1, person(1))).await, None, "row 12: a stale copy");
    let second = load(&store, head(2, person(1))).await.unwrap();
    assert_eq!(complete(&store, &second, Ending::Delivered).await, []);
    assert_eq!(backlog(&store).await.undelivered, 0);
    assert!(backlog(&store).await.last_delivered.is_some());
    assert_eq!(outcomes(&store).await, [(1, 1, Outcome::Delivered, true), (2, 1, Outcome::Delivered, true)]);
}

async fn row_6_waits_and_counts(store: Store, _: String) {
    record(&store, 1, person(1), &all(1)).await;
    let loaded = load(&store, head(1, person(1))).await.unwrap();
    let due_at = store.now().await.unwrap() + SignedDuration::from_secs(30);
    complete(&store, &loaded, Ending::Retry { due_at, outcome: "status" }).await;
    assert_eq!(store.feed(&all(1), FEED).await.unwrap(), [], "not yet due");
    later(&store, 31);
    assert_eq!(store.feed(&all(1), FEED).await.unwrap().len(), 1);
    let again = load(&store, head(1, person(1))).await.unwrap();
    assert_eq!((again.seq, again.tries, again.attempts), (1, 1, 1));
    assert!(again.first_attempt_at.is_some());
    assert_eq!(outcomes(&store).await, [(1, 1, Outcome::Failed, false)]);
}

async fn a_lane_due_beyond_the_longest_wait_is_due_now(store: Store, _: String) {
    record(&store, 1, person(1), &all(1)).await;
    let loaded = load(&store, head(1, person(1))).await.unwrap();
    let due_at = store.now().await.unwrap() + SignedDuration::from_hours(24 * 365);
    complete(&store, &loaded, Ending::Retry { due_at, outcome: "status" }).await;
    assert_eq!(store.feed(&all(1), FEED).await.unwrap().len(), 1);
}

async fn row_7_parks_and_the_next_delivered_one_carries_the_number(store: Store, _: String) {
    for n in 1..=3 {
        record(&store, n, person(1), &all(1)).await;
    }
    let first = load(&store, head(1, person(1))).await.unwrap();
    assert_eq!(complete(&store, &first, Ending::Parked { reason: "ScheduleSpent" }).await.len(), 1);
    let second = load(&store, head(2, person(1))).await.unwrap();
    assert_eq!(second.missed, [1]);
    complete(&store, &second, Ending::Delivered).await;
    let third = load(&store, head(3, person(1))).await.unwrap();
    assert!(third.missed.is_empty(), "told once");
    assert_eq!(backlog(&store).await.parked, 1);
    assert_eq!(outcomes(&store).await, [(1, 1, Outcome::Parked, true), (2, 1, Outcome::Delivered, true)]);
}

async fn rows_8_and_14_end_without_a_request(store: Store, _: String) {
    record(&store, 1, person(1), &all(1)).await;
    record(&store, 2, person(1), &all(1)).await;
    let now = store.now().await.unwrap();
    for (n, ending) in [(1, Ending::Withdrawn { reason: "NothingGranted" }), (2, Ending::Parked { reason: "Poison" })] {
        let loaded = load(&store, head(n, person(1))).await.unwrap();
        let unsent = Completion { exchange: None, ..completion(&loaded, ending, now) };
        store.complete(&[unsent], &all(1)).await.unwrap();
    }
    assert_eq!(outcomes(&store).await, [(1, 0, Outcome::Withdrawn, true), (2, 0, Outcome::Parked, true)]);
    assert_eq!(backlog(&store).await.undelivered, 0);
}

async fn row_9_returns_without_counting(store: Store, _: String) {
    record(&store, 1, person(1), &all(1)).await;
    let loaded = load(&store, head(1, person(1))).await.unwrap();
    let due_at = store.now().await.unwrap();
    complete(&store, &loaded, Ending::Returned { due_at, outcome: "RetryAfter" }).await;
    assert_eq!(store.feed(&all(1), FEED).await.unwrap().len(), 1);
    let again = load(&store, head(1, person(1))).await.unwrap();
    assert_eq!((again.tries, again.attempts), (1, 0));
}

async fn a_late_request_is_written_and_moves_nothing(store: Store, _: String) {
    record(&store, 1, person(1), &all(1)).await;
    let loaded = load(&store, head(1, person(1))).await.unwrap();
    let due_at = store.now().await.unwrap();
    complete(&store, &loaded, Ending::Retry { due_at, outcome: "status" }).await;
    later(&store, 1);
    // A second process failed with the same copy: its guard (tries) does not hold any more.
    complete(&store, &loaded, Ending::Parked { reason: "ScheduleSpent" }).await;
    assert_eq!(backlog(&store).await.undelivered, 1);
    later(&store, 2);
    // A third one got through: what arrived has arrived, although the lane waits.
    complete(&store, &loaded, Ending::Delivered).await;
    assert_eq!(backlog(&store).await.undelivered, 0);
    let kinds: Vec<_> = outcomes(&store).await.into_iter().map(|(_, _, outcome, last)| (outcome, last)).collect();
    assert_eq!(kinds, [(Outcome::Failed, false), (Outcome::Late, false), (Outcome::Delivered, true)]);
}

async fn two_copies_in_one_batch_advance_once(store: Store, _: String) {
    record(&store, 1, person(1), &all(1)).await;
    record(&store, 2, person(1), &all(1)).await;
    record(&store, 3, person(1), &all(1)).await;
    let loaded = load(&store, head(1, person(1))).await.unwrap();
    let now = store.now().await.unwrap();
    let one = completion(&loaded, Ending::Delivered, now);
    let other = Completion { pod: "pod-2".into(), ..one.clone() };
    let next = store.complete(&[one, other], &all(1)).await.unwrap();
    assert_eq!(next.iter().map(|each| each.event).collect::<Vec<_>>(), [event_id(2)]);
    assert_eq!(backlog(&store).await.undelivered, 2);
    let kinds: BTreeSet<_> = outcomes(&store).await.into_iter().map(|(.., outcome, _)| outcome).collect();
    assert_eq!(kinds, BTreeSet::from([Outcome::Delivered, Outcome::Late]));
}

async fn gone_pause_and_breaker_hold_everything_back(store: Store, _: String) {
    record(&store, 1, person(1), &all(1)).await;
    store.mark_gone(consumer(0), "rev-1").await.unwrap();
    assert_eq!(backlog(&store).await.due, 1, "queued lanes wait again");
    assert_eq!(record(&store, 2, person(2), &all(1)).await, []);
    assert_eq!(store.feed(&all(1), FEED).await.unwrap(), []);
    store.revive(&[(consumer(0), "rev-1".into())]).await.unwrap();
    assert_eq!(store.feed(&all(1), FEED).await.unwrap(), [], "the same declaration stays gone");
    store.revive(&[(consumer(0), "rev-2".into())]).await.unwrap();
    assert_eq!(store.feed(&all(1), FEED).await.unwrap().len(), 2);

    let until = store.pause(consumer(0), Duration::from_hours(2)).await.unwrap();
    assert!(until <= store.now().await.unwrap() + SignedDuration::from_secs(3600), "above 1 h counts as 1 h");
    assert_eq!(store.feed(&all(1), FEED).await.unwrap(), []);
    later(&store, 3601);
    assert_eq!(store.feed(&all(1), FEED).await.unwrap().len(), 2);

    assert!(store.open_breaker(consumer(0)).await.unwrap());
    assert!(!store.open_breaker(consumer(0)).await.unwrap(), "only one opens it");
    assert_eq!(store.consumer_states().await.unwrap()[0].breaker, Breaker::Open);
    assert_eq!(store.feed(&all(1), FEED).await.unwrap(), []);
    assert!(store.close_breaker(consumer(0)).await.unwrap());
    assert!(!store.close_breaker(consumer(0)).await.unwrap());
    assert_eq!(store.feed(&all(1), FEED).await.unwrap().len(), 2);
    store.mark_gone(consumer(0), "rev-2").await.unwrap();
    store.resume(consumer(0)).await.unwrap();
    assert_eq!(store.feed(&all(1), FEED).await.unwrap().len(), 2);
}

async fn a_short_pause_leaves_the_queue_alone(store: Store, _: String) {
    record(&store, 1, person(1), &all(1)).await;
    store.pause(consumer(0), Duration::from_secs(10)).await.unwrap();
    assert_eq!(backlog(&store).await.queued, 1);
    assert_eq!(record(&store, 2, person(2), &all(1)).await, []);
}

async fn one_process_probes_an_open_breaker(store: Store, _: String) {
    let minute = Duration::from_mins(1);
    record(&store, 1, person(1), &all(1)).await;
    store.open_breaker(consumer(0)).await.unwrap();
    assert_eq!(store.take_probe(consumer(0), "a", minute).await.unwrap(), None, "the first is due after 60 s");
    later(&store, 61);
    let probe = store.take_probe(consumer(0), "a", minute).await.unwrap().unwrap();
    assert_eq!(probe.queued.event, event_id(1));
    assert_eq!(store.take_probe(consumer(0), "b", minute).await.unwrap(), None);
    let loaded = load(&store, head(1, person(1))).await.unwrap();
    complete(&store, &loaded, Ending::Delivered).await;
    later(&store, 122);
    assert_eq!(store.take_probe(consumer(0), "b", minute).await.unwrap(), None, "nothing waits");
}

async fn a_probe_takes_a_lane_that_a_dead_process_left_queued(store: Store, _: String) {
    let minute = Duration::from_mins(1);
    record(&store, 1, person(1), &all(1)).await;
    store.open_breaker(consumer(0)).await.unwrap();
    later(&store, 61);
    assert!(store.take_probe(consumer(0), "a", minute).await.unwrap().is_some());
    // "a" dies here: its lane stays queued, and nothing else waits.
    later(&store, 122);
    let probe = store.take_probe(consumer(0), "b", minute).await.unwrap().unwrap();
    assert_eq!(probe.queued.event, event_id(1));
}

async fn suspending_makes_queued_lanes_wait(store: Store, _: String) {
    record(&store, 1, person(1), &all(1)).await;
    assert_eq!(store.requeue_later(consumer(0)).await.unwrap(), 1);
    assert_eq!(backlog(&store).await.due, 1);
}

async fn row_13_heals_only_what_the_queue_has_passed(store: Store, _: String) {
    let patience = Duration::from_secs(90);
    record(&store, 1, person(1), &all(1)).await;
    assert_eq!(store.heal(consumer(0), patience, 10).await.unwrap(), [], "nothing drained yet");
    later(&store, 60);
    store.drained(&[(consumer(0), store.now().await.unwrap())]).await.unwrap();
    assert_eq!(store.heal(consumer(0), patience, 10).await.unwrap(), [], "not patient enough");
    later(&store, 100);
    assert_eq!(store.heal(consumer(0), patience, 10).await.unwrap(), [], "a standing backlog is left alone");
    store.drained(&[(consumer(0), store.now().await.unwrap())]).await.unwrap();
    assert_eq!(store.heal(consumer(0), patience, 10).await.unwrap().len(), 1);
    assert_eq!(store.heal(consumer(0), patience, 10).await.unwrap(), [], "once");
    assert!(load(&store, head(1, person(1))).await.is_some());
}

async fn drained_to_never_moves_back(store: Store, _: String) {
    record(&store, 1, person(1), &all(1)).await;
    let now = store.now().await.unwrap();
    store.drained(&[(consumer(0), now), (consumer(0), now - SignedDuration::from_secs(5))]).await.unwrap();
    store.drained(&[(consumer(0), now - SignedDuration::from_secs(9))]).await.unwrap();
    assert_eq!(store.consumer_states().await.unwrap()[0].drained_to, Some(now));
}

async fn publish(store: &Store, expected: Option<i64>) -> i64 {
    let operator = store.seize_lease("operator", "test", Duration::from_mins(1)).await.unwrap();
    store.publish_registry(&registry::Registry::empty("test"), expected, &operator).await.unwrap()
}

async fn row_15_withdraws_everything_and_keeps_the_numbers(store: Store, _: String) {
    for n in 1..=5 {
        record(&store, n, person(n % 2), &all(1)).await;
    }
    assert_eq!(store.consumers().await.unwrap(), [consumer(0)]);
    let version = publish(&store, None).await;
    let moved = publish(&store, Some(version)).await;
    let refused = store.remove_consumer(consumer(0), version, 1).await;
    assert!(matches!(refused, Err(StoreError::RegistryMoved)), "it may have come back");
    assert_eq!(backlog(&store).await.undelivered, 5);
    let mut removed = 0;
    loop {
        match store.remove_consumer(consumer(0), moved, 1).await.unwrap() {
            0 => break,
            n => removed += n,
        }
    }
    assert_eq!(removed, 5);
    assert_eq!(store.consumers().await.unwrap(), []);
    let backlog = backlog(&store).await;
    assert_eq!((backlog.undelivered, backlog.last_sequence), (0, 5));
    assert_eq!(record(&store, 6, person(1), &all(1)).await.len(), 1);
    assert_eq!(load(&store, head(6, person(1))).await.unwrap().seq, 6);
}

async fn row_17_expires_waiting_heads_only(store: Store, _: String) {
    record(&store, 1, person(1), &BTreeSet::new()).await;
    record(&store, 2, person(1), &BTreeSet::new()).await;
    record(&store, 3, person(2), &all(1)).await;
    let before = store.now().await.unwrap() + SignedDuration::from_secs(1);
    let (parked, next) = store.expire(consumer(0), before, 10, &all(1)).await.unwrap();
    assert_eq!((parked, next.len()), (1, 1), "the queued head of the other person stays");
    let second = load(&store, head(2, person(1))).await.unwrap();
    assert_eq!(second.missed, [1]);
    assert_eq!(outcomes(&store).await, [(1, 0, Outcome::Parked, true)]);
}

async fn the_window_keeps_the_rest_in_the_store(_: Store, url: String) {
    let store = Store::connect(&StoreConfig { window: 4, ..StoreConfig::new(&url) }).await.unwrap();
    let now = store.now().await.unwrap();
    let of = |n: u128| person(n);
    for n in 0..6 {
        record(&store, n, of(n), &all(1)).await;
    }
    assert_eq!((backlog(&store).await.queued, backlog(&store).await.due), (4, 2));
    assert_eq!(store.feed(&all(1), FEED).await.unwrap(), [], "the queue is full");
    let loaded: Vec<_> = store.queued(None, 9).await.unwrap().iter().map(head_of).collect();
    let loaded: Vec<Loaded> = store.load(&loaded).await.unwrap().into_iter().flatten().collect();
    let done: Vec<_> = loaded.iter().map(|each| completion(each, Ending::Delivered, now)).collect();
    store.complete(&done, &all(1)).await.unwrap();
    later(&store, 2);
    assert_eq!(store.feed(&all(1), FEED).await.unwrap().len(), 2, "counted again");
    store.close().await;
}

fn head_of(queued: &Queued) -> Head {
    Head { consumer: queued.consumer, person: queued.person, event: queued.event }
}

async fn a_healthy_consumer_beside_others_gets_its_own_numbers(store: Store, _: String) {
    let now = store.now().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let advisories: Vec<_> = (0..3).map(|n| advisory(consumer(n), person(1), event_id(1))).collect();
    let opened = tx.record(&[event(1, person(1), now)], &advisories, &all(2), now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(opened.iter().map(|each| each.consumer).collect::<Vec<_>>(), [consumer(0), consumer(1)]);
    let heads: Vec<_> = opened.iter().map(|each| Head { consumer: each.consumer, ..head(1, person(1)) }).collect();
    let loaded = store.load(&[heads[1], heads[0], heads[1]]).await.unwrap();
    assert!(
        loaded
            .iter()
            .zip([heads[1], heads[0], heads[1]])
            .all(|(loaded, head)| { loaded.as_ref().is_some_and(|loaded| loaded.head == head && loaded.seq == 1) })
    );
}

crate::database::on_both!(
    rows_1_and_3_queue_the_first_and_keep_the_others_behind,
    rows_2_and_4_wait_until_the_feeder_finds_them_deliverable,
    row_5_delivers_and_advances,
    row_6_waits_and_counts,
    a_lane_due_beyond_the_longest_wait_is_due_now,
    row_7_parks_and_the_next_delivered_one_carries_the_number,
    rows_8_and_14_end_without_a_request,
    row_9_returns_without_counting,
    a_late_request_is_written_and_moves_nothing,
    two_copies_in_one_batch_advance_once,
    gone_pause_and_breaker_hold_everything_back,
    a_short_pause_leaves_the_queue_alone,
    one_process_probes_an_open_breaker,
    a_probe_takes_a_lane_that_a_dead_process_left_queued,
    suspending_makes_queued_lanes_wait,
    row_13_heals_only_what_the_queue_has_passed,
    drained_to_never_moves_back,
    row_15_withdraws_everything_and_keeps_the_numbers,
    row_17_expires_waiting_heads_only,
    the_window_keeps_the_rest_in_the_store,
    a_healthy_consumer_beside_others_gets_its_own_numbers,
);
