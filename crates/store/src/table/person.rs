//! Persons and what is derived from their newest snapshot for selection.

use std::fmt;

use cpr::state::{Field, State};
use jiff::civil::Date;

use crate::codec::Codec;
use crate::db::{Row, Rows, Scalar, Sql};
use crate::{PersonId, SnapshotId, Store, StoreError, StoredSnapshot, Tx};

const FIND: Sql = Sql::new(
    "person.find",
    "select p.id, p.municipality, p.born, p.status, p.protected, p.merged_into,
       s.id, s.person, s.source, s.extract, s.kind, s.known, s.production_date, s.codec, s.size, s.body
     from {rows} cross join person p left join snapshot s on s.id = p.snapshot where p.id = r.id",
);
/// The smallest id is all zeros and is nobody's.
const AFTER: Sql = Sql::new(
    "person.after",
    "select p.id, p.municipality, p.born, p.status, p.protected, p.merged_into,
       s.id, s.person, s.source, s.extract, s.kind, s.known, s.production_date, s.codec, s.size, s.body
     from (select * from person where id > {1} order by id limit {2}) p left join snapshot s on s.id = p.snapshot
     order by p.id",
);
const PUT: Sql = Sql::new(
    "person.put",
    "insert into person (id, snapshot, production_date, municipality, born, status, protected)
     select r.id, r.snapshot, r.production_date, r.municipality, r.born, r.status, r.protected from {rows} where true
     on conflict (id) do update set snapshot = excluded.snapshot, production_date = excluded.production_date,
       municipality = excluded.municipality, born = excluded.born, status = excluded.status,
       protected = excluded.protected",
);
const MERGE: Sql = Sql::new("person.merge", "update person set merged_into = {2} where id = {1}");
const ALIAS: Sql = Sql::new(
    "person.alias",
    "insert into person_alias (alias, person, since) values ({1}, {2}, {3})
     on conflict (alias) do update set person = excluded.person, since = excluded.since",
);
const COUNT: Sql = Sql::new("person.count", "select count(*) from person");

fn persons(statement: &'static str, rows: &[Row], codec: &Codec) -> Result<Vec<Person>, StoreError> {
    let person = |row: &Row| {
        let mut row = row.read(statement);
        let id = PersonId(row.get()?);
        let municipality = row.get::<Option<i64>>()?.map(u16::try_from).transpose();
        let municipality = municipality.map_err(|_| StoreError::Impossible { column: "person.municipality" })?;
        let born = row.get()?;
        let status = row.get::<Option<i64>>()?.map(u8::try_from).transpose();
        let status = status.map_err(|_| StoreError::Impossible { column: "person.status" })?;
        let facts = Facts { municipality, born, status, protected: row.get::<i64>()? != 0 };
        let merged_into = row.get::<Option<uuid::Uuid>>()?.map(PersonId);
        Ok(Person { id, facts, merged_into, current: super::snapshot::stored(&mut row, codec)? })
    };
    rows.iter().map(person).collect()
}

fn page<'a>(after: Option<PersonId>, limit: usize) -> [Scalar<'a>; 2] {
    [Scalar::Uuid(after.map_or(uuid::Uuid::nil(), Into::into)), Scalar::Int(i64::try_from(limit).unwrap_or(i64::MAX))]
}

/// What is derived from a snapshot for selection and masking; rebuildable.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Municipality code of the address in force.
    pub municipality: Option<u16>,
    /// The registered birth date in its stored text form, possibly partial.
    pub born: Option<String>,
    /// Person status.
    pub status: Option<u8>,
    /// Whether a name and address protection is in force.
    pub protected: bool,
}

impl Facts {
    /// What `state` says; what it cannot speak about stays as it was known before (several sources share a
    /// person, and each may order other records).
    #[must_use]
    pub fn of(state: &State, former: Option<&Self>) -> Self {
        let cpr::Facts { municipality, born, status } = Self::selecting(state, former);
        let protected = former.filter(|_| !state.known().contains(Field::Protections));
        let protected = protected.map_or_else(|| state.is_protected(), |former| former.protected);
        Self { municipality, born: born.map(|born| born.to_string()), status, protected }
    }

