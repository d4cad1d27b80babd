//! Queues in memory: one first-in-first-out per consumer, woken without polling.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use registry::ConsumerId;
use store::{EventId, PersonId, Queued, Store};
use tokio::sync::Notify;

use crate::{BusError, Message};

/// Lanes read from the store at a time when the queues are filled.
const FILL: usize = 5000;

/// All queues; made when first named.
#[derive(Debug, Clone, Default)]
pub(crate) struct Embedded {
    queues: Arc<Mutex<HashMap<ConsumerId, Shared>>>,
}

pub(crate) type Shared = Arc<Queue>;

#[derive(Debug, Default)]
pub(crate) struct Queue {
    content: Mutex<Content>,
    arrived: Notify,
}

/// Messages by their place: one that goes back takes its old place again, as in a quorum queue.
#[derive(Debug, Default)]
struct Content {
    ready: BTreeMap<u64, Item>,
    next_place: u64,
    in_delivery: u64,
    removed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    event: EventId,
    person: PersonId,
    redeliveries: u32,
}

impl Embedded {
    pub(crate) async fn fill(&self, store: &Store) -> Result<(), BusError> {
        let mut after = None;
        loop {
            let lanes = store.queued(after, FILL).await.map_err(BusError::Fill)?;
            let Some(last) = lanes.last() else {
                return Ok(());
            };
            after = Some((last.consumer, last.person));
            self.put(&lanes);
        }
    }

    fn put(&self, lanes: &[Queued]) {
        for lane in lanes {
            self.queue(lane.consumer).push(lane.event, lane.person);
        }
    }

    pub(crate) fn publish(&self, messages: &[Message]) {
        for message in messages {
            for consumer in &message.consumers {
                self.queue(*consumer).push(message.event, message.person);
            }
        }
    }

    pub(crate) fn queue(&self, consumer: ConsumerId) -> Shared {
        Arc::clone(self.queues().entry(consumer).or_default())
    }

    pub(crate) fn remove(&self, consumer: ConsumerId) {
        if let Some(queue) = self.queues().remove(&consumer) {
            let mut content = queue.content();
            content.ready.clear();
            content.removed = true;
            drop(content);
            queue.arrived.notify_waiters();
            // one permit for a receiver that is about to wait
            queue.arrived.notify_one();
        }
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<ConsumerId, Shared>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn push(&self, event: EventId, person: PersonId) {
        let mut content = self.content();
        let place = content.next_place;
        content.next_place += 1;
        content.ready.insert(place, Item { event, person, redeliveries: 0 });
        drop(content);
        self.arrived.notify_one();
    }

    pub(crate) async fn next(self: &Arc<Self>) -> Option<Taken> {
        loop {
            let arrived = self.arrived.notified();
            {
                let mut content = self.content();
                if content.removed {
                    // hand the permit on: every receiver must see the end
                    self.arrived.notify_one();
                    return None;
                }
                if let Some((place, item)) = content.ready.pop_first() {
                    content.in_delivery += 1;
                    return Some(Taken { queue: Arc::clone(self), place, item, acknowledged: false });
                }
            }
            arrived.await;
        }
    }

    pub(crate) fn purge(&self) {
        self.content().ready.clear();
    }

    pub(crate) fn depth(&self) -> u64 {
        let content = self.content();
        content.ready.len() as u64 + content.in_delivery
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One message out of its queue.
#[derive(Debug)]
pub(crate) struct Taken {
    queue: Shared,
    place: u64,
    item: Item,
    acknowledged: bool,
}

impl Taken {
    pub(crate) fn content(&self) -> (EventId, PersonId, u32) {
        (self.item.event, self.item.person, self.item.redeliveries)
    }

    pub(crate) fn ack(mut self) {
        self.acknowledged = true;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut content = self.queue.content();
        content.in_delivery = content.in_delivery.saturating_sub(1);
        if !self.acknowledged && !content.removed {
            let redeliveries = self.item.redeliveries.saturating_add(1);
            content.ready.insert(self.place, Item { redeliveries, ..self.item });
            drop(content);
            self.queue.arrived.notify_one();
        }
    }
}
