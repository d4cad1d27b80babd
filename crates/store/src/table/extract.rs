//! Extracts: which file was applied how far, and which was refused why.

use jiff::Timestamp;
use jiff::civil::Date;
use registry::SourceId;

use crate::db::{Row, Scalar, Sql, date, read_text};
use crate::{ExtractId, Store, StoreError, Tx};

/// The update makes the row visible and locked when it exists already. A refused one that is opened after all takes what
/// was read of it now: its refusal knew less.
const OPEN: Sql = Sql::new(
    "extract.open",
    "insert into extract as x (source, name, transfer_id, sha256, production_date, task_number, persons, load, state,
       persons_done, epoch, counts, opened_at)
     values ({1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, 'open', 0, {9}, '{}', {10})
     on conflict (source, sha256) do update set
       epoch = case when x.state = 'applied' or x.epoch > excluded.epoch then x.epoch else excluded.epoch end,
       state = case when x.state = 'refused' and x.epoch <= excluded.epoch then 'open' else x.state end,
       reason = case when x.state = 'refused' and x.epoch <= excluded.epoch then null else x.reason end,
       transfer_id = case when x.state = 'refused' then excluded.transfer_id else x.transfer_id end,
       production_date = case when x.state = 'refused' then excluded.production_date else x.production_date end,
       task_number = case when x.state = 'refused' then excluded.task_number else x.task_number end,
       persons = case when x.state = 'refused' then excluded.persons else x.persons end,
       load = case when x.state = 'refused' then excluded.load else x.load end
     returning id, source, name, transfer_id, sha256, production_date, task_number, persons, load, state, persons_done, epoch, reason,
       counts, opened_at, finished_at",
);
const ADVANCE: Sql = Sql::new(
    "extract.advance",
    "update extract set persons_done = {3}, counts = {5}
     where id = {1} and persons_done = {2} and epoch = {4} and state = 'open'",
);
const FINISH: Sql = Sql::new(
    "extract.finish",
    "update extract set state = 'applied', finished_at = {3} where id = {1} and epoch = {2} and state = 'open'",
);
const REFUSE: Sql = Sql::new(
    "extract.refuse",
    "insert into extract as x (source, name, transfer_id, sha256, production_date, task_number, persons, load, state,
       persons_done, epoch, reason, counts, opened_at, finished_at)
     values ({1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, 'refused', 0, 0, {9}, '{}', {10}, {10})
     on conflict (source, sha256) do update set state = 'refused', reason = excluded.reason,
       finished_at = excluded.finished_at where x.state <> 'applied'
     returning id",
);
const BY_HASH: Sql =
    Sql::new("extract.by_hash", "select id, source, name, transfer_id, sha256, production_date, task_number, persons, load, state, persons_done, epoch, reason,
       counts, opened_at, finished_at from extract where source = {1} and sha256 = {2}");
const BY_TRANSFER: Sql = Sql::new(
    "extract.by_transfer",
    "select id, source, name, transfer_id, sha256, production_date, task_number, persons, load, state, persons_done, epoch, reason,
       counts, opened_at, finished_at from extract where source = {1} and transfer_id = {2}
     order by case when state = 'applied' then 0 else 1 end, id desc limit 1",
);
const LAST: Sql = Sql::new(
    "extract.last_applied",
    "select id, source, name, transfer_id, sha256, production_date, task_number, persons, load, state, persons_done, epoch, reason,
       counts, opened_at, finished_at from extract where source = {1} and state = 'applied'
     order by production_date desc, finished_at desc, id desc limit 1",
);
const NEWEST: Sql = Sql::new("extract.newest", "select id, source, name, transfer_id, sha256, production_date, task_number, persons, load, state, persons_done, epoch, reason,
       counts, opened_at, finished_at from extract order by id desc limit {1}");

read_text!(ExtractState, "extract.state": Open = "open", Applied = "applied", Refused = "refused");

fn extract(statement: &'static str, row: &Row) -> Result<Extract, StoreError> {
    let mut row = row.read(statement);
    let (id, source) = (ExtractId(row.get()?), SourceId(row.get()?));
    let (name, transfer_id) = (row.get()?, row.get()?);
    let sha256 = <[u8; 32]>::try_from(row.get::<Vec<u8>>()?);
    let sha256 = sha256.map_err(|_| StoreError::Impossible { column: "extract.sha256" })?;
    let production_date = row.get::<Option<String>>()?.as_deref().map(date).transpose()?;
    let (task_number, persons, load) = (row.get()?, row.get::<i64>()?.cast_unsigned(), row.get::<i64>()? != 0);
    let file = NewExtract { source, name, transfer_id, sha256, production_date, task_number, persons, load };
    let state = ExtractState::from_stored(&row.get::<String>()?)?;
    let persons_done = row.get::<i64>()?.cast_unsigned();
    let (epoch, reason, counts) = (row.get()?, row.get()?, row.get()?);
    let (opened_at, finished_at) = (row.time()?, row.opt_time()?);
    Ok(Extract { id, file, state, persons_done, epoch, reason, counts, opened_at, finished_at })
}

fn columns<'a>(file: &'a NewExtract, date: Option<&'a str>) -> [Scalar<'a>; 8] {
    [
        Scalar::Uuid(file.source.0),
        Scalar::Text(&file.name),
        Scalar::Text(&file.transfer_id),
        Scalar::Blob(&file.sha256),
        Scalar::OptText(date),
        Scalar::Text(&file.task_number),
        Scalar::Int(file.persons.cast_signed()),
        Scalar::Int(file.load.into()),
    ]
}

/// Exactly one row, or somebody else was there.
fn one(touched: u64, extract: ExtractId) -> Result<(), StoreError> {
    if touched == 1 { Ok(()) } else { Err(StoreError::Fenced { what: format!("extract {extract}") }) }
}

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
        let date = file.production_date.map(|date| date.to_string());
        let mut scalars = columns(file, date.as_deref()).to_vec();
        scalars.extend([Scalar::Int(epoch), Scalar::Int(self.began)]);
        let rows = self.fetch(&OPEN, None, &scalars).await?;
        let row = rows.first().ok_or(StoreError::Impossible { column: "extract" })?;
        let opened = extract(OPEN.name, row)?;
        if opened.state == ExtractState::Applied || opened.epoch == epoch {
            return Ok(opened);
        }
        Err(StoreError::Fenced { what: format!("extract {}", opened.id) })
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
        let (from, to) = (Scalar::Int(from.cast_signed()), Scalar::Int(to.cast_signed()));
        let scalars = [Scalar::Int(extract.0), from, to, Scalar::Int(epoch), Scalar::Text(counts)];
        one(self.execute(&ADVANCE, None, &scalars).await?, extract)
    }

    /// Marks an open extract as applied, if the epoch is still the expected one; else [`StoreError::Fenced`].
    pub async fn finish_extract(&mut self, extract: ExtractId, epoch: i64) -> Result<(), StoreError> {
        let scalars = [Scalar::Int(extract.0), Scalar::Int(epoch), Scalar::Int(self.began)];
        one(self.execute(&FINISH, None, &scalars).await?, extract)
    }

    /// Remembers that a file was refused, by its hash. An open extract with these bytes becomes refused.
    /// An applied one is not touched and ends with [`StoreError::Fenced`].
    pub async fn refuse_extract(&mut self, file: &NewExtract, reason: &str) -> Result<ExtractId, StoreError> {
        let date = file.production_date.map(|date| date.to_string());
        let mut scalars = columns(file, date.as_deref()).to_vec();
        scalars.extend([Scalar::Text(reason), Scalar::Int(self.began)]);
        let rows = self.fetch(&REFUSE, None, &scalars).await?;
        let row = rows.first().ok_or_else(|| StoreError::Fenced { what: "an applied extract".to_owned() })?;
        Ok(ExtractId(row.read(REFUSE.name).get()?))
    }
}

