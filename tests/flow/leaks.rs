//! The sweep proves itself: what a world would never write is planted where a world writes, and is found.

use std::io::Write as _;

use simulator::Behaviour;

use crate::story::Story;
use crate::world::plan::Consumer;
use crate::world::plan::Subscription;
use crate::world::{Plan, World};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaks_at_the_finest_log_level_and_a_planted_leak_is_found() {
    let plan = Plan { log: "trace", ..Plan::new("leaks") };
    let consumers =
        vec![Consumer::new("sag").with_values(), Consumer { schedule: vec!["1s"], ..Consumer::new("rask") }];
    let subscriptions = vec![Subscription::new("borgere", "sag"), Subscription::new("naboer", "rask")];
    let mut world = World::new(plan.with(consumers, subscriptions)).await;
    world.receiver.behave("/rask", Behaviour::Status(500, Vec::new())).await.unwrap();
    world.start().await;
    let mut story = Story::new(&world, 81, 60, 2);
    story.load(&mut world);
    story.day(&mut world);
    world.gone(story.last_file()).await;
    world.drained().await;
    world.broker().ask("/livez");
    world.status();
    let inbox = world.data().join("again");
    std::fs::write(&inbox, &story.files[0].1).unwrap();
    world.verb(&["extract", "check", inbox.to_str().unwrap()], false);
    world.verb(&["extract", "check", "--json", inbox.to_str().unwrap()], false);
    world.stop().await;
    assert!(world.secrets().len() > 200, "{} secrets", world.secrets().len());
    assert_eq!(world.secrets().find_below(world.logs()), [""; 0]);
    // one of each kind, each in the middle of a line of a log
    world.expects_leaks = true;
    let mut kinds = std::collections::BTreeSet::new();
    for secret in story.population.secrets() {
        let planted = world.logs().join("planted");
        std::fs::create_dir_all(&planted).unwrap();
        let file = planted.join("one.log");
        writeln!(std::fs::File::create(&file).unwrap(), "{{\"message\":\"odd value {secret}, refused\"}}").unwrap();
        let found = world.secrets().find_below(&planted);
        if secret.chars().count() >= 5 {
            assert!(!found.is_empty(), "a planted secret of {} letters was not found", secret.chars().count());
        }
        kinds.extend(found.iter().filter_map(|hit| hit.split(": a ").nth(1)?.split(' ').next().map(str::to_owned)));
    }
    assert!(kinds.len() >= 3, "{kinds:?}");
}
