//! Bad files through the real process: refused with one sentence, or quarantined in part; the rest is applied, nothing
//! half-applied, and memory stays flat.

use jiff::ToSpan as _;
use simulator::{Flaw, LineForm, Population, Task};

use crate::story::Story;
use crate::world::broker::PATIENCE;
use crate::world::{Plan, World, today, until};

/// What a process says of a file with this flaw.
async fn refused(world: &World, task: &Task, population: &Population, bytes: &[u8]) -> String {
    let name = task.file_name(population.first_day());
    world.place(&name, bytes);
    let extract = world.finished(&name).await;
    assert_eq!(extract["state"], "refused", "{name}");
    assert_eq!(extract["personsDone"], 0);
    assert!(world.in_inbox(&name), "a refused file stays where it is");
    world.broker().says(&format!("file {name}")).await;
    extract["reason"].as_str().unwrap().to_owned()
}

fn initial(task: &Task, population: &Population) -> Vec<u8> {
    let mut bytes = Vec::new();
    task.write_initial(population, population.first_day(), None, &mut bytes).unwrap();
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_says_why_and_holds_up_nobody() {
    let mut world = World::new(Plan::new("files_refused")).await;
    world.start().await;
    let first = today().checked_sub(9.days()).unwrap();
    let population = Population::new(61, 300, first);
    world.guard(&population);
    let future = today().checked_add(2.days()).unwrap();
    let flaws = [
        (Flaw::Empty, "empty"),
        (Flaw::Truncated, "truncated"),
        (Flaw::Utf8, "UTF-8"),
        (Flaw::ProductionDate(future), "after today"),
    ];
    for (at, (flaw, says)) in flaws.into_iter().enumerate() {
        let task = Task { flaw: Some(flaw), ..Task::new(&format!("43570{at}")) };
        let reason = refused(&world, &task, &population, &initial(&task, &population)).await;
        assert!(reason.contains(says), "{flaw:?}: {reason}");
    }
    // without terminators nobody knows where the record after an unknown one begins
    let form = LineForm::Unterminated;
    let task = Task { flaw: Some(Flaw::UnknownCode), form, ..Task::new("435709") };
    let bytes = initial(&task, &population);
    let at =
        bytes.windows(3 + 10 + 10).position(|window| window.starts_with(b"077") && window.ends_with(b"2031-01-01"));
    let reason = refused(&world, &task, &population, &bytes).await;
    assert!(reason.contains("077") && reason.contains(&format!("byte {} ", at.unwrap())), "{reason}");
    let database = world.database().await;
    for table in ["person", "snapshot", "number", "membership", "event", "lane", "quarantine"] {
        assert_eq!(database.count(&format!("select count(*) from {table}")).await, 0, "{table}");
    }
    database.close().await;
    // the files are still there, and a good one is applied beside them, also after a restart
    world.stop().await;
    world.start().await;
    let mut story = Story::new(&world, 61, 300, 2);
    story.load(&mut world);
    story.settle(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubtful_file_is_applied_and_what_is_bad_is_put_aside() {
    let mut world = World::new(Plan::new("files_doubtful")).await;
    world.start().await;
    let first = today().checked_sub(9.days()).unwrap();
    let population = Population::new(62, 200, first);
    world.guard(&population);
    let database = world.database().await;
    // flaw, persons less than without it, lines put aside
    let flaws = [
        (Flaw::NoPersons, None, 0),
        (Flaw::WrongCounter, Some(0), 0),
        (Flaw::UnknownCode, Some(0), 1),
        (Flaw::Duplicated001, Some(0), 0),
        (Flaw::OverlongLine(5000), Some(0), 1),
    ];
    let mut aside = 0;
    for (at, (flaw, missing, lines)) in flaws.into_iter().enumerate() {
        let date = first.checked_add(i64::try_from(at).unwrap().days()).unwrap();
        let task = Task { flaw: Some(flaw), ..Task::new("435702") };
        let mut bytes = Vec::new();
        task.write_initial(&population, date, None, &mut bytes).unwrap();
        let name = task.file_name(date);
        world.place(&name, &bytes);
        world.gone(&name).await;
        let extract = world.finished(&name).await;
        assert_eq!(extract["state"], "applied", "{flaw:?}");
        let persons = missing.map_or(0, |missing: usize| population.len() - missing);
        assert_eq!(extract["persons"], persons, "{flaw:?}");
        assert_eq!(extract["personsDone"], persons, "{flaw:?}");
        aside += lines;
        assert_eq!(database.count("select count(*) from quarantine").await, aside, "{flaw:?}");
    }
    assert!(world.broker().said("the counter says"), "a wrong counter is told");
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_broken_person_among_a_thousand_is_put_aside_until_a_good_snapshot() {
    let mut world = World::new(Plan::new("files_broken_person")).await;
    world.start().await;
    let first = today().checked_sub(3.days()).unwrap();
    let population = Population::new(63, 1000, first);
    world.guard(&population);
    let database = world.database().await;
    for (flaw, lines) in [(Some(Flaw::BrokenPerson(500)), 1), (Some(Flaw::Differing001), 2), (None, 0)] {
        let date = first.checked_add(i64::from(lines == 2).days()).unwrap();
        let date = if flaw.is_none() { first.checked_add(2.days()).unwrap() } else { date };
        let task = Task { flaw, ..Task::new("435703") };
        let mut bytes = Vec::new();
        task.write_initial(&population, date, None, &mut bytes).unwrap();
        let name = task.file_name(date);
        world.place(&name, &bytes);
        world.gone(&name).await;
        let extract = world.finished(&name).await;
        assert_eq!((&extract["state"], &extract["personsDone"]), (&"applied".into(), &population.len().into()));
        let quarantined = extract["counts"]["quarantined"].as_u64().unwrap();
        assert_eq!(quarantined, u64::from(flaw.is_some()), "{flaw:?}: one person");
        let reasons = database.texts("select code || ' ' || reason from quarantine").await;
        assert_eq!(reasons.is_empty(), flaw.is_none(), "{flaw:?}: {reasons:?}");
    }
    let stored = database.count("select count(*) from person").await;
    let members = database.count("select count(*) from membership").await;
    assert!(stored == members && stored > 400, "{stored} stored, {members} members");
    world.drained().await;
    let received = world.receiver.received_on("/sag").len();
    assert_eq!(i64::try_from(received).unwrap(), members, "everybody is told of once");
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_300_mb_is_put_aside_with_flat_memory() {
    let mut world = World::new(Plan::new("files_long_line")).await;
    world.start().await;
    let first = today().checked_sub(3.days()).unwrap();
    let population = Population::new(64, 200, first);
    world.guard(&population);
    let warm = Task::new("435704");
    world.place(&warm.file_name(first), &initial(&warm, &population));
    world.gone(&warm.file_name(first)).await;
    let before = world.broker().peak_memory();
    let task = Task { flaw: Some(Flaw::OverlongLine(300 << 20)), ..Task::new("435705") };
    let date = first.checked_add(1.day()).unwrap();
    let name = task.file_name(date);
    world.place_written(&name, |file| task.write_initial(&population, date, None, file));
    until("the end of the long file", PATIENCE * 3, async || (!world.in_inbox(&name)).then_some(())).await;
    let extract = world.finished(&name).await;
    assert_eq!((&extract["state"], &extract["personsDone"]), (&"applied".into(), &population.len().into()));
    let after = world.broker().peak_memory();
    assert!(after < before + 64 * 1024, "memory went from {before} to {after} KiB");
    let database = world.database().await;
    assert_eq!(database.count("select count(*) from quarantine where length(sealed) > 100000").await, 0);
    assert!(database.count("select count(*) from quarantine").await > 0);
    database.close().await;
}
