//! Rows 5 to 9 and 14: what became of heads.

use std::collections::BTreeSet;

use jiff::Timestamp;
use registry::ConsumerId;

use crate::{Head, Queued, Store, StoreError};

/// A request that was made, whether or not an answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// From the first byte to the end, in milliseconds.
    pub ms: i64,
    /// The status of the answer; `None` for a transport failure.
    pub http_status: Option<u16>,
    /// SHA-256 of the body that was sent.
    pub digest: [u8; 32],
}

/// What a head comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Row 5: received.
    Delivered,
    /// Row 6: failed and counted; again at `due_at`.
    Retry {
        /// When.
        due_at: Timestamp,
        /// What failed, such as `status` or `connect`.
        outcome: &'static str,
    },
    /// Rows 7 and 14: given up; the next delivered advisory of the lane carries its number as missed.
    Parked {
        /// Why, such as `ScheduleSpent`, `FinalStatus` or `Poison`.
        reason: &'static str,
    },
    /// Row 8: must not be sent any more. Never for a `left`.
    Withdrawn {
        /// Why, such as `NothingGranted`.
        reason: &'static str,
    },
    /// Row 9: back to waiting without counting.
    Returned {
        /// When it is due again.
        due_at: Timestamp,
        /// Why, such as `RetryAfter` or `BreakerOpen`.
        outcome: &'static str,
    },
}

/// What became of one loaded head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Which one.
    pub head: Head,
    /// Its sequence number, as loaded.
    pub seq: i64,
    /// Requests before this one, as loaded.
    pub tries: i64,
    /// Whether missed numbers were loaded with it; a delivered one then deletes them.
    pub missed: bool,
    /// The request; `None` if none was made (rows 8 and 14, a refused start of row 9).
    pub exchange: Option<Exchange>,
    /// What it comes to.
    pub ending: Ending,
    /// Name of the process.
    pub pod: String,
    /// When the request was made.
    pub at: Timestamp,
    /// The registry version it was projected with.
    pub registry_version: i64,
}

impl Store {
    /// Records what became of heads, in one transaction, and moves their lanes on. A head whose guard does not hold
    /// (somebody else completed it) only gets an attempt row with outcome `late`, if a request was made.
    ///
    /// `deliverable` as at [`crate::Tx::record`]. Returns the next heads that were queued: publish them, then
    /// acknowledge the messages of `completions`. Each (consumer, person) at most once in the slice.
    pub async fn complete(
        &self,
        completions: &[Completion],
        deliverable: &BTreeSet<ConsumerId>,
    ) -> Result<Vec<Queued>, StoreError> {
        let _ = (completions, deliverable);
        unimplemented!()
    }
}