    /// The facts that selection looks at, by the same rule. Record 001, with birth date and status, is in every snapshot.
    #[must_use]
    pub fn selecting(state: &State, former: Option<&Self>) -> cpr::Facts {
        let said = state.facts();
        let former = former.filter(|_| !state.known().contains(Field::Municipality));
        cpr::Facts { municipality: former.map_or(said.municipality, |former| former.municipality), ..said }
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Facts(redacted)")
    }
}

/// A stored person with its newest snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The person.
    pub id: PersonId,
    /// The newest snapshot; `None` only after an erasure in progress.
    pub current: Option<StoredSnapshot>,
    /// What is derived from it.
    pub facts: Facts,
    /// The person this one was merged into.
    pub merged_into: Option<PersonId>,
}

/// The new current state of a person; a person not yet stored is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonUpdate {
    /// The person.
    pub id: PersonId,
    /// The newest snapshot.
    pub snapshot: SnapshotId,
    /// Its production date.
    pub production_date: Date,
    /// What is derived from it.
    pub facts: Facts,
}

impl Tx {
    /// The stored ones among `ids` with their newest snapshots unpacked, in no order.
    pub async fn persons(&mut self, ids: &[PersonId]) -> Result<Vec<Person>, StoreError> {
        let batch = Rows::new().uuid("id", ids.iter().copied());
        let rows = self.fetch(&FIND, Some(batch), &[]).await?;
        persons(FIND.name, &rows, &self.shared.codec)
    }

    /// The next persons by id, for a walk over all of them: reselection.
    pub async fn persons_after(&mut self, after: Option<PersonId>, limit: usize) -> Result<Vec<Person>, StoreError> {
        let rows = self.fetch(&AFTER, None, &page(after, limit)).await?;
        persons(AFTER.name, &rows, &self.shared.codec)
    }

    /// Moves persons to their new snapshots (each at most once in the slice).
    pub async fn put_persons(&mut self, persons: &[PersonUpdate]) -> Result<(), StoreError> {
        let dates: Vec<String> = persons.iter().map(|new| new.production_date.to_string()).collect();
        let batch = Rows::new()
            .uuid("id", persons.iter().map(|new| new.id))
            .int("snapshot", persons.iter().map(|new| new.snapshot.0))
            .text("production_date", dates.iter().map(String::as_str))
            .opt_int("municipality", persons.iter().map(|new| new.facts.municipality.map(Into::into)))
            .opt_text("born", persons.iter().map(|new| new.facts.born.as_deref()))
            .opt_int("status", persons.iter().map(|new| new.facts.status.map(Into::into)))
            .int("protected", persons.iter().map(|new| new.facts.protected.into()));
        self.execute(&PUT, Some(batch), &[]).await?;
        Ok(())
    }

    /// Merges `from` into `into`: `from` becomes an alias. Memberships and numbers are the caller's to move.
    pub async fn merge_persons(&mut self, from: PersonId, into: PersonId) -> Result<(), StoreError> {
        let pair = [Scalar::Uuid(from.0), Scalar::Uuid(into.0)];
        self.execute(&MERGE, None, &pair).await?;
        self.execute(&ALIAS, None, &[pair[0], pair[1], Scalar::Int(self.began)]).await?;
        Ok(())
    }
}

impl Store {
    /// How many persons are stored.
    pub async fn count_persons(&self) -> Result<i64, StoreError> {
        let rows = self.fetch(&COUNT, None, &[]).await?;
        rows.first().ok_or(StoreError::Impossible { column: "person" })?.read(COUNT.name).get()
    }

    /// [`Tx::persons_after`] outside a transaction, for dry runs.
    pub async fn persons_after(&self, after: Option<PersonId>, limit: usize) -> Result<Vec<Person>, StoreError> {
        let rows = self.fetch(&AFTER, None, &page(after, limit)).await?;
        persons(AFTER.name, &rows, &self.shared.codec)
    }
}
