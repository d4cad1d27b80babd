//! What `cprbroker status` shows: counts and times, never a person.

use jiff::Timestamp;
use registry::{ConsumerId, SourceId};

use crate::db::{Row, Sql};
use crate::{Breaker, Store, StoreError};

/// The last delivery is found from the end of the consumer's numbers: one probe of the key, whatever stands in it.
const BACKLOGS: Sql = Sql::new(
    "status.backlogs",
    "select c.consumer, c.next_seq - 1,
       (select cast(coalesce(sum(1 + l.behind), 0) as bigint) from lane l where l.consumer = c.consumer),
       (select count(*) from lane l where l.consumer = c.consumer and l.state = 'queued'),
       (select count(*) from lane l where l.consumer = c.consumer and l.state = 'due'),
       (select count(*) from attempt a where a.consumer = c.consumer and a.outcome = 'parked'),
       (select min(e.recorded_at) from lane l join event e on e.id = l.event where l.consumer = c.consumer),
       (select max(d.at) from (select a.at from attempt a where a.consumer = c.consumer and a.outcome = 'delivered'
          order by a.seq desc limit 100) d),
       s.breaker, s.gone, s.not_before
     from consumer_cursor c left join consumer_state s on s.consumer = c.consumer order by c.consumer",
);
const QUARANTINED: Sql = Sql::new(
    "status.quarantined",
    "select source, count(*), min(recorded_at) from quarantine group by source order by source",
);

fn backlog(row: &Row) -> Result<Backlog, StoreError> {
    let mut row = row.read(BACKLOGS.name);
    let (consumer, last_sequence) = (ConsumerId(row.get()?), row.get()?);
    let (undelivered, queued, due, parked) = (row.get()?, row.get()?, row.get()?, row.get()?);
    let (oldest, last_delivered) = (row.opt_time()?, row.opt_time()?);
    let breaker = row.get::<Option<String>>()?.as_deref().map_or(Ok(Breaker::Closed), Breaker::from_stored)?;
    let gone = row.get::<Option<String>>()?.is_some();
    let not_before = row.opt_time()?;
    Ok(Backlog {
        consumer,
        undelivered,
        queued,
        due,
        parked,
        oldest,
        last_delivered,
        last_sequence,
        breaker,
        gone,
        not_before,
    })
}

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
    /// Every consumer that ever had an advisory, by id.
    pub async fn backlogs(&self) -> Result<Vec<Backlog>, StoreError> {
        self.fetch(&BACKLOGS, None, &[]).await?.iter().map(backlog).collect()
    }

    /// Lines in quarantine by source.
    pub async fn quarantined(&self) -> Result<Vec<QuarantineCount>, StoreError> {
        let rows = self.fetch(&QUARANTINED, None, &[]).await?;
        let count = |row: &Row| {
            let mut row = row.read(QUARANTINED.name);
            Ok(QuarantineCount { source: SourceId(row.get()?), lines: row.get()?, oldest: row.opt_time()? })
        };
        rows.iter().map(count).collect()
    }
}
