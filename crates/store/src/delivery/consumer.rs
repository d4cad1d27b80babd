//! The state of a consumer that all processes share: breaker, pause, `gone`.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use registry::ConsumerId;

use super::LONGEST_PAUSE;
use super::feed::head;
use crate::db::{Row, Rows, Scalar, Sql, instant, read_text, repeated};
use crate::{Queued, Store, StoreError, Tx};

const ABLE: Sql = Sql::new(
    "consumer_state.able",
    "select r.consumer from {rows} left join consumer_state s on s.consumer = r.consumer
     where s.consumer is null or (s.gone is null and s.breaker = 'closed'
       and (s.not_before is null or s.not_before <= {1} or s.not_before > {2}))",
);
const ALL: Sql = Sql::new(
    "consumer_state.all",
    "select consumer, gone, breaker, opened_at, not_before, probe_holder, probe_until, drained_to
     from consumer_state order by consumer",
);
/// Also stands in line with recorders and feeders: nothing is queued past a change of state.
const CURSOR: Sql =
    Sql::new("consumer_cursor.lock", "select room from consumer_cursor where consumer = {1}{pg: for update}");
const ENSURE: Sql = Sql::new(
    "consumer_state.ensure",
    "insert into consumer_state (consumer, breaker) values ({1}, 'closed') on conflict (consumer) do nothing",
);
const GONE: Sql = Sql::new("consumer_state.gone", "update consumer_state set gone = {2} where consumer = {1}");
const REVIVE: Sql = Sql::new(
    "consumer_state.revive",
    "update consumer_state set gone = null from {rows}
     where consumer_state.consumer = r.consumer and consumer_state.gone <> r.revision",
);
const PAUSE: Sql = Sql::new("consumer_state.pause", "update consumer_state set not_before = {2} where consumer = {1}");
const TRIP: Sql = Sql::new(
    "consumer_state.open_breaker",
    "update consumer_state set breaker = 'open', opened_at = {2}, probe_holder = null, probe_until = {3}
     where consumer = {1} and breaker = 'closed'",
);
const RESET: Sql = Sql::new(
    "consumer_state.close_breaker",
    "update consumer_state set breaker = 'closed', opened_at = null, probe_holder = null, probe_until = null
     where consumer = {1} and breaker = 'open'",
);
const RESUME: Sql = Sql::new(
    "consumer_state.resume",
    "update consumer_state set gone = null, breaker = 'closed', opened_at = null, not_before = null,
       probe_holder = null, probe_until = null where consumer = {1}",
);
const WAIT_ALL: Sql = Sql::new(
    "lane.wait_all",
    "update lane set state = 'due', due_at = {2}, queued_at = null where consumer = {1} and state = 'queued'",
);
/// A stored end that lies too far ahead comes from a clock that jumped.
const PROBE: Sql = Sql::new(
    "consumer_state.probe",
    "update consumer_state set probe_holder = {2}, probe_until = {4}
     where consumer = {1} and breaker = 'open' and gone is null
       and (probe_until is null or probe_until <= {3} or probe_until > {4})",
);
const PROBE_LANE: Sql = Sql::new(
    "lane.probe",
    "update lane set state = 'queued', due_at = null, queued_at = {2} where (consumer, person) in (
       select consumer, person from lane where consumer = {1} and state = 'due' order by due_at limit 1\
       {pg: for update skip locked})
     returning consumer, person, event",
);
/// Whoever probed or delivered this one before died in between.
const PROBE_QUEUED: Sql = Sql::new(
    "lane.probe_queued",
    "update lane set queued_at = {2} where (consumer, person) in (
       select consumer, person from lane where consumer = {1} and state = 'queued' order by person limit 1\
       {pg: for update skip locked})
     returning consumer, person, event",
);

read_text!(Breaker, "consumer_state.breaker": Closed = "closed", Open = "open");

/// A pause above this makes queued lanes wait again.
const SHORT: i64 = 60_000;

