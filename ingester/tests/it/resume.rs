//! A file goes on from its checkpoint after a crash, a lost lease or a moved registry.

use store::ExtractState;

use crate::kit::{File, HERE, House, Person, is, registry, subscription};

fn crowd(persons: u64) -> Vec<Person> {
    (0..persons).map(|index| Person::new(index, HERE)).collect()
}

#[tokio::test]
async fn a_file_resumes_behind_its_last_chunk() {
    let mut house = House::new(registry(vec![subscription(11, HERE)])).await;
    let file = File::new(house.today().await, crowd(3000));
    house.place("D260101.L000001", &file.bytes());
    // The process stops at some point of the file: after the commit of a chunk.
    let (store, cancel) = (house.store.clone(), house.cancel.clone());
    let stop = tokio::spawn(async move {
        loop {
            let done = store.extracts(1).await.unwrap().first().map_or(0, |extract| extract.persons_done);
            if done >= 200 {
                cancel.cancel();
                return;
            }
            tokio::task::yield_now().await;
        }
    });
    house.sweep().await;
    stop.await.unwrap();
    let half = house.extract("D260101.L000001").await;
    let done = house.store.count_persons().await.unwrap();
    assert_eq!(half.persons_done.cast_signed(), done);
    let (mut again, open) = (house.again().await, half.state == ExtractState::Open);
    again.sweep().await;
    let counts = is(&again.extract("D260101.L000001").await, ExtractState::Applied);
    assert!(open, "the file was through before the process stopped");
    assert_eq!((&counts["stored"], &counts["new"]), (&3000.into(), &3000.into()));
    assert!(again.left().is_empty());
    // Nobody was told twice, and nobody was forgotten.
    let told = again.told().await;
    let persons: std::collections::BTreeSet<_> = told.iter().map(|one| one.person).collect();
    assert_eq!((told.len(), persons.len()), (3000, 3000));
}

#[tokio::test]
async fn a_crash_after_the_last_commit_removes_the_file_without_effect() {
    let mut house = House::new(registry(vec![subscription(11, HERE)])).await;
    let bytes = File::new(house.today().await, crowd(10)).bytes();
    house.place("D260101.L000001", &bytes);
    house.sweep().await;
    assert_eq!(house.told().await.len(), 10);
    std::fs::write(house.inbox.join("D260101.L000001"), &bytes).unwrap();
    house.restart().await;
    house.sweep().await;
    house.sweep().await;
    assert!(house.left().is_empty());
    assert!(house.told().await.is_empty());
}

#[tokio::test]
async fn a_process_that_lost_the_lease_stores_nothing() {
    let mut house = House::new(registry(vec![subscription(11, HERE)])).await;
    house.place("D260101.L000001", &File::new(house.today().await, crowd(10)).bytes());
    let other = house.store.seize_lease("ingester", "other", std::time::Duration::from_mins(1)).await.unwrap();
    assert!(other.epoch > house.held.epoch);
    house.sweep().await;
    assert_eq!(house.store.count_persons().await.unwrap(), 0);
    assert_eq!(house.left().len(), 2);
    house.restart().await;
    house.sweep().await;
    is(&house.extract("D260101.L000001").await, ExtractState::Applied);
}
