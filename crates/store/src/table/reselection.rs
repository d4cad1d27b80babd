//! Reselections: walks over all persons after the registry or the day changed.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::{PersonId, Store, StoreError, Tx};

/// One walk, for one registry version and one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reselection {
    /// The registry version.
    pub registry_version: i64,
    /// The Copenhagen date it computes with.
    pub day: Date,
    /// The last person done; `None` before the first chunk.
    pub position: Option<PersonId>,
    /// What was counted so far, as JSON text.
    pub counts: String,
    /// When it reached the end.
    pub done_at: Option<Timestamp>,
}

impl Tx {
    /// The walk for this version and day, begun if there is none.
    pub async fn open_reselection(&mut self, version: i64, day: Date) -> Result<Reselection, StoreError> {
        let _ = (version, day);
        unimplemented!()
    }

    /// Moves the position from the one in `walk` to `to` and replaces the counts (JSON text); [`StoreError::Fenced`] if
    /// somebody else moved it meanwhile.
    pub async fn advance_reselection(
        &mut self,
        walk: &Reselection,
        to: PersonId,
        counts: &str,
    ) -> Result<(), StoreError> {
        let _ = (walk, to, counts);
        unimplemented!()
    }

    /// Marks the walk as done, if its position is still the one in `walk`; else [`StoreError::Fenced`].
    pub async fn finish_reselection(&mut self, walk: &Reselection) -> Result<(), StoreError> {
        let _ = walk;
        unimplemented!()
    }
}

impl Store {
    /// The newest walk by version, then day.
    pub async fn last_reselection(&self) -> Result<Option<Reselection>, StoreError> {
        unimplemented!()
    }
}
