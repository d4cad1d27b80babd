//! Quarantine: lines that could not be read, sealed, until a good snapshot or the end of their retention.

use jiff::Timestamp;
use registry::SourceId;

use crate::db::{Rows, Scalar, Sql};
use crate::{ExtractId, NumberId, Store, StoreError, Tx};

const INSERT: Sql = Sql::new(
    "quarantine.insert",
    "insert into quarantine (source, extract, number, line, code, reason, sealed, until, recorded_at)
     select r.source, r.extract, r.number, r.line, r.code, r.reason, r.sealed, r.until, {1} from {rows}",
);
const RELEASE: Sql = Sql::new(
    "quarantine.release",
    "delete from quarantine where number in (select r.number from {rows}) and extract < {1}",
);
const EXPIRE: Sql = Sql::new("quarantine.expire", "delete from quarantine where until <= {1}");

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
        let batch = Rows::new()
            .uuid("source", lines.iter().map(|new| new.source))
            .int("extract", lines.iter().map(|new| new.extract.0))
            .opt_int("number", lines.iter().map(|new| new.number.map(|id| id.0)))
            .int("line", lines.iter().map(|new| new.line.cast_signed()))
            .text("code", lines.iter().map(|new| new.code.as_str()))
            .text("reason", lines.iter().map(|new| new.reason.as_str()))
            .blob("sealed", lines.iter().map(|new| new.sealed.as_slice()))
            .int("until", lines.iter().map(|new| new.until.as_millisecond()));
        self.execute(&INSERT, Some(batch), &[Scalar::Int(self.began)]).await?;
        Ok(())
    }

    /// Removes what was put aside of these persons by extracts before `extract`: a good snapshot arrived. Returns how
    /// many lines.
    pub async fn release_quarantine(&mut self, numbers: &[NumberId], extract: ExtractId) -> Result<u64, StoreError> {
        let batch = Rows::new().int("number", numbers.iter().map(|id| id.0));
        self.execute(&RELEASE, Some(batch), &[Scalar::Int(extract.0)]).await
    }
}

impl Store {
    /// Removes what has passed its end. Returns how many lines.
    pub async fn expire_quarantine(&self) -> Result<u64, StoreError> {
        let now = self.now_ms().await?;
        let mut tx = self.begin().await?;
        let lines = tx.execute(&EXPIRE, None, &[Scalar::Int(now)]).await?;
        tx.commit().await?;
        Ok(lines)
    }
}
