//! `kill -9` of the real process at every point that can be seen from outside and at many that cannot: after a restart
//! every advisory has come exactly once by id, in order per person, none is missing, and no sequence number is skipped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use simulator::Behaviour;

use crate::story::Story;
use crate::world::broker::PATIENCE;
use crate::world::database::{Backend, Database};
use crate::world::plan::{Consumer, Subscription};
use crate::world::{Plan, World, until};

/// Kills the process when the extract it applies has come to exactly this number of persons, and starts it again.
async fn kill_at(world: &mut World, database: &Database, persons: u64) {
    let there = format!("select count(*) from extract where state = 'open' and persons_done = {persons}");
    until(&format!("{persons} persons"), PATIENCE, async || (database.count(&there).await == 1).then_some(())).await;
    world.kill();
    assert_eq!(database.count(&there).await, 1);
    database.release().await;
}

async fn observable_points(name: &'static str, backend: Backend) {
    let mut world = World::new(Plan::new(name).on(backend)).await;
    world.start().await;
    let database = world.database().await;
    let mut story = Story::new(&world, 31, 900, 4);
    // 0: validated and nothing applied; then after chunks 1 and 3
    database.hold_at(0).await;
    story.load(&mut world);
    kill_at(&mut world, &database, 0).await;
    for persons in [200, 600] {
        database.hold_at(persons).await;
        world.launch();
        kill_at(&mut world, &database, persons).await;
    }
    // the last chunk is applied and the extract is not finished
    database.hold_at(story.population.len() as u64).await;
    world.launch();
    kill_at(&mut world, &database, story.population.len() as u64).await;
    world.launch();
    story.settle(&world).await;
    // committed and not sent: behind a closed door nothing can have been delivered
    world.receiver.behave("/sag", Behaviour::Down).await.unwrap();
    story.day(&mut world);
    let lanes = "select count(*) from lane";
    until("a lane", PATIENCE, async || (database.count(lanes).await > 0).then_some(())).await;
    world.kill();
    assert!(database.count(lanes).await > 0);
    world.receiver.behave("/sag", Behaviour::Accept).await.unwrap();
    world.launch();
    story.settle(&world).await;
    database.close().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_observable_points_on_sqlite() {
    observable_points("crash_points_sqlite", Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_observable_points_on_postgresql() {
    observable_points("crash_points_postgresql", Backend::Postgres).await;
}

/// The receiver kills the process when it has the advisory and the process does not know it yet.
#[tokio::test(flavor = "multi_thread")]
async fn killed_between_sent_and_recorded() {
    let mut world = World::new(Plan::new("crash_sent")).await;
    world.start().await;
    let mut story = Story::new(&world, 32, 120, 1);
    let kills = 5;
    let arrived = Arc::new(AtomicUsize::new(0));
    for kill in 0..kills {
        let (killer, seen) = (world.broker().killer(), Arc::clone(&arrived));
        let target = kill * 10 + 7;
        let hook = Behaviour::hook(move |_| {
            let (killer, seen) = (killer.clone(), Arc::clone(&seen));
            async move {
                if seen.fetch_add(1, Ordering::SeqCst) == target {
                    tokio::task::spawn_blocking(move || killer.kill()).await.unwrap();
                }
            }
        });
        world.receiver.behave("/sag", hook).await.unwrap();
        if kill == 0 {
            story.load(&mut world);
        }
        until("the receiver to kill the process", PATIENCE, async || world.broker().ended().map(drop)).await;
        world.kill();
        world.start().await;
        arrived.store(target + 1, Ordering::SeqCst);
    }
    world.receiver.behave("/sag", Behaviour::Accept).await.unwrap();
    story.settle(&world).await;
    let received = world.receiver.received();
    assert!(received.iter().any(|one| one.duplicate), "what was sent and not recorded is sent again with the same id");
}

async fn random_moments(name: &'static str, backend: Backend, kills: u64, seed: u64) {
    let consumers = vec![Consumer { rate: 300, ..Consumer::new("sag") }, Consumer::new("skole")];
    let subscriptions = vec![
        Subscription::new("borgere", "sag"),
        Subscription { ages: Some((0, 17)), ..Subscription::new("elever", "skole") },
    ];
    let mut world = World::new(Plan::new(name).on(backend).with(consumers, subscriptions)).await;
    world.start().await;
    let mut story = Story::new(&world, seed, 300, i32::try_from(kills + 2).unwrap());
    story.load(&mut world);
    let mut dice = simulator::dice::Dice::new(seed, 1);
    for kill in 0..kills {
        match kill % 4 {
            0 => story.rename_everybody(&mut world, *b"Aabenraae "),
            1 => story.rename_everybody(&mut world, *b"Bogense   "),
            2 => story.day(&mut world),
            _ => story.repeat(&mut world),
        };
        // the endpoint has its moods too, never for so long that a schedule is spent
        let mood = match kill % 5 {
            1 => Behaviour::Status(500, Vec::new()),
            2 => Behaviour::Slow(Duration::from_millis(300)),
            3 => Behaviour::CutBody,
            _ => Behaviour::Accept,
        };
        world.receiver.behave("/skole", mood).await.unwrap();
        // from the middle of the start to the middle of the work
        tokio::time::sleep(Duration::from_millis(dice.below(700))).await;
        assert_eq!(world.broker().ended(), None, "the process ended by itself");
        world.kill();
        world.launch();
    }
    world.receiver.behave("/skole", Behaviour::Accept).await.unwrap();
    world.broker().ready().await;
    story.settle(&world).await;
    let received = world.receiver.received();
    let again = received.iter().filter(|one| one.duplicate).count();
    assert!(again > 0, "of {} deliveries none was a second one: no kill hit a delivery", received.len());
    let database = world.database().await;
    sequences_are_dense(&database).await;
    database.close().await;
    world.stop().await;
}

/// Every number that was given out belongs to exactly one delivered advisory.
async fn sequences_are_dense(database: &Database) {
    let given = database.count("select sum(next_seq - 1) from consumer_cursor").await;
    let delivered =
        "select count(*) from (select distinct consumer, seq from attempt where outcome = 'delivered') as d";
    assert_eq!(database.count(delivered).await, given);
    assert!(given > 1000, "{given} advisories");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_on_sqlite() {
    random_moments("crash_random_sqlite", Backend::Sqlite, 35, 33).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_on_postgresql() {
    random_moments("crash_random_postgresql", Backend::Postgres, 15, 34).await;
}
