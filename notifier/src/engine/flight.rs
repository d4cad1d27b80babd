//! One advisory on its way: loaded, projected, signed, sent, decided, recorded.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::Delivery;
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use registry::Consumer;
use sha2::{Digest as _, Sha256};
use store::{Completion, Ending, Exchange, Head};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::loader::Ready;
use super::shared::{Shared, lock};
use crate::answer::{self, ParkReason, Pause, Policy, Reply, Verdict};
use crate::breaker::{Breaker, Sign};
use crate::connect::Endpoint;
use crate::envelope;
use crate::project::{Projected, project};

/// A message that came back to the queue more often than this is parked: it stops its lane, not its consumer.
const MOST_REDELIVERIES: u32 = 20;

/// What the flights of one consumer share.
#[derive(Clone)]
pub(super) struct Craft {
    pub(super) shared: Arc<Shared>,
    pub(super) consumer: Arc<Consumer>,
    pub(super) endpoint: Endpoint,
    pub(super) breaker: Arc<Mutex<Breaker>>,
    /// the breaker is open, or will be as soon as the flights are over
    pub(super) tripped: Arc<AtomicBool>,
}

/// What one flight means for the consumer's other flights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aftermath {
    /// go on
    None,
    /// a 2xx came although the breaker was open or about to open
    Recovered,
    /// 410: no more flights until the declaration changes
    Gone,
    /// no more flights for so long
    Pause(Duration),
    /// the endpoint is down
    Trip,
}

/// One of the requests that may be made at one time. A success gives it back at once, so that its receipt delays no other
/// request; after anything else the worker first looks at the aftermath.
pub(super) type Slot = Option<OwnedSemaphorePermit>;

impl Craft {
    /// Flies what a message names and acknowledges it when all is recorded; otherwise the message goes back to the queue.
    pub(super) async fn deliver(self, delivery: Delivery, mut slot: Slot) -> (Aftermath, Slot) {
        let head = Head { consumer: self.consumer.id, person: delivery.person, event: delivery.event };
        let flown = self.fly(head, delivery.redeliveries > MOST_REDELIVERIES, &mut slot).await;
        if flown.is_some() {
            delivery.ack();
        }
        (flown.unwrap_or(Aftermath::None), slot)
    }

    /// Flies a probe, which has no message and no slot.
    pub(super) async fn probe(self, head: Head) -> (Aftermath, Slot) {
        (self.fly(head, false, &mut None).await.unwrap_or(Aftermath::None), None)
    }

    /// `None` when the process stopped in between: nothing was recorded.
    async fn fly(&self, head: Head, poison: bool, slot: &mut Slot) -> Option<Aftermath> {
        let Some(ready) = self.shared.loader.load(head).await.ok()? else {
            return Some(Aftermath::None);
        };
        let now = self.shared.now().await;
        if poison {
            return self.unsent(&ready, now, Ending::Parked { reason: "Poison" }).await;
        }
        let today = runtime::copenhagen::today(now);
        let data = match project(&ready.loaded, &self.consumer, &ready.current.registry, today) {
            Projected::Send(data) => data,
            Projected::Withdrawn(why) => {
                return self.unsent(&ready, now, Ending::Withdrawn { reason: why.reason() }).await;
            }
            Projected::Unreadable => {
                return self.unsent(&ready, now, Ending::Parked { reason: "Unreadable" }).await;
            }
        };
        let Ok(body) = self.shared.origin.write(&ready.loaded, &data) else {
            return self.unsent(&ready, now, Ending::Parked { reason: "Unwritable" }).await;
        };
        self.send(&ready, now, body.into(), slot).await
    }

    async fn send(&self, ready: &Ready, at: Timestamp, body: Bytes, slot: &mut Slot) -> Option<Aftermath> {
        let digest = Sha256::digest(&body).into();
        let id = self.shared.origin.id(self.consumer.id, ready.loaded.seq);
        let headers = self.headers(&id, at, &body)?;
        let begun = Instant::now();
        let answered = self.endpoint.post(headers, body).await;
        let ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        let now = self.shared.now().await;
        let reply = match &answered {
            Ok(answered) => Reply::Status {
                status: answered.status,
                retry_after: answered.retry_after.as_deref().and_then(|text| answer::retry_after(text, now)),
            },
            Err(failure) => Reply::Failed(*failure),
        };
        if let Reply::Failed(failure) = reply {
            tracing::debug!(consumer = %self.consumer.object, %failure, "a request failed");
        }
        if reply.is_success() {
            drop(slot.take());
        }
        let opens = self.observe(now, ready, &reply);
        let was_tripped =
            if opens { self.tripped.swap(true, Ordering::Relaxed) } else { self.tripped.load(Ordering::Relaxed) };
        let attempts = u32::try_from(ready.loaded.attempts).unwrap_or(u32::MAX);
        let policy = Policy { retry: &self.consumer.retry, final_statuses: &self.consumer.webhook.final_statuses };
        let verdict = answer::decide(&reply, policy, attempts, opens || was_tripped, &self.shared.chance);
        let exchange = Exchange { ms, http_status: reply.status(), digest };
        let completion = completion(&self.shared, ready, at, Some(exchange), ending(verdict, &reply, now));
        self.shared.writer.complete(completion).await.ok()?;
        Some(match verdict {
            Verdict::Delivered if was_tripped => Aftermath::Recovered,
            Verdict::Postponed(Pause::Gone) => Aftermath::Gone,
            Verdict::Postponed(Pause::RetryAfter(pause)) => Aftermath::Pause(pause),
            _ if opens && !was_tripped => {
                let (consumer, why) = (&self.consumer.object, told(&reply));
                tracing::warn!(%consumer, why, "the endpoint counts as down: it is probed until it answers");
                Aftermath::Trip
            }
            _ => Aftermath::None,
        })
    }

