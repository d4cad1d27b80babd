//! Snapshots: what CPR said of one person in one extract or look-up. Earlier ones stay until retention.

use std::collections::HashMap;

use cpr::FieldSet;
use jiff::civil::Date;
use registry::SourceId;

use crate::codec::Codec;
use crate::db::{Cursor, Rows, Sql, date, stored_text};
use crate::{ExtractId, Packed, PersonId, SnapshotBody, SnapshotId, StoreError, Tx};

const INSERT: Sql = Sql::new(
    "snapshot.insert",
    "insert into snapshot (person, source, extract, kind, known, production_date, codec, size, body)
     select r.person, r.source, r.extract, r.kind, r.known, r.production_date, r.codec, r.size, r.body from {rows}
     where true returning id, person",
);
const FIND: Sql = Sql::new(
    "snapshot.find",
    "select s.id, s.person, s.source, s.extract, s.kind, s.known, s.production_date, s.codec, s.size, s.body
     from {rows} cross join snapshot s where s.id = r.id",
);

stored_text!(SnapshotKind, "snapshot.kind": Records = "records", Sf1520 = "sf1520");

/// Reads the ten columns of a snapshot, all empty after a left join without one.
pub(crate) fn stored(row: &mut Cursor<'_>, codec: &Codec) -> Result<Option<StoredSnapshot>, StoreError> {
    let id: Option<i64> = row.get()?;
    let Some(id) = id.map(SnapshotId) else {
        row.skip(9);
        return Ok(None);
    };
    let (person, source) = (PersonId(row.get()?), SourceId(row.get()?));
    let extract = row.get::<Option<i64>>()?.map(ExtractId);
    let kind = SnapshotKind::from_stored(&row.get::<String>()?)?;
    let known = FieldSet::from_bits(row.get()?);
    let production_date = date(&row.get::<String>()?)?;
    let (packing, size) = (row.get()?, row.get()?);
    // One damaged snapshot must not hold up everybody who is read with it.
    let body = codec.unpack(id, packing, size, &row.get::<Vec<u8>>()?).unwrap_or_else(|error| {
        tracing::error!(%error, "a stored snapshot is damaged");
        SnapshotBody::damaged()
    });
    Ok(Some(StoredSnapshot { id, person, source, extract, kind, known, production_date, body }))
}

/// Where a snapshot comes from and how its body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SnapshotKind {
    /// Records of an extract.
    Records,
    /// The answer of the look-up service SF1520.
    Sf1520,
}

/// A snapshot to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSnapshot {
    /// Of whom.
    pub person: PersonId,
    /// Who supplied it.
    pub source: SourceId,
    /// In which extract.
    pub extract: Option<ExtractId>,
    /// How its body is read.
    pub kind: SnapshotKind,
    /// The projected fields it can speak about.
    pub known: FieldSet,
    /// The day it was true.
    pub production_date: Date,
    /// The packed body, see [`crate::Store::pack`].
    pub body: Packed,
}

/// A stored snapshot, unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// The row.
    pub id: SnapshotId,
    /// Of whom.
    pub person: PersonId,
    /// Who supplied it.
    pub source: SourceId,
    /// In which extract.
    pub extract: Option<ExtractId>,
    /// How its body is read.
    pub kind: SnapshotKind,
    /// The projected fields it can speak about.
    pub known: FieldSet,
    /// The day it was true.
    pub production_date: Date,
    /// The tokenised records; [`SnapshotBody::damaged`] if they cannot be unpacked.
    pub body: SnapshotBody,
}

impl Tx {
    /// Stores snapshots (at most one per person in the slice) and returns their rows in the order of the slice.
    pub async fn insert_snapshots(&mut self, snapshots: &[NewSnapshot]) -> Result<Vec<SnapshotId>, StoreError> {
        let dates: Vec<String> = snapshots.iter().map(|new| new.production_date.to_string()).collect();
        let batch = Rows::new()
            .uuid("person", snapshots.iter().map(|new| new.person))
            .uuid("source", snapshots.iter().map(|new| new.source))
            .opt_int("extract", snapshots.iter().map(|new| new.extract.map(|id| id.0)))
            .text("kind", snapshots.iter().map(|new| new.kind.stored()))
            .int("known", snapshots.iter().map(|new| new.known.bits()))
            .text("production_date", dates.iter().map(String::as_str))
            .int("codec", snapshots.iter().map(|new| new.body.codec))
            .int("size", snapshots.iter().map(|new| new.body.size))
            .blob("body", snapshots.iter().map(|new| new.body.bytes.as_slice()));
        let rows = self.fetch(&INSERT, Some(batch), &[]).await?;
        // Neither database promises the order of returned rows: the persons tell which is which.
        let mut ids = HashMap::with_capacity(rows.len());
        for row in &rows {
            let mut row = row.read(INSERT.name);
            let id = SnapshotId(row.get()?);
            ids.insert(PersonId(row.get()?), id);
        }
        let ids: Option<Vec<_>> = snapshots.iter().map(|new| ids.get(&new.person).copied()).collect();
        ids.ok_or(StoreError::Impossible { column: "snapshot.person" })
    }

    /// The snapshots with these rows, in no order.
    pub async fn snapshots(&mut self, ids: &[SnapshotId]) -> Result<Vec<StoredSnapshot>, StoreError> {
        let batch = Rows::new().int("id", ids.iter().map(|id| id.0));
        let rows = self.fetch(&FIND, Some(batch), &[]).await?;
        let snapshots = rows.iter().map(|row| stored(&mut row.read(FIND.name), &self.shared.codec));
        snapshots.filter_map(Result::transpose).collect()
    }
}
