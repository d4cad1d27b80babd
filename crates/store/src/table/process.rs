//! Heart-beats of the processes.

use std::time::Duration;

use jiff::Timestamp;

use crate::{Store, StoreError};

/// What a process says of itself, every 5 s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Unique name of the process (pod).
    pub name: String,
    /// `ingester`, `notifier`, `standalone` …
    pub role: String,
    /// The registry version it works with.
    pub registry_version: Option<i64>,
    /// The highest registry schema it can read.
    pub schema: u32,
}

/// A process that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// What it said last.
    pub beat: Beat,
    /// When.
    pub seen_at: Timestamp,
}

impl Store {
    /// Records that a process is alive.
    pub async fn beat(&self, beat: &Beat) -> Result<(), StoreError> {
        let _ = beat;
        unimplemented!()
    }

    /// The processes seen within `within` before now, by name; older rows are removed by the way.
    pub async fn processes(&self, within: Duration) -> Result<Vec<Process>, StoreError> {
        let _ = within;
        unimplemented!()
    }
}
