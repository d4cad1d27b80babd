//! Reselections: walks over all persons after the registry or the day changed.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::db::{Row, Scalar, Sql, date};
use crate::{PersonId, Store, StoreError, Tx};

const OPEN: Sql = Sql::new(
    "reselection.open",
    "insert into reselection as w (registry_version, day, counts) values ({1}, {2}, '{}')
     on conflict (registry_version, day) do update set counts = w.counts
     returning registry_version, day, position, counts, done_at",
);
const ADVANCE: Sql = Sql::new(
    "reselection.advance",
    "update reselection set position = {4}, counts = {5}
     where registry_version = {1} and day = {2} and done_at is null and position is not distinct from {3}",
);
const FINISH: Sql = Sql::new(
    "reselection.finish",
    "update reselection set done_at = {4}
     where registry_version = {1} and day = {2} and done_at is null and position is not distinct from {3}",
);
const LAST: Sql = Sql::new(
    "reselection.last",
    "select registry_version, day, position, counts, done_at from reselection
     order by registry_version desc, day desc limit 1",
);

fn reselection(statement: &'static str, row: &Row) -> Result<Reselection, StoreError> {
    let mut row = row.read(statement);
    let (registry_version, day) = (row.get()?, date(&row.get::<String>()?)?);
    let position = row.get::<Option<uuid::Uuid>>()?.map(PersonId);
    Ok(Reselection { registry_version, day, position, counts: row.get()?, done_at: row.opt_time()? })
}

impl Reselection {
    fn moved(&self, touched: u64) -> Result<(), StoreError> {
        if touched == 1 {
            return Ok(());
        }
        Err(StoreError::Fenced { what: format!("reselection {} of {}", self.registry_version, self.day) })
    }
}

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
        let day = day.to_string();
        let rows = self.fetch(&OPEN, None, &[Scalar::Int(version), Scalar::Text(&day)]).await?;
        reselection(OPEN.name, rows.first().ok_or(StoreError::Impossible { column: "reselection" })?)
    }

    /// Moves the position from the one in `walk` to `to` and replaces the counts (JSON text); [`StoreError::Fenced`] if
    /// somebody else moved it meanwhile.
    pub async fn advance_reselection(
        &mut self,
        walk: &Reselection,
        to: PersonId,
        counts: &str,
    ) -> Result<(), StoreError> {
        let day = walk.day.to_string();
        let key = [Scalar::Int(walk.registry_version), Scalar::Text(&day)];
        let from = Scalar::OptUuid(walk.position.map(Into::into));
        let scalars = [key[0], key[1], from, Scalar::Uuid(to.0), Scalar::Text(counts)];
        walk.moved(self.execute(&ADVANCE, None, &scalars).await?)
    }

    /// Marks the walk as done, if its position is still the one in `walk`; else [`StoreError::Fenced`].
    pub async fn finish_reselection(&mut self, walk: &Reselection) -> Result<(), StoreError> {
        let day = walk.day.to_string();
        let key = [Scalar::Int(walk.registry_version), Scalar::Text(&day)];
        let from = Scalar::OptUuid(walk.position.map(Into::into));
        walk.moved(self.execute(&FINISH, None, &[key[0], key[1], from, Scalar::Int(self.began)]).await?)
    }
}

impl Store {
    /// The newest walk by version, then day.
    pub async fn last_reselection(&self) -> Result<Option<Reselection>, StoreError> {
        let rows = self.fetch(&LAST, None, &[]).await?;
        rows.first().map(|row| reselection(LAST.name, row)).transpose()
    }
}
