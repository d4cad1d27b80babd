//! The stress test of the delivery protocol: recorders and completers meet on few persons, without any sweep.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use registry::ConsumerId;
use store::*;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use crate::population::*;

const RECORDERS: u128 = 3;
const COMPLETERS: usize = 6;
const PERSONS: u128 = 40;
const CONSUMERS: u128 = 3;
const UNITS: u128 = 60;
/// Persons of one unit of work.
const CHUNK: u128 = 10;
/// Each unit tells every consumer of every person in it.
const ADVISORIES: usize = (RECORDERS * UNITS * CHUNK * CONSUMERS) as usize;
/// Every n-th request fails once, so that lanes also wait and are fed again.
const FAILS: usize = 17;

type Queue = (mpsc::UnboundedSender<Head>, Arc<Mutex<mpsc::UnboundedReceiver<Head>>>);

fn heads(queued: Vec<Queued>) -> impl Iterator<Item = Head> {
    queued.into_iter().map(|each| Head { consumer: each.consumer, person: each.person, event: each.event })
}

async fn record_units(store: Store, recorder: u128, queue: mpsc::UnboundedSender<Head>) {
    for unit in 0..UNITS {
        let now = store.now().await.unwrap();
        // A sliding set of persons: neighbours meet on half of them.
        let persons: BTreeSet<_> = (0..CHUNK).map(|n| person((unit * 7 + recorder * 5 + n * 3) % PERSONS)).collect();
        let of = |n: usize| (recorder * UNITS + unit) * CHUNK + n as u128;
        let events: Vec<_> = persons.iter().enumerate().map(|(n, person)| event(of(n), *person, now)).collect();
        let advisories: Vec<_> = events
            .iter()
            .flat_map(|event| (0..CONSUMERS).map(|n| advisory(consumer(n), event.person, event.id)))
            .collect();
        let opened = loop {
            let mut tx = store.begin().await.unwrap();
            match tx.record(&events, &advisories, &all(CONSUMERS), now).await {
                Ok(opened) => match tx.commit().await {
                    Ok(()) => break opened,
                    Err(error) => assert!(error.is_transient(), "{error:?}"),
                },
                Err(error) => assert!(error.is_transient(), "{error:?}"),
            }
        };
        for Opened { consumer, person, event } in opened {
            queue.send(Head { consumer, person, event }).unwrap();
        }
    }
}

/// Takes a few messages at a time, as a loader does.
async fn take(receiver: &Mutex<mpsc::UnboundedReceiver<Head>>) -> Vec<Head> {
    let mut receiver = receiver.lock().await;
    let mut heads = Vec::new();
    let _ = tokio::time::timeout(Duration::from_millis(20), receiver.recv_many(&mut heads, 25)).await;
    heads
}

struct Seen {
    /// Delivered numbers per lane, in the order of delivery.
    lanes: Mutex<BTreeMap<(ConsumerId, PersonId), Vec<i64>>>,
    delivered: AtomicUsize,
    requests: AtomicUsize,
}

async fn complete_until_done(store: Store, (sender, receiver): Queue, seen: Arc<Seen>) {
    while seen.delivered.load(Ordering::SeqCst) < ADVISORIES {
        let messages = take(&receiver).await;
        let loaded: Vec<Loaded> = store.load(&messages).await.unwrap().into_iter().flatten().collect();
        let now = store.now().await.unwrap();
        let mut completions = Vec::new();
        for each in &loaded {
            let fails = seen.requests.fetch_add(1, Ordering::SeqCst).is_multiple_of(FAILS);
            if !fails {
                let lane = (each.head.consumer, each.head.person);
                seen.lanes.lock().await.entry(lane).or_default().push(each.seq);
            }
            let ending = if fails { Ending::Retry { due_at: now, outcome: "status" } } else { Ending::Delivered };
            completions.push(completion(each, ending, now));
        }
        let delivered = completions.iter().filter(|each| each.ending == Ending::Delivered).count();
        for head in heads(store.complete(&completions, &all(CONSUMERS)).await.unwrap()) {
            sender.send(head).unwrap();
        }
        seen.delivered.fetch_add(delivered, Ordering::SeqCst);
    }
}

async fn feed_until_done(store: Store, sender: mpsc::UnboundedSender<Head>, seen: Arc<Seen>) {
    while seen.delivered.load(Ordering::SeqCst) < ADVISORIES {
        let feed = Feed { longest_wait: Duration::from_hours(1), batch: 500 };
        for head in heads(store.feed(&all(CONSUMERS), feed).await.unwrap()) {
            sender.send(head).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn nothing_is_stranded_and_order_is_kept(store: Store, _: String) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let queue: Queue = (sender, Arc::new(Mutex::new(receiver)));
    let seen =
        Arc::new(Seen { lanes: Mutex::default(), delivered: AtomicUsize::new(0), requests: AtomicUsize::new(1) });
    let mut tasks = JoinSet::new();
    for recorder in 0..RECORDERS {
        tasks.spawn(record_units(store.clone(), recorder, queue.0.clone()));
    }
    for _ in 0..COMPLETERS {
        tasks.spawn(complete_until_done(store.clone(), queue.clone(), Arc::clone(&seen)));
    }
    tasks.spawn(feed_until_done(store.clone(), queue.0.clone(), Arc::clone(&seen)));
    let all_of_them = async {
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
    };
    let ended = tokio::time::timeout(Duration::from_mins(3), all_of_them).await;
    assert!(ended.is_ok(), "only {} of {ADVISORIES} were delivered", seen.delivered.load(Ordering::SeqCst));

    let lanes = seen.lanes.lock().await;
    for ((_, person), numbers) in lanes.iter() {
        assert!(numbers.is_sorted_by(|a, b| a < b), "order of {person} was not kept: {numbers:?}");
    }
    let per_consumer = ADVISORIES / usize::try_from(CONSUMERS).unwrap();
    for n in 0..CONSUMERS {
        let of_consumer = lanes.iter().filter(|((of, _), _)| *of == consumer(n));
        let mut numbers: Vec<i64> = of_consumer.flat_map(|(_, numbers)| numbers.iter().copied()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=i64::try_from(per_consumer).unwrap()).collect::<Vec<_>>(), "numbers are dense");
    }
    for backlog in store.backlogs().await.unwrap() {
        assert_eq!((backlog.undelivered, backlog.queued, backlog.due), (0, 0, 0), "no lane is left");
    }
    assert_eq!(store.queued(None, 10).await.unwrap(), []);
}

crate::database::on_both!(nothing_is_stranded_and_order_is_kept);
