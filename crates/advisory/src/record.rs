//! From decisions to rows: memberships, events, advisories, and the messages to publish after the commit.

use std::collections::{BTreeSet, HashMap};

use bus::Message;
use cpr::{FieldSet, Records};
use jiff::Timestamp;
use registry::{ConsumerId, Registry};
use runtime::Chance;
use store::{
    Cause, EventId, ExtractId, Membership, NewAdvisory, NewEvent, Opened, PersonId, SnapshotId, StoreError, Tx,
};

use crate::matching::Decision;

/// What is the same for every person of one unit of work.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    /// What led to it.
    pub cause: Cause,
    /// The extract it comes from.
    pub extract: Option<ExtractId>,
    /// The registry version that decided, locked in the transaction.
    pub registry_version: i64,
    /// The consumers that may receive now, see [`deliverable`].
    pub deliverable: &'a BTreeSet<ConsumerId>,
    /// When it is recorded.
    pub now: Timestamp,
    /// Where ids come from.
    pub chance: &'a Chance,
}

/// What was decided about one person.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The person.
    pub person: PersonId,
    /// The decision.
    pub decision: Decision,
    /// The former snapshot.
    pub before: Option<SnapshotId>,
    /// The newest snapshot.
    pub after: Option<SnapshotId>,
    /// The fields that differ.
    pub changed: FieldSet,
    /// CPR's event codes, see [`event_codes`].
    pub codes: Vec<String>,
}

/// CPR's own event codes of the records, in their order: the code, and after a colon the derived marker (`AFLEDTMRK`)
/// where the person is affected through somebody else.
#[must_use]
pub fn event_codes(records: &Records) -> Vec<String> {
    let mut codes = Vec::new();
    for event in records.events() {
        let derived = event.derived().decode();
        let code = if derived.trim().is_empty() {
            event.code().to_string()
        } else {
            format!("{}:{}", event.code(), derived.trim())
        };
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// The consumers that a registry lets receive: declared and not suspended. Breaker, pause, `gone` and the window are the
/// store's to judge; for want of a secret the notifier leaves what is queued where it is.
#[must_use]
pub fn deliverable(registry: &Registry) -> BTreeSet<ConsumerId> {
    registry.consumers.iter().filter(|consumer| !consumer.suspend).map(|consumer| consumer.id).collect()
}

impl Unit<'_> {
    /// Stores the memberships, events and advisories of `outcomes` and opens their lanes. Returns the messages to publish
    /// once the transaction is committed: one per event that opened a lane of a deliverable consumer.
    ///
    /// # Errors
    /// What the store says; the transaction is then to be dropped.
    pub async fn record(&self, tx: &mut Tx, outcomes: &[Outcome]) -> Result<Vec<Message>, StoreError> {
        let (mut enter, mut leave) = (Vec::new(), Vec::new());
        for outcome in outcomes {
            enter.extend(outcome.decision.enter.iter().map(|member| Membership {
                subscription: member.subscription,
                person: outcome.person,
                consumer: member.consumer,
                since: self.now,
            }));
            leave.extend(outcome.decision.leave.iter().map(|member| (member.subscription, outcome.person)));
        }
        if !leave.is_empty() {
            tx.remove_memberships(&leave).await?;
        }
        if !enter.is_empty() {
            tx.add_memberships(&enter).await?;
        }
        let (events, advisories) = self.rows(outcomes);
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let opened = tx.record(&events, &advisories, self.deliverable, self.now).await?;
        Ok(messages(&events, &opened))
    }

    fn rows(&self, outcomes: &[Outcome]) -> (Vec<NewEvent>, Vec<NewAdvisory>) {
        let (mut events, mut advisories) = (Vec::new(), Vec::new());
        for outcome in outcomes {
            let Some(kind) = outcome.decision.event(outcome.changed) else { continue };
            let id = EventId(self.chance.uuid7(self.now));
            advisories.extend(outcome.decision.advisories.iter().map(|(consumer, routing)| NewAdvisory {
                consumer: *consumer,
                person: outcome.person,
                event: id,
                routing: routing.clone(),
            }));
            events.push(NewEvent {
                id,
                person: outcome.person,
                cause: self.cause,
                kind,
                extract: self.extract,
                before: outcome.before,
                after: outcome.after,
                changed: outcome.changed,
                codes: outcome.codes.clone(),
                registry_version: self.registry_version,
                recorded_at: self.now,
                traceparent: self.chance.traceparent(),
            });
        }
        (events, advisories)
    }
}

/// One message per event, with every consumer whose lane it opened (row 1).
fn messages(events: &[NewEvent], opened: &[Opened]) -> Vec<Message> {
    let mut by_event: HashMap<EventId, Vec<_>> = HashMap::new();
    for lane in opened {
        by_event.entry(lane.event).or_default().push(lane.consumer);
    }
    let with_lanes = events.iter().filter_map(|event| Some((event, by_event.remove(&event.id)?)));
    with_lanes
        .map(|(event, consumers)| Message {
            event: event.id,
            person: event.person,
            kind: event.kind,
            consumers,
            traceparent: event.traceparent.clone(),
        })
        .collect()
}
