//! Row 17: advisories that waited too long.

use std::collections::BTreeSet;

use jiff::Timestamp;
use registry::ConsumerId;

use crate::{Queued, Store, StoreError};

impl Store {
    /// Parks due heads of a consumer whose event was recorded before `before`, at most `limit`, and moves their lanes
    /// on. Returns how many were parked (call again while it is `limit`) and the next heads that were queued: publish
    /// those.
    pub async fn expire(
        &self,
        consumer: ConsumerId,
        before: Timestamp,
        limit: usize,
        deliverable: &BTreeSet<ConsumerId>,
    ) -> Result<(u64, Vec<Queued>), StoreError> {
        let _ = (consumer, before, limit, deliverable);
        unimplemented!()
    }
}
