//! One complete file: hashed, validated whole, applied chunk by chunk, removed after the last commit.

use std::fs::File as Handle;
use std::io::{self, Read, Seek as _};
use std::path::{Path, PathBuf};

use bus::BusError;
use cpr::FieldSet;
use cpr::extract::{Extract, Options, Refusal, Strictness};
use jiff::civil::Date;
use registry::Source;
use runtime::{Beat, copenhagen};
use sha2::{Digest as _, Sha256};
use store::{CurrentRegistry, ExtractState, Held, NewExtract, StoreError};
use tokio::sync::mpsc;

use crate::Ingester;
use crate::apply::{Applied, Counts, File, Worker};
use crate::inbox::{Found, Mark, companion_path};
use crate::prepare::{self, PrepareError, Prepared};

/// How often a chunk is begun again at once after a deadlock, a busy database or a moved registry.
const REPEATS: usize = 20;

/// Why a file was not applied to its end. It is tried again at the next sweep, from its checkpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TakeError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Read(#[source] io::Error),
    /// The folder of the source cannot be read.
    #[error("its folder cannot be read; it is tried again")]
    Folder(#[source] io::Error),
    /// A chunk cannot be prepared.
    #[error("a chunk of the file cannot be prepared")]
    Prepare(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file was changed while it was read.
    #[error("the file was changed while it was read")]
    Changed,
    /// The queue failed; what was committed is published again by the feeder and row 13.
    #[error("the queue failed")]
    Bus(#[from] BusError),
    /// No registry is in force.
    #[error("no registry is in force")]
    NoRegistry,
    /// The process stops.
    #[error("the process stops")]
    Stopped,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Applied and removed.
    Applied(Counts),
    /// These bytes were applied before: removed without effect.
    Repeated,
    /// Refused, with one sentence; it stays where it is.
    Refused(String),
}

/// The reason that is about the companion and not about the bytes.
const REUSED: &str = "another file was applied with the same FileTransferUUID; have it sent anew";

/// A file with the hash of its bytes.
struct Opened {
    handle: Handle,
    mark: Mark,
    sha256: [u8; 32],
}

impl Ingester {
    /// Takes one complete file of `source`.
    ///
    /// # Errors
    /// [`TakeError`] if it could not be brought to an end now; nothing is half-applied.
    pub(crate) async fn take(
        &self,
        held: &Held,
        source: &Source,
        found: &Found,
        beat: &Beat,
    ) -> Result<Taken, TakeError> {
        let path = found.path.clone();
        let opened = blocking(move || open(&path)).await?.map_err(TakeError::Read)?;
        let today = copenhagen::today(self.store.now().await?);
        let known = self.store.extract_by_hash(source.id, &opened.sha256).await?;
        match Before::of(known, today) {
            Before::Applied => {
                self.remove(found, opened.mark).await?;
                return Ok(Taken::Repeated);
            }
            Before::Refused(reason) if reason != REUSED => return Ok(Taken::Refused(reason)),
            // not the bytes were wrong but their companion, which may be another one now
            Before::Refused(_) | Before::Nothing => {}
        }
        let mut file = new_extract(source, found, opened.sha256);
        if found.companion.is_some() && self.transfer_is_used(&file).await? {
            return self.refuse(held, &file, REUSED).await;
        }
        let (mark, options) = (opened.mark, options(source, today));
        let extract = match blocking(move || Extract::validate(opened.handle, &options)).await? {
            Ok(extract) => extract,
            Err(Refusal::Read { source, .. }) => return Err(TakeError::Read(source)),
            Err(refusal) => return self.refuse(held, &file, &refusal.to_string()).await,
        };
        file.production_date = Some(extract.header().production_date);
        file.task_number.clone_from(&extract.header().task_number);
        file.persons = extract.len() as u64;
        file.load = !extract.report().has_events;
        let counts = self.apply(held, source, &file, extract, beat).await?;
        self.remove(found, mark).await?;
        Ok(Taken::Applied(counts))
    }

    /// Removes a file and then its companion, after the last commit and when a loss of power cannot undo it. Does nothing
    /// twice: a crash in between leaves a companion, which a later sweep removes.
    async fn remove(&self, found: &Found, mark: Mark) -> Result<(), TakeError> {
        self.store.settle().await?;
        let path = found.path.clone();
        blocking(move || remove_now(&path, mark)).await?
    }

    /// Whether an applied file of other bytes had this transfer identifier.
    async fn transfer_is_used(&self, file: &NewExtract) -> Result<bool, StoreError> {
        let other = self.store.extract_by_transfer(file.source, &file.transfer_id).await?;
        Ok(other.is_some_and(|other| other.state == ExtractState::Applied && other.file.sha256 != file.sha256))
    }

    async fn refuse(&self, held: &Held, file: &NewExtract, reason: &str) -> Result<Taken, TakeError> {
        let mut tx = self.store.begin().await?;
        tx.fence(held).await?;
        tx.refuse_extract(file, reason).await?;
        tx.commit().await?;
        Ok(Taken::Refused(reason.to_owned()))
    }

    async fn apply(
        &self,
        held: &Held,
        source: &Source,
        file: &NewExtract,
        extract: Extract<Handle>,
        beat: &Beat,
    ) -> Result<Counts, TakeError> {
        let last = self.store.last_applied(source.id).await?.and_then(|last| last.file.production_date);
        report(file, &extract, last);
        let mut tx = self.store.begin().await?;
        tx.fence(held).await?;
        let row = tx.open_extract(file, held.epoch).await?;
        tx.commit().await?;
        let plan = File {
            source: source.id,
            extract: row.id,
            production_date: extract.header().production_date,
            load: file.load,
            history: last.is_some_and(|last| last > extract.header().production_date),
            known: FieldSet::known_from(&source.record_codes),
        };
        let counts = serde_json::from_str(&row.counts).unwrap_or_default();
        let chunks = self.prepare_ahead(extract, row.persons_done, plan.known);
        self.apply_chunks(held, &plan, counts, chunks, beat).await
    }

    /// Prepares chunks on a thread of its own, one ahead of the database. What is behind the last chunk comes last.
    fn prepare_ahead(
        &self,
        mut extract: Extract<Handle>,
        done: u64,
        known: FieldSet,
    ) -> mpsc::Receiver<Result<Prepared, PrepareError>> {
        let (sender, receiver) = mpsc::channel(1);
        let sealer = self.sealer.clone();
        tokio::task::spawn_blocking(move || {
            let mut from = usize::try_from(done).unwrap_or(usize::MAX);
            loop {
                let last = from >= extract.len();
                let prepared = if last {
                    prepare::rest(&mut extract, &sealer)
                } else {
                    prepare::chunk(&mut extract, from, known, &sealer)
                };
                let stop = last || prepared.is_err();
                // The receiver is gone when the database failed.
                if sender.blocking_send(prepared).is_err() || stop {
                    return;
                }
                from += prepare::CHUNK;
            }
        });
        receiver
    }

    async fn apply_chunks(
        &self,
        held: &Held,
        plan: &File,
        mut counts: Counts,
        mut chunks: mpsc::Receiver<Result<Prepared, PrepareError>>,
        beat: &Beat,
    ) -> Result<Counts, TakeError> {
        let retention = jiff::SignedDuration::try_from(self.settings.quarantine).unwrap_or(jiff::SignedDuration::MAX);
        let worker = Worker { store: &self.store, chance: &self.chance, held, retention };
        let mut current = self.registry().await?;
        while let Some(prepared) = chunks.recv().await {
            if self.cancel.is_cancelled() {
                return Err(TakeError::Stopped);
            }
            let prepared = prepared.map_err(|error| TakeError::Prepare(Box::new(error)))?;
            beat.alive();
            if prepared.is_rest {
                return Ok(worker.finish(plan, &prepared, counts).await?);
            }
            let (after, messages) = self.apply_one(&worker, plan, &mut current, &prepared, counts).await?;
            counts = after;
            self.bus.publish(&messages).await?;
            tracing::debug!(extract = plan.extract.0, persons = prepared.to, "a chunk is applied");
        }
        // The thread ends without a last message only by a panic, which the panic hook has reported.
        Err(TakeError::Read(io::Error::other("the reading thread ended early")))
    }

    async fn apply_one(
        &self,
        worker: &Worker<'_>,
        plan: &File,
        current: &mut CurrentRegistry,
        prepared: &Prepared,
        counts: Counts,
    ) -> Result<(Counts, Vec<bus::Message>), TakeError> {
        for _ in 0..REPEATS {
            match worker.chunk(plan, current, prepared, counts).await {
                Ok(Applied::Done(counts, messages)) => return Ok((counts, messages)),
                Ok(Applied::Moved) => *current = self.registry().await?,
                Err(error) if error.is_transient() => tracing::debug!(%error, "a chunk is begun again"),
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::RegistryMoved.into())
    }

    async fn registry(&self) -> Result<CurrentRegistry, TakeError> {
        self.store.current_registry().await?.ok_or(TakeError::NoRegistry)
    }
}

/// What is known of these bytes from before.
enum Before {
    /// Never seen, or begun and not finished.
    Nothing,
    /// Applied to the end.
    Applied,
    /// Refused, with the reason.
    Refused(String),
}

impl Before {
    fn of(known: Option<store::Extract>, today: Date) -> Self {
        match known {
            Some(known) if known.state == ExtractState::Applied => Self::Applied,
            Some(known) if known.state == ExtractState::Refused => {
                let refused_on = copenhagen::today(known.finished_at.unwrap_or(known.opened_at));
                // A file from the future is read again when its day has come.
                let has_come = known.file.production_date.is_some_and(|date| date > refused_on && date <= today);
                if has_come { Self::Nothing } else { Self::Refused(known.reason.unwrap_or_default()) }
            }
            _ => Self::Nothing,
        }
    }
}

fn new_extract(source: &Source, found: &Found, sha256: [u8; 32]) -> NewExtract {
    NewExtract {
        source: source.id,
        name: found.name.clone(),
        transfer_id: found.companion.as_ref().map_or_else(|| found.name.clone(), |one| one.transfer.clone()),
        sha256,
        production_date: found.produced,
        task_number: String::new(),
        persons: 0,
        load: false,
    }
}

fn options(source: &Source, today: Date) -> Options {
    Options { record_length: source.directory.record_length, today, counter: Strictness::Warn }
}

fn report(file: &NewExtract, extract: &Extract<Handle>, last: Option<Date>) {
    let (header, report) = (extract.header(), extract.report());
    tracing::info!(
        file = file.name,
        produced = %header.production_date,
        persons = report.persons,
        records = report.records,
        load = file.load,
        bad_records = report.bad_records,
        strays = report.strays,
        "an extract is valid and will be applied"
    );
    for warning in &report.warnings {
        tracing::warn!(file = file.name, %warning, "an extract is doubtful");
    }
    for (code, lines) in &report.unknown {
        tracing::warn!(file = file.name, %code, lines, "an extract holds records of an unknown code; they are put aside");
    }
    match (last, header.previous_production_date) {
        (Some(last), _) if last > header.production_date => {
            tracing::warn!(file = file.name, %last, "an extract is older than the last one applied: it is kept as history and makes no event");
        }
        (Some(last), Some(previous)) if last < previous => {
            tracing::warn!(file = file.name, %last, %previous, "an extract between the last one applied and this one is missing");
        }
        _ => {}
    }
}

fn open(path: &Path) -> io::Result<Opened> {
    let mut handle = Handle::open(path)?;
    let mark = Mark::from(&handle.metadata()?);
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 17]);
    loop {
        match handle.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    handle.rewind()?;
    Ok(Opened { handle, mark, sha256: hash.finalize().into() })
}

fn remove_now(path: &Path, mark: Mark) -> Result<(), TakeError> {
    match Mark::of(path) {
        Ok(now) if now != mark => Err(TakeError::Changed),
        Ok(_) => {
            let companion: Option<PathBuf> = companion_path(path);
            gone(std::fs::remove_file(path))?;
            companion.map_or(Ok(()), |companion| gone(std::fs::remove_file(companion)))
        }
        Err(error) => gone(Err(error)),
    }
}

/// What is not there any more needs no removal.
fn gone(removed: io::Result<()>) -> Result<(), TakeError> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(TakeError::Read(error)),
        _ => Ok(()),
    }
}

/// Runs what may block on a thread of its own.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, TakeError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|_| TakeError::Read(io::Error::other("the reading thread ended early")))
}
