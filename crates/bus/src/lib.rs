//! The queue as transport: messages of ids from whoever records advisories to the notifier.
//!
//! The store is the truth; losing a queue loses nothing. A message names an event, a person and the consumers whose lane the event
//! opened, and never a value. Publish only after the commit, acknowledge only after the next commit. A queue holds what could be
//! delivered now: the store keeps at most its window (5000 by default) of a consumer queued, and that bounds the memory of the embedded
//! queues too.
//!
//! What is not here: no retry, no delay, no decision who hears of what. Those are rows of the store's delivery protocol.

mod embedded;
mod message;

use registry::ConsumerId;
use store::Store;

pub use message::Message;

use embedded::Embedded;

/// The queues of all consumers. Clones share them.
#[derive(Debug, Clone)]
pub struct Bus {
    inner: Inner,
}

#[derive(Debug, Clone)]
enum Inner {
    Embedded(Embedded),
}

/// Why the queues cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BusError {
    /// The queued lanes could not be read at the start.
    #[error("the queues could not be filled from the store")]
    Fill(#[source] store::StoreError),
}

impl Bus {
    /// Queues in this process's memory, filled by one scan of the queued lanes. Take it before anything records or delivers on the
    /// same store, or a lane may stand in its queue twice (a stale copy, which costs one load).
    pub async fn embedded(store: &Store) -> Result<Self, BusError> {
        let embedded = Embedded::default();
        embedded.fill(store).await?;
        Ok(Self { inner: Inner::Embedded(embedded) })
    }

    /// Puts each message at the end of the queue of each of its consumers. Call it after the commit that queued the lanes.
    #[expect(clippy::unused_async, reason = "a broker outside the process answers later")]
    pub async fn publish(&self, messages: &[Message]) -> Result<(), BusError> {
        match &self.inner {
            Inner::Embedded(embedded) => embedded.publish(messages),
        }
        Ok(())
    }

    /// Takes messages of one consumer; several receivers of one consumer share its queue.
    #[expect(clippy::unused_async, reason = "a broker outside the process answers later")]
    pub async fn consume(&self, consumer: ConsumerId) -> Result<Receiver, BusError> {
        match &self.inner {
            Inner::Embedded(embedded) => Ok(Receiver { inner: InnerReceiver::Embedded(embedded.queue(consumer)) }),
        }
    }

    /// Empties the queue of one consumer; what is being delivered stays with its receiver.
    #[expect(clippy::unused_async, reason = "a broker outside the process answers later")]
    pub async fn purge(&self, consumer: ConsumerId) -> Result<(), BusError> {
        match &self.inner {
            Inner::Embedded(embedded) => embedded.queue(consumer).purge(),
        }
        Ok(())
    }

    /// Deletes the queue of a removed consumer. A receiver that still holds it gets nothing more.
    #[expect(clippy::unused_async, reason = "a broker outside the process answers later")]
    pub async fn remove(&self, consumer: ConsumerId) -> Result<(), BusError> {
        match &self.inner {
            Inner::Embedded(embedded) => embedded.remove(consumer),
        }
        Ok(())
    }

    /// Messages of one consumer that are not acknowledged: waiting and being delivered.
    #[expect(clippy::unused_async, reason = "a broker outside the process answers later")]
    pub async fn depth(&self, consumer: ConsumerId) -> Result<u64, BusError> {
        match &self.inner {
            Inner::Embedded(embedded) => Ok(embedded.queue(consumer).depth()),
        }
    }
}

/// One receiver of one consumer's queue.
#[derive(Debug)]
pub struct Receiver {
    inner: InnerReceiver,
}

#[derive(Debug)]
enum InnerReceiver {
    Embedded(embedded::Shared),
}

impl Receiver {
    /// The message at the head of the queue, as soon as there is one; `None` when the queue is no more. Nothing is lost when the
    /// future is dropped before it is ready.
    pub async fn next(&mut self) -> Option<Delivery> {
        match &self.inner {
            InnerReceiver::Embedded(queue) => queue.next().await.map(Delivery::embedded),
        }
    }
}

/// One message in delivery. Dropped without [`Delivery::ack`], it goes back to its place in the queue.
#[derive(Debug)]
pub struct Delivery {
    /// The event whose advisory is to be sent.
    pub event: store::EventId,
    /// Whom the event is about.
    pub person: store::PersonId,
    /// How often it went back to the queue before.
    pub redeliveries: u32,
    inner: embedded::Taken,
}

impl Delivery {
    fn embedded(taken: embedded::Taken) -> Self {
        let (event, person, redeliveries) = taken.content();
        Self { event, person, redeliveries, inner: taken }
    }

    /// Done with: the message leaves the queue. Call it after the commit that recorded what became of it.
    pub fn ack(self) {
        self.inner.ack();
    }
}

#[cfg(test)]
mod tests;
