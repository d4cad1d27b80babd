//! The state of a consumer that all processes share: breaker, pause, `gone`.

use std::time::Duration;

use jiff::Timestamp;
use registry::ConsumerId;

use crate::{Queued, Store, StoreError};

/// The breaker of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Breaker {
    /// Deliveries run.
    Closed,
    /// The endpoint is dead; one probe a minute.
    Open,
}

/// What all processes know of a consumer's endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerState {
    /// Which consumer.
    pub consumer: ConsumerId,
    /// The revision of its declaration whose endpoint answered 410; deliveries wait until the revision changes or
    /// [`Store::resume`].
    pub gone: Option<String>,
    /// The breaker.
    pub breaker: Breaker,
    /// Since when the breaker is open.
    pub opened_at: Option<Timestamp>,
    /// No delivery before this (429 or 503 with `Retry-After`).
    pub not_before: Option<Timestamp>,
    /// Who probes.
    pub probe_holder: Option<String>,
    /// Until when nobody else probes.
    pub probe_until: Option<Timestamp>,
    /// Its queue was drained up to what was queued at this time.
    pub drained_to: Option<Timestamp>,
}

/// A probe: one head that may be sent although the breaker is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Send it directly, without a message; load and complete as any other.
    pub queued: Queued,
    /// Until when the probe is this process's.
    pub until: Timestamp,
}

impl Store {
    /// The states of all consumers that ever had one, by id; a consumer without a row is closed and well.
    pub async fn consumer_states(&self) -> Result<Vec<ConsumerState>, StoreError> {
        unimplemented!()
    }

    /// Row 9, 410: nothing is delivered until the revision of the declaration differs from `revision`; all queued lanes
    /// wait again.
    pub async fn mark_gone(&self, consumer: ConsumerId, revision: &str) -> Result<(), StoreError> {
        let _ = (consumer, revision);
        unimplemented!()
    }

    /// Ends `gone` for consumers whose revision is not the one that was gone.
    pub async fn revive(&self, revisions: &[(ConsumerId, String)]) -> Result<(), StoreError> {
        let _ = revisions;
        unimplemented!()
    }

    /// Row 9, `Retry-After`: no delivery for `pause` (above 1 h counts as 1 h). A pause above 60 s makes all queued
    /// lanes wait again: then stop taking from the queue and purge it.
    pub async fn pause(&self, consumer: ConsumerId, pause: Duration) -> Result<Timestamp, StoreError> {
        let _ = (consumer, pause);
        unimplemented!()
    }

    /// Row 9, breaker: opens it and makes all queued lanes wait again. Returns whether this call opened it.
    pub async fn open_breaker(&self, consumer: ConsumerId) -> Result<bool, StoreError> {
        let _ = consumer;
        unimplemented!()
    }

    /// Closes the breaker after a success. Returns whether this call closed it.
    pub async fn close_breaker(&self, consumer: ConsumerId) -> Result<bool, StoreError> {
        let _ = consumer;
        unimplemented!()
    }

    /// Takes the probe of an open breaker for `holder`, if nobody has it and one is due (60 s after the last): moves one
    /// waiting lane to queued without a message.
    pub async fn take_probe(
        &self,
        consumer: ConsumerId,
        holder: &str,
        every: Duration,
    ) -> Result<Option<Probe>, StoreError> {
        let _ = (consumer, holder, every);
        unimplemented!()
    }

    /// Row 9, suspend: all queued lanes of the consumer wait again. Returns how many.
    pub async fn requeue_later(&self, consumer: ConsumerId) -> Result<u64, StoreError> {
        let _ = consumer;
        unimplemented!()
    }

    /// Ends `gone`, the breaker and a pause by hand.
    pub async fn resume(&self, consumer: ConsumerId) -> Result<(), StoreError> {
        let _ = consumer;
        unimplemented!()
    }
}
