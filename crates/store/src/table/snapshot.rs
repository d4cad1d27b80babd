//! Snapshots: what CPR said of one person in one extract or look-up. Earlier ones stay until retention.

use cpr::FieldSet;
use jiff::civil::Date;
use registry::SourceId;

use crate::{ExtractId, Packed, PersonId, SnapshotBody, SnapshotId, StoreError, Tx};

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
    /// The tokenised records.
    pub body: SnapshotBody,
}

impl Tx {
    /// Stores snapshots and returns their rows in the order of the slice.
    pub async fn insert_snapshots(&mut self, snapshots: &[NewSnapshot]) -> Result<Vec<SnapshotId>, StoreError> {
        let _ = snapshots;
        unimplemented!()
    }

    /// The snapshots with these rows, in no order.
    pub async fn snapshots(&mut self, ids: &[SnapshotId]) -> Result<Vec<StoredSnapshot>, StoreError> {
        let _ = ids;
        unimplemented!()
    }
}
