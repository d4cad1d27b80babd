use super::*;
use std::time::Duration;
use store::{EventId, EventKind, PersonId, Queued};
use uuid::Uuid;

fn consumer(n: u128) -> ConsumerId {
    ConsumerId(Uuid::from_u128(n))
}

fn queued(to: u128, n: u128) -> Queued {
    Queued {
        consumer: consumer(to),
        person: PersonId(Uuid::from_u128(n)),
        event: EventId(Uuid::from_u128(1000 + n)),
        kind: EventKind::Changed,
        traceparent: String::new(),
    }
}

fn empty() -> Bus {
    Bus { inner: Inner::Embedded(Embedded::default()) }
}

async fn put(bus: &Bus, to: u128, persons: impl IntoIterator<Item = u128>) {
    let messages: Vec<_> = persons.into_iter().map(|n| Message::from(queued(to, n))).collect();
    bus.publish(&messages).await.unwrap();
}

fn person(delivery: &Delivery) -> u128 {
    delivery.person.0.as_u128()
}

async fn next(receiver: &mut Receiver) -> Delivery {
    tokio::time::timeout(Duration::from_secs(10), receiver.next()).await.expect("a message in time").expect("a queue")
}

/// Whether the queue has nothing for the receiver now.
async fn idle(receiver: &mut Receiver) -> bool {
    use std::future::poll_fn;
    use std::task::Poll;
    let mut waiting = std::pin::pin!(receiver.next());
    poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending())).await
}

#[tokio::test]
async fn messages_come_in_the_order_of_publishing() {
    let bus = empty();
    let mut receiver = bus.consume(consumer(1)).await.unwrap();
    put(&bus, 1, [3, 1, 2]).await;
    for expected in [3, 1, 2] {
        let delivery = next(&mut receiver).await;
        assert_eq!((person(&delivery), delivery.redeliveries), (expected, 0));
        delivery.ack();
    }
    assert!(idle(&mut receiver).await);
    assert_eq!(bus.depth(consumer(1)).await.unwrap(), 0);
}

#[tokio::test]
async fn one_message_goes_to_each_of_its_consumers() {
    let bus = empty();
    let message = Message { consumers: vec![consumer(1), consumer(2)], ..queued(9, 5).into() };
    bus.publish(&[message]).await.unwrap();
    for to in [1, 2] {
        let mut receiver = bus.consume(consumer(to)).await.unwrap();
        assert_eq!(person(&next(&mut receiver).await), 5);
    }
    assert_eq!(bus.depth(consumer(9)).await.unwrap(), 0);
}

#[tokio::test]
async fn dropped_messages_take_their_places_at_the_head_again() {
    let bus = empty();
    let mut receiver = bus.consume(consumer(1)).await.unwrap();
    put(&bus, 1, 1..=4).await;
    let (first, second) = (next(&mut receiver).await, next(&mut receiver).await);
    assert_eq!(bus.depth(consumer(1)).await.unwrap(), 4, "what is being delivered still counts");
    drop(first);
    drop(second);
    for (expected, redeliveries) in [(1, 1), (2, 1), (3, 0), (4, 0)] {
        let delivery = next(&mut receiver).await;
        assert_eq!((person(&delivery), delivery.redeliveries), (expected, redeliveries));
        delivery.ack();
    }
}

#[tokio::test]
async fn purge_empties_the_queue_and_leaves_what_is_being_delivered() {
    let bus = empty();
    let mut receiver = bus.consume(consumer(1)).await.unwrap();
    put(&bus, 1, 1..=3).await;
    put(&bus, 2, 7..=7).await;
    let taken = next(&mut receiver).await;
    bus.purge(consumer(1)).await.unwrap();
    assert_eq!(bus.depth(consumer(1)).await.unwrap(), 1);
    drop(taken);
    assert_eq!(person(&next(&mut receiver).await), 1);
    assert_eq!(bus.depth(consumer(2)).await.unwrap(), 1, "another consumer's queue is untouched");
}

#[tokio::test]
async fn a_waiting_receiver_wakes_and_receivers_share_the_queue() {
    let bus = empty();
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let bus = bus.clone();
            tokio::spawn(async move {
                let mut receiver = bus.consume(consumer(1)).await.unwrap();
                let mut seen = Vec::new();
                while let Some(delivery) = receiver.next().await {
                    seen.push(person(&delivery));
                    delivery.ack();
                }
                seen
            })
        })
        .collect();
    put(&bus, 1, 0..500).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while bus.depth(consumer(1)).await.unwrap() > 0 {
        assert!(tokio::time::Instant::now() < deadline);
        tokio::task::yield_now().await;
    }
    bus.remove(consumer(1)).await.unwrap();
    let mut seen = Vec::new();
    for task in tasks {
        let theirs = tokio::time::timeout(Duration::from_secs(10), task).await.expect("the end is seen").unwrap();
        assert!(theirs.is_sorted());
        seen.extend(theirs);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..500).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_dropped_wait_loses_nothing() {
    let bus = empty();
    let mut first = bus.consume(consumer(1)).await.unwrap();
    let mut second = bus.consume(consumer(1)).await.unwrap();
    assert!(idle(&mut first).await);
    {
        // woken, and dropped before it took the message
        let mut waiting = std::pin::pin!(first.next());
        std::future::poll_fn(|context| {
            let _ = waiting.as_mut().poll(context);
            std::task::Poll::Ready(())
        })
        .await;
        put(&bus, 1, [1]).await;
    }
    assert_eq!(person(&next(&mut second).await), 1);
}