fn state(row: &Row) -> Result<ConsumerState, StoreError> {
    let mut row = row.read(ALL.name);
    let (consumer, gone) = (ConsumerId(row.get()?), row.get()?);
    let breaker = Breaker::from_stored(&row.get::<String>()?)?;
    let (opened_at, not_before) = (row.opt_time()?, row.opt_time()?);
    let (probe_holder, probe_until, drained_to) = (row.get()?, row.opt_time()?, row.opt_time()?);
    Ok(ConsumerState { consumer, gone, breaker, opened_at, not_before, probe_holder, probe_until, drained_to })
}

impl Tx {
    /// Those whose state lets them receive now.
    pub(super) async fn able(
        &mut self,
        consumers: &BTreeSet<ConsumerId>,
        now: i64,
    ) -> Result<BTreeSet<ConsumerId>, StoreError> {
        let batch = Rows::new().uuid("consumer", consumers.iter().copied());
        let rows = self.fetch(&ABLE, Some(batch), &[Scalar::Int(now), Scalar::Int(now + LONGEST_PAUSE)]).await?;
        rows.iter().map(|row| Ok(ConsumerId(row.read(ABLE.name).get()?))).collect()
    }

    /// Locks the consumer's cursor, then makes sure that it has a state.
    async fn lock_state(&mut self, consumer: ConsumerId) -> Result<(), StoreError> {
        self.fetch(&CURSOR, None, &[Scalar::Uuid(consumer.0)]).await?;
        self.execute(&ENSURE, None, &[Scalar::Uuid(consumer.0)]).await?;
        Ok(())
    }

    async fn wait_all(&mut self, consumer: ConsumerId, due_at: i64) -> Result<u64, StoreError> {
        self.execute(&WAIT_ALL, None, &[Scalar::Uuid(consumer.0), Scalar::Int(due_at)]).await
    }
}

/// The breaker of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Breaker {
    /// Deliveries run.
    Closed,
    /// The endpoint is dead; one probe a minute.
    Open,
}

/// What all processes know of a consumer's endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerState {
    /// Which consumer.
    pub consumer: ConsumerId,
    /// The revision of its declaration whose endpoint answered 410; deliveries wait until the revision changes or
    /// [`Store::resume`].
    pub gone: Option<String>,
    /// The breaker.
    pub breaker: Breaker,
    /// Since when the breaker is open.
    pub opened_at: Option<Timestamp>,
    /// No delivery before this (429 or 503 with `Retry-After`).
    pub not_before: Option<Timestamp>,
    /// Who probes.
    pub probe_holder: Option<String>,
    /// Until when nobody else probes.
    pub probe_until: Option<Timestamp>,
    /// Its queue was drained up to what was queued at this time.
    pub drained_to: Option<Timestamp>,
}

/// A probe: one head that may be sent although the breaker is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Send it directly, without a message; load and complete as any other.
    pub queued: Queued,
    /// Until when the probe is this process's.
    pub until: Timestamp,
}

impl Store {
    /// The states of all consumers that ever had one, by id; a consumer without a row is closed and well.
    pub async fn consumer_states(&self) -> Result<Vec<ConsumerState>, StoreError> {
        self.fetch(&ALL, None, &[]).await?.iter().map(state).collect()
    }

    /// Row 9, 410: nothing is delivered until the revision of the declaration differs from `revision`; all queued lanes
    /// wait again.
    pub async fn mark_gone(&self, consumer: ConsumerId, revision: &str) -> Result<(), StoreError> {
        let now = self.now_ms().await?;
        let scalars = [Scalar::Uuid(consumer.0), Scalar::Text(revision)];
        repeated!(self.change_state(consumer, &GONE, &scalars, Some(now))).map(|_| ())
    }

    /// Ends `gone` for consumers whose revision is not the one that was gone.
    pub async fn revive(&self, revisions: &[(ConsumerId, String)]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let batch = Rows::new()
            .uuid("consumer", revisions.iter().map(|(consumer, _)| *consumer))
            .text("revision", revisions.iter().map(|(_, revision)| revision.as_str()));
        tx.execute(&REVIVE, Some(batch), &[]).await?;
        tx.commit().await
    }

