//! Plays the days: a file a day, each followed until the last of its advisories was delivered.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::civil::Date;
use runtime::Chance;
use simulator::delivery::{Envelope, place_written};
use simulator::{Checker, Happening, Population, Received, Task, Written};
use store::{ExtractState, Store};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio_util::sync::CancellationToken;

use super::stage::Stage;
use super::teller::{Account, Teller};
use crate::screen::count;
use crate::simulate::{Calendar, TASK};

/// How often the store is asked how far everything is.
const LOOK: Duration = Duration::from_millis(100);

/// A play in which nothing moves for this long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many of the newest files are looked at: the one that was placed is among them.
const NEWEST: usize = 5;

/// A play of some days.
pub(super) struct Play {
    pub(super) store: Store,
    pub(super) stage: Stage,
    pub(super) calendar: Calendar,
    pub(super) population: Population,
    pub(super) chance: Chance,
    pub(super) teller: Teller,
}

/// How far a file and what follows from it is. Two looks that differ mean that something moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Far {
    applied: bool,
    done: u64,
    persons: u64,
    undelivered: i64,
    finished: i64,
}

/// Why a play stops before its last day.
enum Stopped {
    /// The process ends.
    Shutdown,
    /// Something went wrong.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Stopped {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl Play {
    /// Plays all days and tells the accounts; then, if `stay`, goes on telling until `shutdown`.
    pub(super) async fn run(mut self, stay: bool, shutdown: CancellationToken) -> anyhow::Result<()> {
        let mut arrivals = self.stage.receiver.follow();
        match self.days(&mut arrivals, &shutdown).await {
            Ok(()) => {}
            Err(Stopped::Shutdown) if stay => return Ok(()),
            Err(Stopped::Shutdown) => bail!("stopped before the last day was played"),
            Err(Stopped::Failed(error)) => return Err(error),
        }
        let faults = self.end().await?;
        if !stay {
            if !faults.is_empty() {
                bail!("not everything was delivered: {}", faults.join("; "));
            }
            return Ok(());
        }
        self.teller.line("\nthe hub stays up; press Ctrl-C to end it");
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                arrival = arrivals.recv() => self.told(arrival),
            }
        }
    }

    async fn days(
        &mut self,
        arrivals: &mut broadcast::Receiver<Received>,
        shutdown: &CancellationToken,
    ) -> Result<(), Stopped> {
        let load = self.calendar.load;
        let name = self.place(load, |task, population, file| task.write_initial(population, load, None, file), None)?;
        self.follow(&name, arrivals, shutdown).await?;
        for (date, before) in self.calendar.each() {
            let day = self.population.advance(date);
            let happenings = day.happenings().to_vec();
            let name = self.place(
                date,
                |task, population, file| task.write_changes(population, &day, Some(before), file),
                Some(&happenings),
            )?;
            self.follow(&name, arrivals, shutdown).await?;
        }
        Ok(())
    }

    /// Places the file of a day and tells what is in it.
    fn place(
        &self,
        date: Date,
        write: impl FnOnce(
            &Task,
            &Population,
            &mut std::io::BufWriter<std::fs::File>,
        ) -> Result<Written, simulator::WriteError>,
        happenings: Option<&[Happening]>,
    ) -> anyhow::Result<String> {
        let task = Task::new(TASK);
        let name = task.file_name(date);
        let envelope = Envelope::new(self.chance.uuid4());
        let (_, written) =
            place_written(&self.stage.inbox, &name, &envelope, |file| write(&task, &self.population, file))?;
        self.teller.day(date, written, happenings);
        Ok(name)
    }

    /// Tells every advisory until the file is applied and nothing is outstanding.
    async fn follow(
        &mut self,
        name: &str,
        arrivals: &mut broadcast::Receiver<Received>,
        shutdown: &CancellationToken,
    ) -> Result<(), Stopped> {
        let placed = self.stage.inbox.join(name);
        let mut looks = tokio::time::interval(LOOK);
        let mut last = Far::default();
        let mut moved = tokio::time::Instant::now();
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return Err(Stopped::Shutdown),
                arrival = arrivals.recv() => self.told(arrival),
                _ = looks.tick() => {
                    let far = self.far(name, &placed).await?;
                    self.teller.progress(far.done, far.persons, far.undelivered);
                    if far.applied && far.undelivered == 0 {
                        break;
                    }
                    if far != last {
                        last = far;
                        moved = tokio::time::Instant::now();
                    }
                    if moved.elapsed() > PATIENCE {
                        let waits = format!("{name} made no progress for {} s", PATIENCE.as_secs());
                        return Err(Stopped::Failed(anyhow::anyhow!("{waits}; RUST_LOG=info tells more")));
                    }
                }
            }
        }
        self.teller.progress_ends();
        loop {
            match arrivals.try_recv() {
                Ok(received) => self.teller.advisory(&received),
                Err(TryRecvError::Lagged(advisories)) => self.teller.skipped(advisories),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(()),
            }
        }
    }

    fn told(&mut self, arrival: Result<Received, RecvError>) {
        match arrival {
            Ok(received) => self.teller.advisory(&received),
            Err(RecvError::Lagged(advisories)) => self.teller.skipped(advisories),
            Err(RecvError::Closed) => {}
        }
    }

    /// How far the file `name` is; a refused one ends the play.
    async fn far(&self, name: &str, placed: &Path) -> anyhow::Result<Far> {
        let extracts = self.store.extracts(NEWEST).await?;
        let backlogs = self.store.backlogs().await?;
        let mut far = Far {
            undelivered: backlogs.iter().map(|backlog| backlog.undelivered).sum(),
            finished: backlogs.iter().map(|backlog| backlog.last_sequence - backlog.undelivered).sum(),
            ..Far::default()
        };
        let Some(extract) = extracts.into_iter().find(|extract| extract.file.name == name) else { return Ok(far) };
        if extract.state == ExtractState::Refused {
            bail!("{name} was refused: {}", extract.reason.unwrap_or_default());
        }
        // the file is removed after the last commit: only then is the source ready for the next one
        far.applied = extract.state == ExtractState::Applied && !placed.exists();
        far.done = extract.persons_done;
        far.persons = extract.file.persons;
        Ok(far)
    }

    /// What the files have led to in the store, by its own counts.
    async fn stored(&self) -> anyhow::Result<String> {
        let extracts = self.store.extracts(usize::from(self.calendar.days) + 1).await?;
        let counts: Vec<serde_json::Value> =
            extracts.iter().map(|extract| serde_json::from_str(&extract.counts)).collect::<Result<_, _>>()?;
        let sum = |name: &str| count(counts.iter().filter_map(|counts| counts[name].as_u64()).sum::<u64>());
        let (stored, surplus) = (sum("stored"), sum("surplus"));
        let (entered, left) = (sum("entered"), sum("left"));
        Ok(format!(
            "{stored} stored, {surplus} of persons nobody needs passed over; {entered} entered a selection, {left} left one"
        ))
    }

    /// Tells the accounts; gives back what is not as it should be.
    async fn end(&self) -> anyhow::Result<Vec<String>> {
        let current = self.store.current_registry().await?.context("no registry was published")?;
        let mut accounts = BTreeMap::new();
        let mut faults = Vec::new();
        for backlog in self.store.backlogs().await? {
            let account = Account { parked: backlog.parked, outstanding: backlog.undelivered };
            let consumer = current.registry.consumer(backlog.consumer);
            let name = consumer.map_or_else(|| backlog.consumer.to_string(), |consumer| consumer.object.to_string());
            if account != Account::default() {
                faults.push(format!("{name}: {} parked, {} outstanding", account.parked, account.outstanding));
            }
            accounts.insert(name, account);
        }
        let refused = self.stage.receiver.refused().len();
        if refused > 0 {
            faults.push(format!("{refused} requests were refused by the consumers"));
        }
        let received = self.stage.receiver.received();
        faults.extend(Checker::check(&received).findings.iter().map(ToString::to_string));
        self.teller.line("");
        self.teller.row("files", usize::from(self.calendar.days) + 1);
        self.teller.row("persons", count(self.population.len() as u128));
        self.teller.row("snapshots", self.stored().await?);
        self.teller.row("advisories", count(received.len() as u128));
        self.teller.accounts(&accounts);
        self.teller.verdict(&faults);
        Ok(faults)
    }
}
