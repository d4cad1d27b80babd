//! What goes over the wire: a CloudEvent in structured JSON (CloudEvents 1.0.2, JSON format).

use cpr::{Category, Projection};
use jiff::Timestamp;
use registry::ConsumerId;
use schemars::JsonSchema;
use serde::Serialize;
use store::{AdvisoryKind, Loaded, Transition};
use uuid::Uuid;

/// The media type of an advisory.
pub const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// Names the schema of [`Data`]; the committed file is `docs/schemas/advisory.v1.json`.
pub const SCHEMA: &str = "urn:cprbroker:schema:advisory:v1#/$defs/Data";

/// One advisory: an event about one person, addressed to one consumer.
///
/// Rule for order and duplicates: keep the highest `sequence` per `source` and `subject`, drop what is not higher.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub struct Advisory<'a> {
    /// the version of CloudEvents: 1.0
    pub specversion: &'static str,
    /// the same in every attempt to deliver this advisory: `<consumer uid>-<generation>-<sequence>`
    pub id: String,
    /// `urn:cprbroker:<installation>:<consumer uid>:<generation>`; a new generation after the store was restored starts new sequences
    pub source: String,
    /// `dk.cprbroker.person.` and `changed.v1`, `entered.v1` or `left.v1`, relative to all subscriptions of the consumer together
    pub r#type: &'static str,
    /// UUID of the person
    pub subject: Uuid,
    /// when the event was recorded, RFC 3339
    pub time: String,
    /// counts the advisories of this consumer without gaps, in the order of recording
    pub sequence: i64,
    /// W3C trace context of the event
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<&'a str>,
    /// the media type of `data`
    pub datacontenttype: &'static str,
    /// the schema of `data`
    pub dataschema: &'static str,
    /// what happened
    pub data: &'a Data,
}

/// What happened, cut down to what the consumer may be told.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Data {
    /// what changed, by category; empty in a `left`, and where a person only entered
    pub changes: Vec<Change>,
    /// CPR's own event codes: evidence, an open list; empty in a `left`
    pub event_codes: Vec<EventCode>,
    /// the latest day from which a told change holds, with the precision that CPR gives: `2026`, `2026-03` or `2026-03-07`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<String>,
    /// why the consumer hears of it
    pub subscriptions: Vec<Routed>,
    /// where it was said
    pub registration: Registration,
    /// sequences about this person that were given up and never came
    pub missed: Vec<i64>,
    /// the granted values after the event, for consumers with content `Changes`: lists `names`, `addresses`, `protections` and `civil`,
    /// and `status`; never in a `left`
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")]
    pub values: Option<Projection>,
}

/// What changed in one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// the category
    #[schemars(with = "String")]
    pub category: Category,
    /// the names of the changed fields; empty where protection hides which ones
    pub fields: Vec<String>,
}

/// One of CPR's own event codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EventCode {
    /// the code, such as `A01`
    pub code: String,
    /// CPR's mark that the person is affected through somebody else, and how
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived: Option<String>,
}

/// One subscription that takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Routed {
    /// its uid
    pub id: Uuid,
    /// namespace and name; absent when it was deleted
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// what happened between it and the person
    pub transition: TransitionName,
    /// why it exists; absent when it was deleted
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
}

/// What happened between a subscription and the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TransitionName {
    /// selected before and after
    Changed,
    /// selected only after
    Entered,
    /// selected only before
    Left,
}

impl From<Transition> for TransitionName {
    fn from(transition: Transition) -> Self {
        match transition {
            Transition::Changed => Self::Changed,
            Transition::Entered => Self::Entered,
            Transition::Left => Self::Left,
        }
    }
}

/// Why a subscription exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Purpose {
    /// what the data is used for
    pub description: String,
    /// the law
    pub legal_basis: String,
}

/// Where it was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// the extract, as the operator's audit names it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extract: Option<String>,
    /// the day for which the extract was made
    #[serde(skip_serializing_if = "Option::is_none")]
    pub production_date: Option<String>,
}

/// What is the same in all advisories of a store: part of their `source` and `id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// name of the installation
    pub installation: String,
    /// raised by every restore of the store
    pub generation: i64,
}

impl Origin {
    /// The advisory's `id` and the header `webhook-id`.
    #[must_use]
    pub fn id(&self, consumer: ConsumerId, sequence: i64) -> String {
        format!("{consumer}-{}-{sequence}", self.generation)
    }

    /// The advisory's bytes: what is signed is what is sent.
    pub fn write(&self, loaded: &Loaded, data: &Data) -> Result<Vec<u8>, serde_json::Error> {
        let consumer = loaded.head.consumer;
        let traceparent = &loaded.event.traceparent;
        serde_json::to_vec(&Advisory {
            specversion: "1.0",
            id: self.id(consumer, loaded.seq),
            source: format!("urn:cprbroker:{}:{consumer}:{}", self.installation, self.generation),
            r#type: type_name(loaded.routing.kind),
            subject: loaded.head.person.0,
            time: rfc3339(loaded.event.recorded_at),
            sequence: loaded.seq,
            traceparent: (!traceparent.is_empty()).then_some(traceparent.as_str()),
            datacontenttype: "application/json",
            dataschema: SCHEMA,
            data,
        })
    }
}

fn type_name(kind: AdvisoryKind) -> &'static str {
    match kind {
        AdvisoryKind::Changed => "dk.cprbroker.person.changed.v1",
        AdvisoryKind::Entered => "dk.cprbroker.person.entered.v1",
        AdvisoryKind::Left => "dk.cprbroker.person.left.v1",
    }
}

/// To the millisecond, as stored.
fn rfc3339(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests;
