//! What a changed declaration does, while the process runs and while it is down.

use jiff::ToSpan as _;

use crate::oracle::{Expected, Kind};
use crate::story::Story;
use crate::world::broker::PATIENCE;
use crate::world::plan::{Consumer, Subscription};
use crate::world::{Plan, World, today, until};

async fn begun(name: &'static str, seed: u64) -> (World, Story) {
    let mut world = World::new(Plan::new(name)).await;
    world.start().await;
    let mut story = Story::new(&world, seed, 180, 4);
    story.load(&mut world);
    story.day(&mut world);
    story.settle(&world).await;
    (world, story)
}

/// Declares `subscriptions` in place of what was, and waits until everything that must come out came.
fn redeclare(world: &mut World, story: &mut Story, subscriptions: Vec<Subscription>) -> Vec<Expected> {
    for former in world.subscriptions.clone() {
        if !subscriptions.iter().any(|subscription| subscription.name == former.name) {
            world.remove_manifest(former.name);
        }
    }
    for subscription in &subscriptions {
        world.write_manifest(subscription.name, &subscription.manifest());
    }
    let expected = story.oracle.declare(&subscriptions);
    story.expected.extend(expected.iter().cloned());
    world.subscriptions = subscriptions;
    expected
}

/// Waits until the reselection of the newest registry version is done and everything was delivered.
async fn reselected(world: &World, story: &Story, version: i64) {
    let database = world.database().await;
    let done = format!("select count(*) from reselection where registry_version > {version} and done_at is not null");
    until("the end of the reselection", PATIENCE, async || (database.count(&done).await > 0).then_some(())).await;
    database.close().await;
    story.settle(world).await;
}

fn version(world: &World) -> i64 {
    world.status()["registryVersion"].as_i64().unwrap()
}

fn count(expected: &[Expected], kind: Kind) -> usize {
    expected.iter().filter(|expected| expected.kind == kind).count()
}

fn wider() -> Vec<Subscription> {
    let subscription = Subscription { ages: Some((18, 40)), ..Subscription::new("borgere", "sag") };
    vec![
        subscription,
        Subscription { municipalities: vec![751], ages: Some((30, 50)), ..Subscription::new("midaldrende", "sag") },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_registry_reselects() {
    let (mut world, mut story) = begun("registry_changes", 21).await;
    let before = version(&world);
    let told = redeclare(&mut world, &mut story, wider());
    assert!(
        count(&told, Kind::Left) > 20 && count(&told, Kind::Changed) > 5,
        "some leave, some get a second subscription"
    );
    reselected(&world, &story, before).await;
    story.day(&mut world);
    story.settle(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_changed_while_the_process_was_down_reselects() {
    let (mut world, mut story) = begun("registry_changes_down", 22).await;
    let before = version(&world);
    world.stop().await;
    let told = redeclare(&mut world, &mut story, wider());
    assert!(count(&told, Kind::Left) > 20);
    world.start().await;
    reselected(&world, &story, before).await;
    world.kill();
    world.start().await;
    story.day(&mut world);
    story.settle(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_past_its_end_says_left_once_per_member_and_nothing_else() {
    let (mut world, mut story) = begun("until", 23).await;
    let before = version(&world);
    let members = story.oracle.selected("borgere").len();
    let ended = Subscription { until: today().checked_sub(1.day()).unwrap(), ..Subscription::new("borgere", "sag") };
    let told = redeclare(&mut world, &mut story, vec![ended]);
    assert!(count(&told, Kind::Left) == members && told.len() == members && members > 50);
    reselected(&world, &story, before).await;
    assert_eq!(story.day(&mut world).len(), 0, "nothing is told after the end");
    story.settle(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_subscription_says_left_once_per_member_and_nothing_else() {
    let (mut world, mut story) = begun("deleted_subscription", 24).await;
    let before = version(&world);
    let members = story.oracle.selected("borgere").len();
    // the oracle ends it as a subscription that selects nobody any more
    let ended = Subscription { until: jiff::civil::date(2000, 1, 1), ..Subscription::new("borgere", "sag") };
    let told = story.oracle.declare(&[ended]);
    assert!(count(&told, Kind::Left) == members && told.len() == members && members > 50);
    story.expected.extend(told);
    world.remove_manifest("borgere");
    reselected(&world, &story, before).await;
    story.day(&mut world);
    story.settle(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_consumer_gets_nothing_more_and_leaves_one_summary() {
    let consumers = vec![Consumer::new("sag"), Consumer { suspend: true, ..Consumer::new("skole") }];
    let subscriptions = vec![Subscription::new("borgere", "sag"), Subscription::new("elever", "skole")];
    let mut world = World::new(Plan::new("deleted_consumer").with(consumers, subscriptions)).await;
    world.start().await;
    let mut story = Story::new(&world, 25, 150, 2);
    story.load(&mut world);
    world.gone(story.last_file()).await;
    story.day(&mut world);
    world.gone(story.last_file()).await;
    let database = world.database().await;
    let waiting = story.expected.iter().filter(|expected| expected.consumer == "skole").count();
    assert!(waiting > 50, "{waiting} wait for the suspended consumer");
    let lanes = "select (select count(*) from lane) + (select count(*) from behind)";
    let waits = i64::try_from(waiting).unwrap();
    until("the other consumer", PATIENCE, async || (database.count(lanes).await == waits).then_some(())).await;
    world.remove_manifest("skole");
    world.remove_manifest("elever");
    until("the withdrawal of its lanes", PATIENCE, async || (database.count(lanes).await == 0).then_some(())).await;
    let summary =
        format!("select count(*) from withdrawal where reason = 'ConsumerRemoved' and advisories = {waiting}");
    until("the summary row", PATIENCE, async || (database.count(&summary).await == 1).then_some(())).await;
    database.close().await;
    story.expected.retain(|expected| expected.consumer != "skole");
    story.oracle.declare(&[Subscription::new("borgere", "sag")]);
    assert!(world.receiver.received_on("/skole").is_empty());
    story.day(&mut world);
    story.settle(&world).await;
}
