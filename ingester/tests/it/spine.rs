//! From files to advisories.

use cpr::{Categories, Category};
use store::{AdvisoryKind, ExtractState, Transition};

use crate::kit::{File, HERE, House, Person, THERE, codes, is, number, registry, subscription};

fn crowd(persons: u64) -> Vec<Person> {
    // Every third lives there: surplus.
    (0..persons).map(|index| Person::new(index, if index % 3 == 2 { THERE } else { HERE })).collect()
}

#[tokio::test]
async fn a_load_stores_who_is_selected_and_tells_the_consumer_once() {
    let mut house = House::new(registry(vec![subscription(11, HERE)])).await;
    let today = house.today().await;
    let mut persons = crowd(450);
    persons[0].mother = Some(number(2));
    persons[1].mother = Some(number(5000));
    let counts = is(&house.take(&File::load(today, persons)).await, ExtractState::Applied);
    assert_eq!((&counts["stored"], &counts["surplus"], &counts["advisories"]), (&300.into(), &150.into(), &300.into()));
    assert!(house.left().is_empty());
    assert_eq!(house.store.count_persons().await.unwrap(), 300);
    // Relatives have a number row and no person.
    for relative in [2, 5000] {
        assert_eq!(house.store.number(number(relative)).await.unwrap().unwrap().person, None);
    }
    assert!(house.store.number(number(5)).await.unwrap().is_none());
    let told = house.told().await;
    assert_eq!(told.len(), 300);
    assert!(
        told.iter().all(|one| one.kind == AdvisoryKind::Entered && one.subscriptions == [(11, Transition::Entered)])
    );
    assert_eq!(
        told.iter().map(|one| one.seq).collect::<Vec<_>>(),
        (told[0].seq..told[0].seq + 300).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn the_same_file_again_and_a_file_without_a_granted_change_make_no_advisory() {
    let mut house = House::new(registry(vec![subscription(11, HERE)])).await;
    let today = house.today().await;
    let file = File::new(today, crowd(30));
    is(&house.take(&file).await, ExtractState::Applied);
    assert_eq!(house.told().await.len(), 20);
    // The same bytes under another name and transfer.
    house.place("D260114.L435701", &file.bytes());
    house.sweep().await;
    assert!(house.left().is_empty());
    assert_eq!(house.store.extracts(10).await.unwrap().len(), 1);
    // Other bytes of an equal date: same persons, other event codes and mothers, which nobody is granted.
    let mut again = file.clone();
    for person in &mut again.persons {
        person.event = Some(("A05", "01"));
        person.mother = Some(number(9000));
    }
    let counts = is(&house.take(&again).await, ExtractState::Applied);
    assert_eq!((&counts["stored"], &counts["advisories"]), (&20.into(), &0.into()));
    assert!(house.told().await.is_empty());
    // A change that is granted.
    again.persons[0].family = "Ny".into();
    again.persons[0].event = Some(("A01", "01"));
    is(&house.take(&again).await, ExtractState::Applied);
    let told = house.told().await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind, told[0].codes.as_slice()), (AdvisoryKind::Changed, ["A01:01".to_owned()].as_slice()));
}

#[tokio::test]
async fn who_moves_in_enters_and_who_moves_out_leaves_once() {
    let both = vec![subscription(11, HERE), subscription(21, THERE)];
    let mut house = House::new(registry(both)).await;
    let today = house.today().await;
    house.take(&File::new(today, vec![Person::new(1, HERE)])).await;
    let entered = house.told().await;
    assert_eq!(entered.len(), 1);
    house.take(&File::new(today, vec![Person::new(1, THERE)])).await;
    let moved = house.told().await;
    assert_eq!(moved.len(), 2);
    assert_eq!((moved[0].consumer, moved[0].kind), (1, AdvisoryKind::Left));
    assert_eq!((moved[1].consumer, moved[1].kind), (2, AdvisoryKind::Entered));
    assert!(moved.iter().all(|one| one.person == entered[0].person));
    // Stored, and nobody selects the person any more: still followed, nobody is told.
    house.take(&File::new(today, vec![Person::new(1, 101)])).await;
    assert_eq!(house.told().await.len(), 1);
    let mut abroad = Person::new(1, 101);
    abroad.family = "Ny".into();
    let counts = is(&house.take(&File::new(today, vec![abroad])).await, ExtractState::Applied);
    assert_eq!(counts["stored"], 1);
    assert!(house.told().await.is_empty());
}

