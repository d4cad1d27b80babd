//! Rows 4, 13, 15 and 17, and the retention of the quarantine.

use std::collections::BTreeSet;

use cprbroker_ingester::{Feeder, Tender};
use registry::{ConsumerId, Registry};
use store::AdvisoryKind;
use uuid::Uuid;

use crate::kit::{File, HERE, House, Person, registry, subscription};

fn one() -> ConsumerId {
    ConsumerId(Uuid::from_u128(1))
}

fn crowd(persons: u64) -> Vec<Person> {
    (0..persons).map(|index| Person::new(index, HERE)).collect()
}

fn suspended(suspend: bool) -> Registry {
    let mut registry = registry(vec![subscription(11, HERE)]);
    registry.consumers[0].suspend = suspend;
    registry
}

/// A house in which ten advisories wait for a suspended consumer.
async fn waiting() -> House {
    let mut house = House::new(suspended(true)).await;
    house.take(&File::new(house.today().await, crowd(10))).await;
    assert_eq!(house.bus.depth(one()).await.unwrap(), 0);
    house
}

#[tokio::test]
async fn the_feeder_queues_what_waited_once_its_consumer_may_receive() {
    let mut house = waiting().await;
    let mut feeder = Feeder::default();
    feeder.pass(&house.ingester).await.unwrap();
    assert_eq!(house.bus.depth(one()).await.unwrap(), 0);
    house.publish(&suspended(false)).await;
    for _ in 0..2 {
        feeder.pass(&house.ingester).await.unwrap();
        assert_eq!(house.bus.depth(one()).await.unwrap(), 10);
    }
    assert_eq!(house.told().await.len(), 10);
}

#[tokio::test]
async fn a_changed_declaration_revives_a_consumer_that_was_gone() {
    let mut house = House::new(suspended(false)).await;
    house.store.mark_gone(one(), "1").await.unwrap();
    house.take(&File::new(house.today().await, crowd(10))).await;
    let mut feeder = Feeder::default();
    feeder.pass(&house.ingester).await.unwrap();
    assert_eq!(house.bus.depth(one()).await.unwrap(), 0);
    let mut changed = suspended(false);
    changed.consumers[0].revision = "2".into();
    house.publish(&changed).await;
    feeder.pass(&house.ingester).await.unwrap();
    assert_eq!(house.bus.depth(one()).await.unwrap(), 10);
}

#[tokio::test]
async fn a_late_410_of_an_earlier_declaration_holds_nobody_back() {
    let mut house = House::new(suspended(false)).await;
    let mut feeder = Feeder::default();
    feeder.pass(&house.ingester).await.unwrap();
    house.store.mark_gone(one(), "0").await.unwrap();
    house.take(&File::new(house.today().await, crowd(10))).await;
    Tender::default().pass(&house.ingester, &house.held).await.unwrap();
    feeder.pass(&house.ingester).await.unwrap();
    assert_eq!(house.bus.depth(one()).await.unwrap(), 10);
}

#[tokio::test]
async fn what_waits_for_a_removed_consumer_is_withdrawn() {
    let mut house = waiting().await;
    let mut tender = Tender::default();
    tender.pass(&house.ingester, &house.held).await.unwrap();
    let undelivered = async |house: &House| {
        let backlogs = house.store.backlogs().await.unwrap();
        backlogs.iter().map(|backlog| backlog.undelivered).sum::<i64>()
    };
    assert_eq!(undelivered(&house).await, 10);
    let mut without = suspended(true);
    without.consumers.remove(0);
    without.subscriptions.clear();
    house.publish(&without).await;
    tender.pass(&house.ingester, &house.held).await.unwrap();
    assert_eq!(undelivered(&house).await, 0);
    assert!(house.told().await.is_empty());
}

#[tokio::test]
async fn what_waited_longer_than_its_consumer_wants_is_parked() {
    let mut house = waiting().await;
    let mut tender = Tender::default();
    house.shift_days(29);
    tender.pass(&house.ingester, &house.held).await.unwrap();
    let parked = async |house: &House| house.store.backlogs().await.unwrap()[0].parked;
    assert_eq!(parked(&house).await, 0);
    house.shift_days(31);
    tender.pass(&house.ingester, &house.held).await.unwrap();
    assert_eq!(parked(&house).await, 10);
    house.publish(&suspended(false)).await;
    Feeder::default().pass(&house.ingester).await.unwrap();
    assert!(house.told().await.is_empty());
}

#[tokio::test]
async fn lost_messages_are_published_again() {
    let mut house = House::new(suspended(false)).await;
    house.take(&File::new(house.today().await, crowd(10))).await;
    house.bus.purge(one()).await.unwrap();
    let mut tender = Tender::default();
    house.store.drained(&[(one(), house.store.now().await.unwrap())]).await.unwrap();
    tender.pass(&house.ingester, &house.held).await.unwrap();
    assert_eq!(house.bus.depth(one()).await.unwrap(), 0);
    house.shift_days(1);
    house.store.drained(&[(one(), house.store.now().await.unwrap())]).await.unwrap();
    tender.pass(&house.ingester, &house.held).await.unwrap();
    assert_eq!(house.bus.depth(one()).await.unwrap(), 10);
    let told = house.told().await;
    let persons: BTreeSet<_> = told.iter().map(|one| one.person).collect();
    assert_eq!((told.len(), persons.len(), told[0].kind), (10, 10, AdvisoryKind::Entered));
}

#[tokio::test]
async fn the_quarantine_ends_with_its_retention() {
    let mut house = House::new(suspended(false)).await;
    let mut file = File::new(house.today().await, vec![]);
    file.extra = vec![b"777 something new".to_vec()];
    house.take(&file).await;
    for (days, lines) in [(29, 1), (31, 0)] {
        house.shift_days(days);
        Tender::default().pass(&house.ingester, &house.held).await.unwrap();
        let kept = house.store.quarantined().await.unwrap();
        assert_eq!(kept.iter().map(|one| one.lines).sum::<i64>(), lines);
    }
}
