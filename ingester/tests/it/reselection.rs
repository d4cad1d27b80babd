//! The walk over stored persons.

use jiff::ToSpan as _;
use jiff::civil::date;
use store::AdvisoryKind;

use crate::kit::{File, HERE, House, Person, THERE, registry, subscription};

fn crowd(persons: u64) -> Vec<Person> {
    (0..persons).map(|index| Person::new(index, if index % 2 == 1 { THERE } else { HERE })).collect()
}

/// A house in which everybody is stored: 250 persons here and 250 there.
async fn house() -> House {
    let mut house = House::new(registry(vec![subscription(11, HERE), subscription(12, THERE)])).await;
    house.reselect().await;
    house.take(&File::load(house.today().await, crowd(500))).await;
    assert_eq!(house.told().await.len(), 500);
    house
}

#[tokio::test]
async fn a_new_subscription_finds_the_stored_and_a_vanished_one_lets_go() {
    let mut house = house().await;
    house.publish(&registry(vec![subscription(12, THERE), subscription(21, HERE)])).await;
    let counts = house.reselect().await;
    assert_eq!((counts.persons, counts.entered, counts.left, counts.advisories), (500, 250, 250, 500));
    let told = house.told().await;
    let of = |consumer: u128, kind| told.iter().filter(|one| one.consumer == consumer && one.kind == kind).count();
    assert_eq!((of(1, AdvisoryKind::Left), of(2, AdvisoryKind::Entered), told.len()), (250, 250, 500));
    // Nothing more, however often it is asked.
    assert_eq!(house.reselect().await.persons, 0);
    assert!(house.told().await.is_empty());
    let stored = house.store.subscriptions().await.unwrap();
    assert!(stored.iter().filter(|one| one.id.0.as_u128() != 11).all(|one| one.initial_load_done));
}

#[tokio::test]
async fn without_initial_load_the_stock_enters_silently_also_when_the_selection_changes() {
    let mut house = house().await;
    let mut quiet = registry::Subscription { initial_load: false, ..subscription(21, HERE) };
    let base = vec![subscription(11, HERE), subscription(12, THERE)];
    house.publish(&registry([base.clone(), vec![quiet.clone()]].concat())).await;
    // Before the walk reaches them: a change of a person who was here already is silent, a mover is told.
    let today = house.today().await;
    let mut changed = Person::new(0, HERE);
    changed.family = "Ny".into();
    house.take(&File::new(today, vec![changed, Person::new(1, HERE)])).await;
    let to_two = |told: Vec<crate::kit::Told>| told.into_iter().filter(|one| one.consumer == 2).collect::<Vec<_>>();
    let told = to_two(house.told().await);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].kind, AdvisoryKind::Entered);
    assert_eq!(house.reselect().await.entered, 249);
    assert!(house.told().await.is_empty());
    // Another selection is reselected anew, silently; the next day's movers are told.
    quiet.clauses.push(subscription(21, THERE).clauses[0].clone());
    house.publish(&registry([base, vec![quiet]].concat())).await;
    assert_eq!(house.reselect().await.entered, 249);
    assert!(house.told().await.is_empty());
    house.take(&File::new(today, vec![Person::new(9000, HERE)])).await;
    assert_eq!(to_two(house.told().await).len(), 1);
}

#[tokio::test]
async fn the_day_after_until_each_member_is_told_left_and_nothing_else() {
    let mut house = house().await;
    let today = house.today().await;
    let mut ending = subscription(11, HERE);
    ending.until = today;
    house.publish(&registry(vec![ending, subscription(12, THERE)])).await;
    assert_eq!(house.reselect().await.left, 0);
    house.shift_days(1);
    // A file of the new day before the walk: the left comes with it, and the walk tells the others.
    let mut changed = Person::new(0, HERE);
    changed.family = "Ny".into();
    house.take(&File::new(today, vec![changed.clone()])).await;
    assert_eq!(house.kinds().await, [(AdvisoryKind::Left, 1)].into());
    assert_eq!(house.reselect().await.left, 249);
    assert_eq!(house.kinds().await, [(AdvisoryKind::Left, 249)].into());
    changed.family = "Nyere".into();
    house.take(&File::new(today, vec![changed])).await;
    assert!(house.told().await.is_empty());
}