    /// Records that nothing was sent.
    async fn unsent(&self, ready: &Ready, at: Timestamp, ending: Ending) -> Option<Aftermath> {
        let completion = completion(&self.shared, ready, at, None, ending);
        self.shared.writer.complete(completion).await.ok()?;
        Some(Aftermath::None)
    }

    /// Whether this answer is the one that shows the endpoint to be down.
    fn observe(&self, now: Timestamp, ready: &Ready, reply: &Reply) -> bool {
        let sign = if reply.is_success() {
            Sign::Success
        } else if reply.is_transport_failure() {
            Sign::TransportFailure
        } else {
            Sign::Answer
        };
        lock(&self.breaker).observe(now, ready.loaded.head.person, sign)
    }

    /// The headers of Standard Webhooks. `None` cannot happen: ids and signatures are plain ASCII.
    fn headers(&self, id: &str, at: Timestamp, body: &[u8]) -> Option<HeaderMap> {
        let signature = self.endpoint.signer().sign(id, at, body);
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(envelope::CONTENT_TYPE));
        headers.insert(HeaderName::from_static("webhook-id"), HeaderValue::from_str(id).ok()?);
        headers.insert(HeaderName::from_static("webhook-timestamp"), HeaderValue::from(at.as_second()));
        headers.insert(HeaderName::from_static("webhook-signature"), HeaderValue::from_str(&signature).ok()?);
        Some(headers)
    }
}

fn completion(shared: &Shared, ready: &Ready, at: Timestamp, exchange: Option<Exchange>, ending: Ending) -> Completion {
    Completion {
        head: ready.loaded.head,
        seq: ready.loaded.seq,
        tries: ready.loaded.tries,
        missed: !ready.loaded.missed.is_empty(),
        exchange,
        ending,
        pod: shared.settings.name.clone(),
        at,
        registry_version: ready.current.version,
    }
}

/// The verdict as the store records it.
fn ending(verdict: Verdict, reply: &Reply, now: Timestamp) -> Ending {
    match verdict {
        Verdict::Delivered => Ending::Delivered,
        Verdict::Failed { delay } => Ending::Retry { due_at: after(now, delay), outcome: outcome(reply) },
        Verdict::Parked(ParkReason::ScheduleSpent) => Ending::Parked { reason: "ScheduleSpent" },
        Verdict::Parked(ParkReason::FinalStatus) => Ending::Parked { reason: "FinalStatus" },
        Verdict::Postponed(Pause::Gone) => Ending::Returned { due_at: now, outcome: "Gone" },
        Verdict::Postponed(Pause::BreakerOpen) => Ending::Returned { due_at: now, outcome: "BreakerOpen" },
        Verdict::Postponed(Pause::RetryAfter(pause)) => {
            Ending::Returned { due_at: after(now, pause), outcome: "RetryAfter" }
        }
    }
}

/// What came back, for the operator.
fn told(reply: &Reply) -> String {
    match reply {
        Reply::Status { status, .. } => format!("it answered {status}"),
        Reply::Failed(failure) => failure.to_string(),
    }
}

fn outcome(reply: &Reply) -> &'static str {
    use crate::answer::Failure;
    match reply {
        Reply::Status { .. } => "status",
        Reply::Failed(Failure::NotAllowed) => "notAllowed",
        Reply::Failed(Failure::NoAddress) => "noAddress",
        Reply::Failed(Failure::Connection) => "connect",
        Reply::Failed(Failure::Tls) => "tls",
        Reply::Failed(Failure::Timeout) => "timeout",
        Reply::Failed(Failure::NotHttp) => "notHttp",
    }
}

/// A time beyond the calendar is its end.
fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
