//! What a receiver got.

use std::fmt;

use bytes::Bytes;
use hyper::HeaderMap;
use jiff::Timestamp;
use serde::Deserialize;

use super::signature::Signed;

/// A verified advisory. `Debug` shows no body and no person.
#[derive(Clone)]
pub struct Received {
    /// The door's path: the consumer.
    pub path: String,
    /// Header `webhook-id`.
    pub webhook_id: String,
    /// Header `webhook-timestamp`.
    pub sent: Timestamp,
    /// Every other header of the attempt, the signature too; names in lower case.
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

/// Why a request was no advisory; answered with 400, 401 or 404.
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

/// The attributes of an advisory's event, structured JSON.
#[derive(Deserialize)]
struct Event {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    time: Timestamp,
    sequence: Sequence,
    #[serde(default)]
    data: Data,
}

#[derive(Deserialize, Default)]
struct Data {
    #[serde(default)]
    missed: Vec<Sequence>,
}

/// A sequence, as text (CloudEvents' extension) or as a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sequence {
    Number(u64),
    Text(String),
}

impl Sequence {
    fn value(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

/// The headers that have fields of their own.
const NAMED: [&str; 2] = ["webhook-id", "webhook-timestamp"];

/// Reads a verified request; acceptance and duplicates are not known yet.
pub(super) fn read(
    path: &str,
    headers: &HeaderMap,
    signed: Signed,
    body: Bytes,
    at: Timestamp,
) -> Result<Received, Refusal> {
    let content = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content.starts_with("application/cloudevents+json") {
        return Err(Refusal::Event);
    }
    let event: Event = serde_json::from_slice(&body).map_err(|_| Refusal::Event)?;
    let missed: Option<Vec<u64>> = event.data.missed.into_iter().map(Sequence::value).collect();
    let (Some(sequence), Some(missed), "1.0") = (event.sequence.value(), missed, event.specversion.as_str()) else {
        return Err(Refusal::Event);
    };
    let others = headers.iter().filter(|(name, _)| !NAMED.contains(&name.as_str()));
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Received {
        path: path.to_owned(),
        webhook_id: signed.id,
        sent: signed.sent,
        headers: others.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        id: event.id,
        source: event.source,
        kind: event.kind,
        subject: event.subject,
        sequence,
        time: event.time,
        missed,
        at,
        accepted: false,
        duplicate: false,
        body,
    })
}
