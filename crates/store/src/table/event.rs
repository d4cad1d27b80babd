//! Events: one stored fact about one person.

use cpr::FieldSet;
use jiff::Timestamp;

use crate::db::{Cursor, Rows, Sql, stored_text};
use crate::{EventId, ExtractId, PersonId, SnapshotId, Store, StoreError, Tx};

const INSERT: Sql = Sql::new(
    "event.insert",
    "insert into event (id, person, cause, kind, extract, before, after, changed, codes, registry_version, recorded_at,
       traceparent)
     select r.id, r.person, r.cause, r.kind, r.extract, r.before, r.after, r.changed, r.codes, r.registry_version,
       r.recorded_at, r.traceparent from {rows}",
);
const FIND: Sql = Sql::new(
    "event.find",
    "select e.id, e.person, e.cause, e.kind, e.extract, e.before, e.after, e.changed, e.codes, e.registry_version,
       e.recorded_at, e.traceparent
     from {rows} cross join event e where e.id = r.id",
);

stored_text!(Cause, "event.cause": Extract = "extract", Lookup = "lookup", Calendar = "calendar",
    Enrolment = "enrolment", Registry = "registry", Erasure = "erasure", Replay = "replay");
stored_text!(EventKind, "event.kind": Changed = "changed", Membership = "membership", Erased = "erased",
    Merged = "merged", Birthday = "birthday");

/// Codes are parted by this; CPR's are a letter and two digits.
const SEPARATOR: &str = " ";

/// Reads the twelve columns of an event.
pub(crate) fn stored(row: &mut Cursor<'_>) -> Result<StoredEvent, StoreError> {
    let (id, person) = (EventId(row.get()?), PersonId(row.get()?));
    let cause = Cause::from_stored(&row.get::<String>()?)?;
    let kind = EventKind::from_stored(&row.get::<String>()?)?;
    let extract = row.get::<Option<i64>>()?.map(ExtractId);
    let before = row.get::<Option<i64>>()?.map(SnapshotId);
    let after = row.get::<Option<i64>>()?.map(SnapshotId);
    let changed = FieldSet::from_bits(row.get()?);
    let codes = row.get::<String>()?.split_terminator(SEPARATOR).map(str::to_owned).collect();
    let (registry_version, recorded_at, traceparent) = (row.get()?, row.time()?, row.get()?);
    Ok(StoredEvent {
        id,
        person,
        cause,
        kind,
        extract,
        before,
        after,
        changed,
        codes,
        registry_version,
        recorded_at,
        traceparent,
    })
}

impl Tx {
    pub(crate) async fn insert_events(&mut self, events: &[NewEvent]) -> Result<(), StoreError> {
        let codes: Vec<String> = events.iter().map(|new| new.codes.join(SEPARATOR)).collect();
        let batch = Rows::new()
            .uuid("id", events.iter().map(|new| new.id))
            .uuid("person", events.iter().map(|new| new.person))
            .text("cause", events.iter().map(|new| new.cause.stored()))
            .text("kind", events.iter().map(|new| new.kind.stored()))
            .opt_int("extract", events.iter().map(|new| new.extract.map(|id| id.0)))
            .opt_int("before", events.iter().map(|new| new.before.map(|id| id.0)))
            .opt_int("after", events.iter().map(|new| new.after.map(|id| id.0)))
            .int("changed", events.iter().map(|new| new.changed.bits()))
            .text("codes", codes.iter().map(String::as_str))
            .int("registry_version", events.iter().map(|new| new.registry_version))
            .int("recorded_at", events.iter().map(|new| new.recorded_at.as_millisecond()))
            .text("traceparent", events.iter().map(|new| new.traceparent.as_str()));
        self.execute(&INSERT, Some(batch), &[]).await?;
        Ok(())
    }
}

/// What led to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// An extract.
    Extract,
    /// A look-up.
    Lookup,
    /// The day.
    Calendar,
    /// An enrolment.
    Enrolment,
    /// A change of the registry.
    Registry,
    /// An erasure.
    Erasure,
    /// A replay.
    Replay,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Fields changed (and perhaps memberships with them).
    Changed,
    /// Only memberships changed.
    Membership,
    /// The person was erased.
    Erased,
    /// Two persons became one.
    Merged,
    /// A birthday.
    Birthday,
}

/// An event to store: at most one per person and unit of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Its id, a UUID of version 7 from the caller.
    pub id: EventId,
    /// About whom.
    pub person: PersonId,
    /// What led to it.
    pub cause: Cause,
    /// What it is.
    pub kind: EventKind,
    /// The extract it comes from.
    pub extract: Option<ExtractId>,
    /// The snapshot before.
    pub before: Option<SnapshotId>,
    /// The snapshot whose values are sent.
    pub after: Option<SnapshotId>,
    /// The fields that differ between the two.
    pub changed: FieldSet,
    /// CPR's own event codes (record 099), as evidence.
    pub codes: Vec<String>,
    /// The registry version that decided.
    pub registry_version: i64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The W3C trace context of the event.
    pub traceparent: String,
}

/// An event as stored.
pub type StoredEvent = NewEvent;

impl Store {
    /// The events with these ids, in no order.
    pub async fn events(&self, ids: &[EventId]) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = self.fetch(&FIND, Some(Rows::new().uuid("id", ids.iter().copied())), &[]).await?;
        rows.iter().map(|row| stored(&mut row.read(FIND.name))).collect()
    }
}
