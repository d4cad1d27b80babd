//! What `cprbroker status` shows: counts and times, never a person.

use jiff::Timestamp;
use registry::{ConsumerId, SourceId};

use crate::{Breaker, Store, StoreError};

/// How far behind one consumer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Which consumer.
    pub consumer: ConsumerId,
    /// Undelivered advisories: heads and what is behind them.
    pub undelivered: i64,
    /// Heads in the queue.
    pub queued: i64,
    /// Heads that wait.
    pub due: i64,
    /// Advisories parked so far.
    pub parked: i64,
    /// When the oldest undelivered one was recorded.
    pub oldest: Option<Timestamp>,
    /// When one was delivered last.
    pub last_delivered: Option<Timestamp>,
    /// The highest sequence number given out.
    pub last_sequence: i64,
    /// The breaker.
    pub breaker: Breaker,
    /// Whether the endpoint answered 410.
    pub gone: bool,
    /// No delivery before this.
    pub not_before: Option<Timestamp>,
}

/// Lines in quarantine of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineCount {
    /// Which source.
    pub source: SourceId,
    /// How many lines.
    pub lines: i64,
    /// When the oldest was put aside.
    pub oldest: Option<Timestamp>,
}

impl Store {
    /// Every consumer that ever had an advisory or a state, by id.
    pub async fn backlogs(&self) -> Result<Vec<Backlog>, StoreError> {
        unimplemented!()
    }

    /// Lines in quarantine by source.
    pub async fn quarantined(&self) -> Result<Vec<QuarantineCount>, StoreError> {
        unimplemented!()
    }
}
