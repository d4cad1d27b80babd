//! What a receiver got.

use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;

/// A verified advisory. `Debug` shows no body and no person.
#[derive(Clone)]
pub struct Received {
    /// The door's path: the consumer.
    pub path: String,
    /// Header `webhook-id`.
    pub webhook_id: String,
    /// Header `webhook-timestamp`.
    pub sent: Timestamp,
    /// Every other header of the attempt, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The event's `id`.
    pub id: String,
    /// The event's `source`.
    pub source: String,
    /// The event's `type`.
    pub kind: String,
    /// The event's `subject`: the person's UUID.
    pub subject: String,
    /// The event's `sequence`.
    pub sequence: u64,
    /// The event's `time`.
    pub time: Timestamp,
    /// Sequences that `data.missed` names.
    pub missed: Vec<u64>,
    /// When it came, by the receiver's clock.
    pub at: Timestamp,
    /// Whether the door's behaviour told the sender success.
    pub accepted: bool,
    /// Whether the same id was accepted on this path before.
    pub duplicate: bool,
    /// The body, byte for byte.
    pub body: Bytes,
}

/// Why a request was no advisory; answered with 400 or 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// One of the three headers is missing or unreadable.
    #[error("the headers of Standard Webhooks are missing or unreadable")]
    Headers,
    /// The timestamp is more than five minutes from now.
    #[error("the timestamp is more than five minutes off")]
    Timestamp,
    /// No signature matches a secret.
    #[error("no signature matches")]
    Signature,
    /// The body is not a CloudEvent with the attributes of an advisory.
    #[error("the body is no event")]
    Event,
    /// The request has another path or method than the door.
    #[error("another path or method")]
    Address,
    /// The body ended early or is larger than 4 MiB.
    #[error("the body cannot be read")]
    Body,
}

/// A request that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The door's path.
    pub path: String,
    /// Why.
    pub refusal: Refusal,
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("path", &self.path)
            .field("sequence", &self.sequence)
            .field("kind", &self.kind)
            .field("accepted", &self.accepted)
            .field("duplicate", &self.duplicate)
            .finish_non_exhaustive()
    }
}
