//! What is published.

use registry::ConsumerId;
use store::{EventId, EventKind, PersonId, Queued};

/// One event for the consumers whose lane it opened or heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// the event
    pub event: EventId,
    /// whom it is about
    pub person: PersonId,
    /// what it is
    pub kind: EventKind,
    /// whose queues it goes to
    pub consumers: Vec<ConsumerId>,
    /// the event's W3C trace context
    pub traceparent: String,
}

impl From<Queued> for Message {
    fn from(queued: Queued) -> Self {
        Self {
            event: queued.event,
            person: queued.person,
            kind: queued.kind,
            consumers: vec![queued.consumer],
            traceparent: queued.traceparent,
        }
    }
}
