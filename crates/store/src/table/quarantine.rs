//! Quarantine: lines that could not be read, sealed, until a good snapshot or the end of their retention.

use jiff::Timestamp;
use registry::SourceId;

use crate::{ExtractId, NumberId, Store, StoreError, Tx};

/// Something to put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewQuarantined {
    /// The source of the extract.
    pub source: SourceId,
    /// The extract.
    pub extract: ExtractId,
    /// The number of the person, where the line's key could be read.
    pub number: Option<NumberId>,
    /// Line in the file, from 1.
    pub line: u64,
    /// The record code as it stands in the line; empty if unreadable.
    pub code: String,
    /// Why, without content.
    pub reason: String,
    /// The bytes, sealed by the caller.
    pub sealed: Vec<u8>,
    /// When it is removed at the latest.
    pub until: Timestamp,
}

impl Tx {
    /// Puts lines aside.
    pub async fn quarantine(&mut self, lines: &[NewQuarantined]) -> Result<(), StoreError> {
        let _ = lines;
        unimplemented!()
    }

    /// Removes what was put aside of these persons by extracts before `extract`: a good snapshot arrived. Returns how
    /// many lines.
    pub async fn release_quarantine(&mut self, numbers: &[NumberId], extract: ExtractId) -> Result<u64, StoreError> {
        let _ = (numbers, extract);
        unimplemented!()
    }
}

impl Store {
    /// Removes what has passed its end. Returns how many lines.
    pub async fn expire_quarantine(&self) -> Result<u64, StoreError> {
        unimplemented!()
    }
}
