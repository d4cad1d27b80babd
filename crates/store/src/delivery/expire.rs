//! Row 17: advisories that waited too long.

use std::collections::BTreeSet;

use jiff::Timestamp;
use registry::ConsumerId;

use super::advance::{Finish, Lane};
use super::attempt::{Attempt, Outcome};
use crate::db::{Row, Scalar, Sql, repeated};
use crate::{EventId, PersonId, Queued, Store, StoreError};

/// Locks old heads that wait. Queued ones are on their way and answer for themselves.
const OLD: Sql = Sql::new(
    "lane.old",
    "select l.person, l.seq, l.event, l.routing, l.tries, l.behind
     from lane l join event e on e.id = l.event
     where l.consumer = {1} and l.state = 'due' and e.recorded_at < {2} order by l.person limit {3}\
     {pg: for update of l skip locked}",
);

impl Store {
    /// Parks due heads of a consumer whose event was recorded before `before`, at most `limit`, and moves their lanes
    /// on. Returns how many were parked (call again while it is `limit`) and the next heads that were queued: publish
    /// those.
    pub async fn expire(
        &self,
        consumer: ConsumerId,
        before: Timestamp,
        limit: usize,
        deliverable: &BTreeSet<ConsumerId>,
    ) -> Result<(u64, Vec<Queued>), StoreError> {
        let now = self.now_ms().await?;
        repeated!(self.expire_once(consumer, before.as_millisecond(), limit, deliverable, now))
    }

    async fn expire_once(
        &self,
        consumer: ConsumerId,
        before: i64,
        limit: usize,
        deliverable: &BTreeSet<ConsumerId>,
        now: i64,
    ) -> Result<(u64, Vec<Queued>), StoreError> {
        let mut tx = self.begin().await?;
        let limit = Scalar::Int(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = tx.fetch(&OLD, None, &[Scalar::Uuid(consumer.0), Scalar::Int(before), limit]).await?;
        let old = rows.iter().map(lane).collect::<Result<Vec<_>, _>>()?;
        let finished: Vec<_> = old.iter().map(|(person, lane)| Finish { consumer, person: *person, lane }).collect();
        let next = tx.advance_lanes(&finished, deliverable, now).await?;
        let attempts: Vec<_> = finished.iter().map(|each| parked(each, now)).collect();
        tx.insert_attempts(&attempts).await?;
        tx.miss(&finished.iter().map(|each| (consumer, each.person, each.lane.seq)).collect::<Vec<_>>()).await?;
        let queued = tx.messages(&next).await?;
        tx.commit().await?;
        Ok((finished.len() as u64, queued))
    }
}

fn lane(row: &Row) -> Result<(PersonId, Lane), StoreError> {
    let mut row = row.read(OLD.name);
    let (person, seq, event) = (PersonId(row.get()?), row.get()?, EventId(row.get()?));
    let (routing, tries, behind) = (row.get()?, row.get()?, row.get()?);
    Ok((person, Lane { seq, event, routing, tries, queued: false, behind }))
}

/// The row of an advisory that ended without a request.
fn parked<'a>(old: &Finish<'a>, now: i64) -> Attempt<'a> {
    Attempt {
        consumer: old.consumer,
        seq: old.lane.seq,
        n: 0,
        pod: "",
        at: now,
        person: old.person,
        event: old.lane.event,
        routing: &old.lane.routing,
        ms: 0,
        outcome: Outcome::Parked,
        reason: Some("Expired"),
        counted: false,
        last: true,
        http_status: None,
        digest: None,
        registry_version: 0,
    }
}