    /// Row 9, `Retry-After`: no delivery for `pause` (above 1 h counts as 1 h). A pause above 60 s makes all queued
    /// lanes wait again: then stop taking from the queue and purge it.
    pub async fn pause(&self, consumer: ConsumerId, pause: Duration) -> Result<Timestamp, StoreError> {
        let now = self.now_ms().await?;
        let pause = i64::try_from(pause.as_millis()).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        let scalars = [Scalar::Uuid(consumer.0), Scalar::Int(now + pause)];
        let wait = (pause > SHORT).then_some(now + pause);
        repeated!(self.change_state(consumer, &PAUSE, &scalars, wait))?;
        instant(now + pause)
    }

    /// Row 9, breaker: opens it and makes all queued lanes wait again. Returns whether this call opened it.
    pub async fn open_breaker(&self, consumer: ConsumerId) -> Result<bool, StoreError> {
        let now = self.now_ms().await?;
        let scalars = [Scalar::Uuid(consumer.0), Scalar::Int(now), Scalar::Int(now + SHORT)];
        repeated!(self.change_state(consumer, &TRIP, &scalars, Some(now)))
    }

    /// Closes the breaker after a success. Returns whether this call closed it.
    pub async fn close_breaker(&self, consumer: ConsumerId) -> Result<bool, StoreError> {
        repeated!(self.change_state(consumer, &RESET, &[Scalar::Uuid(consumer.0)], None))
    }

    /// Takes the probe of an open breaker for `holder` until `every` from now, if nobody has it (the first one is due
    /// 60 s after the breaker opened): moves one waiting lane to queued without a message, or takes one that stands queued
    /// since before, if none waits.
    pub async fn take_probe(
        &self,
        consumer: ConsumerId,
        holder: &str,
        every: Duration,
    ) -> Result<Option<Probe>, StoreError> {
        let now = self.now_ms().await?;
        let until = now + i64::try_from(every.as_millis()).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        repeated!(self.probe_once(consumer, holder, now, until))
    }

    async fn probe_once(
        &self,
        consumer: ConsumerId,
        holder: &str,
        now: i64,
        until: i64,
    ) -> Result<Option<Probe>, StoreError> {
        let mut tx = self.begin().await?;
        let id = Scalar::Uuid(consumer.0);
        let taken = tx.execute(&PROBE, None, &[id, Scalar::Text(holder), Scalar::Int(now), Scalar::Int(until)]).await?;
        if taken == 0 {
            return Ok(None);
        }
        let mut rows = tx.fetch(&PROBE_LANE, None, &[id, Scalar::Int(now)]).await?;
        if rows.is_empty() {
            rows = tx.fetch(&PROBE_QUEUED, None, &[id, Scalar::Int(now)]).await?;
        }
        let heads = rows.iter().map(|row| head(PROBE_LANE.name, row)).collect::<Result<Vec<_>, _>>()?;
        let queued = tx.messages(&heads).await?.pop();
        // Without a lane there is nothing to try: the probe stays free for the next call.
        let Some(queued) = queued else { return Ok(None) };
        tx.commit().await?;
        Ok(Some(Probe { queued, until: instant(until)? }))
    }

    /// Row 9, suspend: all queued lanes of the consumer wait again. Returns how many.
    pub async fn requeue_later(&self, consumer: ConsumerId) -> Result<u64, StoreError> {
        let now = self.now_ms().await?;
        repeated!(self.requeue_once(consumer, now))
    }

    async fn requeue_once(&self, consumer: ConsumerId, now: i64) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        tx.lock_state(consumer).await?;
        let lanes = tx.wait_all(consumer, now).await?;
        tx.commit().await?;
        Ok(lanes)
    }

    /// Ends `gone`, the breaker and a pause by hand.
    pub async fn resume(&self, consumer: ConsumerId) -> Result<(), StoreError> {
        repeated!(self.change_state(consumer, &RESUME, &[Scalar::Uuid(consumer.0)], None)).map(|_| ())
    }

    /// Changes a state under the cursor's lock; with `wait` queued lanes are due again at that time. Returns whether
    /// anything changed.
    async fn change_state(
        &self,
        consumer: ConsumerId,
        sql: &Sql,
        scalars: &[Scalar<'_>],
        wait: Option<i64>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        tx.lock_state(consumer).await?;
        let changed = tx.execute(sql, None, scalars).await? > 0;
        if let Some(due_at) = wait.filter(|_| changed) {
            tx.wait_all(consumer, due_at).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }
}