#[tokio::test]
async fn persons_age_in_and_out_with_the_day() {
    let mut young = subscription(11, HERE);
    young.clauses[0].age = Some(registry::AgeRange { from: 0, to: Some(17) });
    let mut grown = subscription(21, HERE);
    grown.clauses[0].age = Some(registry::AgeRange { from: 18, to: None });
    let mut house = House::new(registry(vec![young, grown])).await;
    house.reselect().await;
    let today = house.today().await;
    let mut person = Person::new(1, HERE);
    person.born = today.tomorrow().unwrap().checked_sub(18.years()).unwrap();
    let mut other = Person::new(2, HERE);
    other.born = date(1960, 1, 1);
    house.take(&File::new(today, vec![person, other])).await;
    assert_eq!(house.told().await.len(), 2);
    house.shift_days(1);
    house.reselect().await;
    let told = house.told().await;
    let kinds: Vec<_> = told.iter().map(|one| (one.consumer, one.kind)).collect();
    assert_eq!(kinds, [(1, AdvisoryKind::Left), (2, AdvisoryKind::Entered)]);
}

#[tokio::test]
async fn a_walk_resumes_at_its_position_and_starts_anew_for_another_version() {
    use advisory::reselect::{Step, step};
    let mut house = house().await;
    house.publish(&registry(vec![subscription(12, THERE), subscription(21, HERE)])).await;
    let current = house.store.current_registry().await.unwrap().unwrap();
    let first = step(&house.store, &house.held, &house.chance, &current).await.unwrap();
    assert!(matches!(first, Step::Chunk { counts, .. } if counts.persons == 200));
    // The process dies: the messages of the chunk are lost, its rows are not.
    house.restart().await;
    let counts = house.reselect().await;
    assert_eq!((counts.persons, counts.entered), (500, 250));
    assert_eq!(house.told().await.len(), 500);
    // A version that comes in the middle of a walk.
    house.publish(&registry(vec![subscription(11, HERE), subscription(21, HERE)])).await;
    let stale = house.store.current_registry().await.unwrap().unwrap();
    step(&house.store, &house.held, &house.chance, &stale).await.unwrap();
    house.publish(&registry(vec![subscription(21, HERE)])).await;
    let moved = step(&house.store, &house.held, &house.chance, &stale).await.unwrap();
    assert!(matches!(moved, Step::Moved));
    house.reselect().await;
    // Who entered by the first chunk of the version in between left again; the members of 12 left once.
    let told = house.told().await;
    let of = |kind| told.iter().filter(|one| one.consumer == 1 && one.kind == kind).count();
    assert!(of(AdvisoryKind::Entered) > 0);
    assert_eq!(of(AdvisoryKind::Left), of(AdvisoryKind::Entered) + 250);
    let members = house.store.count_members().await.unwrap();
    assert_eq!(members.iter().map(|(_, count)| count).sum::<i64>(), 250);
}

#[tokio::test]
async fn a_dry_run_counts_and_stores_nothing() {
    let house = house().await;
    let counts = advisory::reselect::dry_run(&house.store, &registry(vec![subscription(21, HERE)])).await.unwrap();
    assert_eq!((counts.persons, counts.entered, counts.left), (500, 250, 500));
    assert_eq!(house.reselect().await.persons, 0);
    assert!(house.told().await.is_empty());
}

#[tokio::test]
async fn the_subscriptions_of_a_removed_consumer_end_silently() {
    let mut house = house().await;
    let mut registry = registry(vec![]);
    registry.consumers.remove(0);
    house.publish(&registry).await;
    assert_eq!(house.reselect().await.left, 500);
    assert!(house.told().await.is_empty());
}

#[tokio::test]
async fn a_subscription_that_comes_back_finds_the_stock_anew_and_as_silently() {
    let mut house = house().await;
    let quiet = registry::Subscription { initial_load: false, ..subscription(21, HERE) };
    let base = vec![subscription(11, HERE), subscription(12, THERE)];
    let with = registry([base.clone(), vec![quiet]].concat());
    house.publish(&with).await;
    assert_eq!(house.reselect().await.entered, 250);
    house.publish(&registry(base)).await;
    house.reselect().await;
    assert_eq!(house.kinds().await.get(&AdvisoryKind::Left), Some(&250));
    house.publish(&with).await;
    assert_eq!(house.reselect().await.entered, 250);
    assert!(house.told().await.is_empty(), "nobody entered the selection: it came back");
}

#[tokio::test]
async fn a_clock_set_back_by_a_day_asks_for_nothing() {
    let house = house().await;
    house.shift_days(1);
    assert_eq!(house.reselect().await.persons, 500);
    house.shift_days(0);
    assert_eq!(house.reselect().await.persons, 0);
    assert!(house.told().await.is_empty());
}