impl Store {
    /// The extract of this source with these bytes.
    pub async fn extract_by_hash(&self, source: SourceId, sha256: &[u8; 32]) -> Result<Option<Extract>, StoreError> {
        let rows = self.fetch(&BY_HASH, None, &[Scalar::Uuid(source.0), Scalar::Blob(sha256)]).await?;
        rows.first().map(|row| extract(BY_HASH.name, row)).transpose()
    }

    /// The extract of this source with this transfer identifier: the applied one, else the newest.
    pub async fn extract_by_transfer(&self, source: SourceId, id: &str) -> Result<Option<Extract>, StoreError> {
        let rows = self.fetch(&BY_TRANSFER, None, &[Scalar::Uuid(source.0), Scalar::Text(id)]).await?;
        rows.first().map(|row| extract(BY_TRANSFER.name, row)).transpose()
    }

    /// The applied extract of this source with the latest production date.
    pub async fn last_applied(&self, source: SourceId) -> Result<Option<Extract>, StoreError> {
        let rows = self.fetch(&LAST, None, &[Scalar::Uuid(source.0)]).await?;
        rows.first().map(|row| extract(LAST.name, row)).transpose()
    }

    /// The newest extracts of all sources, newest first.
    pub async fn extracts(&self, limit: usize) -> Result<Vec<Extract>, StoreError> {
        let limit = Scalar::Int(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = self.fetch(&NEWEST, None, &[limit]).await?;
        rows.iter().map(|row| extract(NEWEST.name, row)).collect()
    }
}
