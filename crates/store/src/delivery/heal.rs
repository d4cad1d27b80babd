//! Row 13: messages that were lost.

use std::time::Duration;

use registry::ConsumerId;

use crate::{Queued, Store, StoreError};

impl Store {
    /// Finds heads that were queued more than `patience` (twice the consumer's timeout and 60 s) before the point up to
    /// which the consumer's queue is drained, and marks them as queued now, at most `limit`. Publish what is returned.
    pub async fn heal(
        &self,
        consumer: ConsumerId,
        patience: Duration,
        limit: usize,
    ) -> Result<Vec<Queued>, StoreError> {
        let _ = (consumer, patience, limit);
        unimplemented!()
    }

    /// Reports how far queues are drained: the highest [`crate::Loaded::queued_at`] seen, or now for an empty queue.
    /// Never moves backwards. Call it about once a second for all consumers, not per delivery.
    pub async fn drained(&self, to: &[(ConsumerId, jiff::Timestamp)]) -> Result<(), StoreError> {
        let _ = to;
        unimplemented!()
    }
}
