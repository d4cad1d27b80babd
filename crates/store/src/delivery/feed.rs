//! Row 4: from waiting to queued.

use std::collections::BTreeSet;
use std::time::Duration;

use registry::ConsumerId;

use crate::{Queued, Store, StoreError};

/// How the feeder works in one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The longest step of any schedule with its jitter: a lane due later than that (a clock jumped) is due now.
    pub longest_wait: Duration,
    /// Lanes per transaction.
    pub batch: usize,
}

impl Store {
    /// Queues due lanes of the consumers in `deliverable` (as at [`crate::Tx::record`]) as far as there is room: one
    /// pass, one transaction per consumer, at least each second. Counts a consumer's queued lanes again when its room is
    /// below half the window, at most once a second. Publish what is returned.
    pub async fn feed(&self, deliverable: &BTreeSet<ConsumerId>, feed: Feed) -> Result<Vec<Queued>, StoreError> {
        let _ = (deliverable, feed);
        unimplemented!()
    }
}
