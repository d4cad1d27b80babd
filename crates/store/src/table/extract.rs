//! Extracts: which file was applied how far, and which was refused why.

use jiff::Timestamp;
use jiff::civil::Date;
use registry::SourceId;

use crate::{ExtractId, Store, StoreError, Tx};

/// How far an extract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtractState {
    /// Validated, being applied.
    Open,
    /// Applied to the end.
    Applied,
    /// Refused whole, with a reason.
    Refused,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExtract {
    /// Where it comes from.
    pub source: SourceId,
    /// Its file name.
    pub name: String,
    /// The transfer's identifier; the file name where the transfer has none.
    pub transfer_id: String,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// The day it was produced; `None` for a refused file whose header could not be read.
    pub production_date: Option<Date>,
    /// The task number of its header.
    pub task_number: String,
    /// Distinct persons in it.
    pub persons: u64,
    /// Whether it is a load (a file without event records).
    pub load: bool,
}

/// A stored extract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extract {
    /// The row.
    pub id: ExtractId,
    /// The file.
    pub file: NewExtract,
    /// How far it is.
    pub state: ExtractState,
    /// Persons done: the checkpoint.
    pub persons_done: u64,
    /// Epoch of the leader that moved it last.
    pub epoch: i64,
    /// Why it was refused.
    pub reason: Option<String>,
    /// What was counted so far, as JSON text.
    pub counts: String,
    /// When it was first seen.
    pub opened_at: Timestamp,
    /// When it was applied or refused.
    pub finished_at: Option<Timestamp>,
}

impl Tx {
    /// Begins or resumes an extract of this source with these bytes and puts `epoch` on it. An extract that is applied
    /// already, or was opened by a higher epoch ([`StoreError::Fenced`]), is not touched.
    pub async fn open_extract(&mut self, file: &NewExtract, epoch: i64) -> Result<Extract, StoreError> {
        let _ = (file, epoch);
        unimplemented!()
    }

    /// Moves the checkpoint from `from` to `to` persons and replaces the counts (JSON text), if checkpoint and epoch are
    /// still the expected ones; else [`StoreError::Fenced`].
    pub async fn advance_extract(
        &mut self,
        extract: ExtractId,
        from: u64,
        to: u64,
        epoch: i64,
        counts: &str,
    ) -> Result<(), StoreError> {
        let _ = (extract, from, to, epoch, counts);
        unimplemented!()
    }

    /// Marks an open extract as applied, if the epoch is still the expected one; else [`StoreError::Fenced`].
    pub async fn finish_extract(&mut self, extract: ExtractId, epoch: i64) -> Result<(), StoreError> {
        let _ = (extract, epoch);
        unimplemented!()
    }

    /// Remembers that a file was refused, by its hash. An open extract with these bytes becomes refused.
    pub async fn refuse_extract(&mut self, file: &NewExtract, reason: &str) -> Result<ExtractId, StoreError> {
        let _ = (file, reason);
        unimplemented!()
    }
}

impl Store {
    /// The extract of this source with these bytes.
    pub async fn extract_by_hash(&self, source: SourceId, sha256: &[u8; 32]) -> Result<Option<Extract>, StoreError> {
        let _ = (source, sha256);
        unimplemented!()
    }

    /// The newest extract of this source with this transfer identifier.
    pub async fn extract_by_transfer(&self, source: SourceId, id: &str) -> Result<Option<Extract>, StoreError> {
        let _ = (source, id);
        unimplemented!()
    }

    /// The applied extract of this source with the latest production date.
    pub async fn last_applied(&self, source: SourceId) -> Result<Option<Extract>, StoreError> {
        let _ = source;
        unimplemented!()
    }

    /// The newest extracts of all sources, newest first.
    pub async fn extracts(&self, limit: usize) -> Result<Vec<Extract>, StoreError> {
        let _ = limit;
        unimplemented!()
    }
}
