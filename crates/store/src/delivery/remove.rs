//! Row 15: a consumer that is gone from the registry.

use registry::ConsumerId;

use crate::{Store, StoreError};

impl Store {
    /// Consumers with anything in a lane, in `consumer_state` or in `missed`, by id: those that are not in the registry
    /// any more are to be removed.
    pub async fn consumers(&self) -> Result<Vec<ConsumerId>, StoreError> {
        unimplemented!()
    }

    /// Withdraws what waits for a removed consumer: deletes at most `limit` advisories in one transaction and adds them
    /// to one summary row. Returns how many; call again until it is 0. The cursor stays, so that a consumer that comes
    /// back under the same uid never meets a sequence number twice.
    pub async fn remove_consumer(&self, consumer: ConsumerId, limit: usize) -> Result<u64, StoreError> {
        let _ = (consumer, limit);
        unimplemented!()
    }
}