#[tokio::test]
async fn a_silent_load_tells_nobody_and_a_mover_is_told() {
    let quiet = registry::Subscription { initial_load: false, ..subscription(11, HERE) };
    let mut house = House::new(registry(vec![quiet])).await;
    house.reselect().await;
    let today = house.today().await;
    let counts = is(&house.take(&File::load(today, crowd(30))).await, ExtractState::Applied);
    assert_eq!((&counts["entered"], &counts["advisories"]), (&20.into(), &0.into()));
    house.take(&File::new(today, vec![Person::new(100, HERE), Person::new(0, THERE)])).await;
    let kinds = house.kinds().await;
    assert_eq!((kinds[&AdvisoryKind::Entered], kinds[&AdvisoryKind::Left]), (1, 1));
}

#[tokio::test]
async fn an_older_file_is_history_and_makes_no_event() {
    let mut house = House::new(registry(vec![subscription(11, HERE)])).await;
    let today = house.today().await;
    let yesterday = today.yesterday().unwrap();
    house.take(&File::new(today, vec![Person::new(1, HERE)])).await;
    house.told().await;
    let old = File::new(yesterday, vec![Person::new(1, THERE), Person::new(2, HERE)]);
    let counts = is(&house.take(&old).await, ExtractState::Applied);
    assert_eq!((&counts["history"], &counts["surplus"], &counts["stored"]), (&1.into(), &1.into(), &0.into()));
    assert!(house.told().await.is_empty());
    // The history did not become what the next file is compared with.
    house.take(&File::new(today, vec![Person::new(1, HERE), Person::new(3, THERE)])).await;
    assert!(house.told().await.is_empty());
}

#[tokio::test]
async fn files_are_applied_by_production_date_whatever_their_names_say() {
    let mut house = House::new(registry(vec![subscription(11, HERE)])).await;
    let today = house.today().await;
    let yesterday = today.yesterday().unwrap();
    house.place("D260113.L000001", &File::new(today, vec![Person::new(1, THERE)]).bytes());
    house.place("D260113.L000002", &File::new(yesterday, vec![Person::new(1, HERE)]).bytes());
    house.sweep().await;
    let kinds: Vec<_> = house.told().await.into_iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [AdvisoryKind::Entered, AdvisoryKind::Left]);
}

#[tokio::test]
async fn a_code_that_was_not_ordered_is_unknown_and_never_a_change() {
    let mut registry = registry(vec![subscription(11, HERE)]);
    let status = Categories::NONE.with(Category::Name);
    (registry.subscriptions[0].notify_on, registry.subscriptions[0].categories) = (status, status);
    let mut house = House::new(registry.clone()).await;
    let today = house.today().await;
    house.take(&File::new(today, vec![Person::new(1, HERE)])).await;
    house.told().await;
    registry.sources[0] = crate::kit::source(1, "inbox", &[1, 2, 99]);
    house.publish(&registry).await;
    let mut person = Person::new(1, HERE);
    person.family = "Ny".into();
    house.take(&File::new(today, vec![person])).await;
    assert!(house.told().await.is_empty());
}

#[tokio::test]
async fn what_a_source_does_not_order_stays_as_another_one_said() {
    let mut registry = registry(vec![subscription(11, HERE)]);
    registry.sources[0].record_codes = codes(&[1, 2, 4, 8, 99]);
    let mut house = House::new(registry.clone()).await;
    let today = house.today().await;
    let mut person = Person::new(1, HERE);
    person.protected = true;
    house.take(&File::new(today, vec![person.clone()])).await;
    let entered = house.told().await;
    assert_eq!(entered.len(), 1);
    // From now on only names are ordered: neither a move out nor the end of the protection.
    registry.sources[0].record_codes = codes(&[1, 8, 99]);
    house.publish(&registry).await;
    person.only_name = true;
    person.family = "Ny".into();
    house.take(&File::new(today, vec![person.clone()])).await;
    person.family = "Nyere".into();
    house.take(&File::new(today, vec![person])).await;
    house.shift_days(1);
    house.reselect().await;
    let told = house.told().await;
    assert_eq!(told.iter().map(|one| one.kind).collect::<Vec<_>>(), [AdvisoryKind::Changed; 2]);
    let stored = house.store.persons_after(None, 10).await.unwrap();
    assert_eq!((stored[0].facts.municipality, stored[0].facts.protected), (Some(751), true));
}
