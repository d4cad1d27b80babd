//! What a notifier needs to send a head.

use jiff::Timestamp;
use registry::ConsumerId;

use crate::db::{Cursor, Rows, Sql};
use crate::{EventId, PersonId, Routing, Store, StoreError, StoredEvent, StoredSnapshot};

/// Lane, event, snapshot, protection and registry version in one read: one point in time.
const LOAD: Sql = Sql::new(
    "lane.load",
    "select r.place, l.seq, l.routing, l.tries, l.attempts, l.first_attempt_at, l.queued_at,
       cast(case when exists (select 1 from missed m
         where m.consumer = l.consumer and m.person = l.person and m.seq < l.seq) then 1 else 0 end as bigint),
       coalesce(p.protected, 0), coalesce(v.version, 0),
       e.id, e.person, e.cause, e.kind, e.extract, e.before, e.after, e.changed, e.codes, e.registry_version,
       e.recorded_at, e.traceparent,
       s.id, s.person, s.source, s.extract, s.kind, s.known, s.production_date, s.codec, s.size, s.body
     from {rows} cross join lane l join event e on e.id = l.event
       left join snapshot s on s.id = e.after left join person p on p.id = l.person
       left join registry_current v on v.one = 1
     where l.consumer = r.consumer and l.person = r.person and l.event = r.event and l.state = 'queued'",
);
const MISSED: Sql = Sql::new(
    "missed.find",
    "select r.place, m.seq from {rows} cross join missed m
     where m.consumer = r.consumer and m.person = r.person and m.seq < r.seq order by m.seq",
);

/// A head as a message names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    /// To whom.
    pub consumer: ConsumerId,
    /// About whom.
    pub person: PersonId,
    /// The event.
    pub event: EventId,
}

/// A queued head with everything that its projection needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Which one.
    pub head: Head,
    /// Its sequence number at the consumer.
    pub seq: i64,
    /// Why it goes there.
    pub routing: Routing,
    /// Requests made so far; also the guard of its completion.
    pub tries: i64,
    /// Requests that counted against the schedule.
    pub attempts: i64,
    /// When the first request was made.
    pub first_attempt_at: Option<Timestamp>,
    /// When it was queued: report the highest by [`Store::drained`].
    pub queued_at: Timestamp,
    /// Sequence numbers of this lane that never arrived: the advisory carries them.
    pub missed: Vec<i64>,
    /// The event.
    pub event: StoredEvent,
    /// The snapshot of the event.
    pub after: Option<StoredSnapshot>,
    /// Whether the person is protected *now*: masking follows it.
    pub protected: bool,
    /// The current registry version: if it is not the one in use, reload before projecting.
    pub registry_version: i64,
}

impl Store {
    /// Loads heads, in the order of the slice. `None` for a stale copy (row 12): the event is not the lane's head any
    /// more, or the lane is not queued; acknowledge it and go on.
    pub async fn load(&self, heads: &[Head]) -> Result<Vec<Option<Loaded>>, StoreError> {
        let place = |place: usize| i64::try_from(place).unwrap_or(i64::MAX);
        let batch = Rows::new()
            .int("place", (0..heads.len()).map(place))
            .uuid("consumer", heads.iter().map(|head| head.consumer))
            .uuid("person", heads.iter().map(|head| head.person))
            .uuid("event", heads.iter().map(|head| head.event));
        let rows = self.fetch(&LOAD, Some(batch), &[]).await?;
        let mut loaded: Vec<Option<Loaded>> = vec![None; heads.len()];
        let mut gaps: Vec<(usize, &Head, i64)> = Vec::new();
        for row in &rows {
            let mut row = row.read(LOAD.name);
            let place = place_of(&mut row)?;
            let (Some(head), Some(slot)) = (heads.get(place), loaded.get_mut(place)) else { continue };
            let (each, gap) = self.read_head(&mut row, *head)?;
            if gap {
                gaps.push((place, head, each.seq));
            }
            *slot = Some(each);
        }
        let batch = Rows::new()
            .int("place", gaps.iter().map(|gap| place(gap.0)))
            .uuid("consumer", gaps.iter().map(|gap| gap.1.consumer))
            .uuid("person", gaps.iter().map(|gap| gap.1.person))
            .int("seq", gaps.iter().map(|gap| gap.2));
        for row in &self.fetch(&MISSED, Some(batch), &[]).await? {
            let mut row = row.read(MISSED.name);
            if let Some(Some(each)) = loaded.get_mut(place_of(&mut row)?) {
                each.missed.push(row.get()?);
            }
        }
        Ok(loaded)
    }

    /// Reads a head, and whether numbers before it were missed.
    fn read_head(&self, row: &mut Cursor<'_>, head: Head) -> Result<(Loaded, bool), StoreError> {
        let seq = row.get()?;
        let routing = Routing::from_stored(&row.get::<String>()?)?;
        let (tries, attempts, first_attempt_at) = (row.get()?, row.get()?, row.opt_time()?);
        let queued_at = row.time()?;
        let gap = row.get::<i64>()? != 0;
        let (protected, registry_version) = (row.get::<i64>()? != 0, row.get()?);
        let event = crate::table::stored_event(row)?;
        let after = crate::table::stored_snapshot(row, &self.shared.codec)?;
        let missed = Vec::new();
        let loaded = Loaded {
            head,
            seq,
            routing,
            tries,
            attempts,
            first_attempt_at,
            queued_at,
            missed,
            event,
            after,
            protected,
            registry_version,
        };
        Ok((loaded, gap))
    }
}

fn place_of(row: &mut Cursor<'_>) -> Result<usize, StoreError> {
    usize::try_from(row.get::<i64>()?).map_err(|_| StoreError::Impossible { column: "a place" })
}
