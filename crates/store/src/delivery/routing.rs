//! Routing: why an advisory goes to its consumer, fixed when it is recorded.

use registry::SubscriptionId;
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// The type of an advisory, relative to all subscriptions of the consumer together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AdvisoryKind {
    /// Still covered, and something granted and wanted changed.
    Changed,
    /// Covered now, and not before.
    Entered,
    /// Covered before, and not now: the last one about this person.
    Left,
}

/// What happened between one subscription and the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Transition {
    /// Selected before and after.
    Changed,
    /// Selected only after.
    Entered,
    /// Selected only before.
    Left,
}

/// One subscription that takes part in an advisory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Routed {
    /// The subscription.
    pub id: SubscriptionId,
    /// What happened between it and the person.
    pub transition: Transition,
}

/// Why an advisory goes to its consumer. Stored as JSON text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// The type of the advisory.
    pub kind: AdvisoryKind,
    /// The subscriptions that take part, by id.
    pub subscriptions: Vec<Routed>,
}

impl Routing {
    pub(crate) fn to_stored(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|_| StoreError::Impossible { column: "lane.routing" })
    }

    pub(crate) fn from_stored(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text).map_err(|_| StoreError::Impossible { column: "lane.routing" })
    }
}
