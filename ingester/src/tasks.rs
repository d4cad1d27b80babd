//! The tasks of an ingester. All but the lease's own work only while the lease is held; whatever fails is logged and tried
//! again, and one task never stops another.

use std::sync::Arc;
use std::time::Duration;

use runtime::{Beat, Process};
use store::{Held, StoreError};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::Ingester;
use crate::sweep::{Sweeper, joined_text};
use crate::tend::{Feeder, Reselector, Tender};

/// Name of the lease.
const LEASE: &str = "ingester";

/// The pause after a failed pass.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// A pass over a large file may be silent while it is validated.
const SLOW: Duration = Duration::from_mins(15);

/// Starts every task of an ingester in `process`, each with its own name and beat.
pub fn start(process: &Process, ingester: &Ingester) {
    let (sender, held) = watch::channel(None);
    let beat = |name, limit| Arc::new(process.health().register_with(name, limit));
    let minute = Duration::from_mins(1);
    let lease = beat("lease", minute);
    let one = ingester.clone();
    process.spawn("lease", move |_| async move {
        one.keep_lease(&sender, &lease).await;
        Ok(())
    });
    let task = |beat| Task { ingester: ingester.clone(), held: held.clone(), beat };
    let sweep = task(beat("sweep", SLOW));
    process.spawn("sweep", move |_| async move {
        sweep.sweep().await;
        Ok(())
    });
    let feeder = task(beat("feeder", minute));
    process.spawn("feeder", move |_| async move {
        feeder.feed().await;
        Ok(())
    });
    let tender = task(beat("tend", Duration::from_mins(5)));
    process.spawn("tend", move |_| async move {
        tender.tend().await;
        Ok(())
    });
    let reselection = task(beat("reselection", minute));
    process.spawn("reselection", move |_| async move {
        reselection.reselect().await;
        Ok(())
    });
}

/// One leased task.
struct Task {
    ingester: Ingester,
    held: watch::Receiver<Option<Held>>,
    beat: Arc<Beat>,
}

impl Ingester {
    /// Takes the lease and keeps it until the process stops, then gives it back.
    async fn keep_lease(&self, sender: &watch::Sender<Option<Held>>, beat: &Beat) {
        let (mut seize, mut renewed) = (self.settings.seize, Instant::now());
        loop {
            match self.lease(seize).await {
                Ok(held) => {
                    (seize, renewed) = (false, Instant::now());
                    beat.ready();
                    announce(sender, held);
                }
                Err(error) => {
                    tracing::warn!(error = joined_text(&error), "the lease cannot be renewed");
                    // Alive: a store that is away does not come back because this process is started anew.
                    beat.not_ready();
                    beat.alive();
                    if renewed.elapsed() >= self.settings.lease {
                        announce(sender, None);
                    }
                }
            }
            if self.pause(self.settings.lease / 3).await {
                break;
            }
        }
        let held = sender.send_replace(None);
        if let Some(held) = held
            && let Err(error) = self.store.release_lease(&held).await
        {
            tracing::warn!(error = joined_text(&error), "the lease cannot be given back; it ends by itself");
        }
    }

    /// Takes or renews the lease, and says that this process is alive.
    ///
    /// # Errors
    /// What the store says.
    pub async fn lease(&self, seize: bool) -> Result<Option<Held>, StoreError> {
        let (store, settings) = (&self.store, &self.settings);
        let beat = store::Beat {
            name: settings.holder.clone(),
            role: settings.role.clone(),
            registry_version: store.registry_version().await?,
            schema: registry::SCHEMA,
        };
        store.beat(&beat).await?;
        if seize {
            return store.seize_lease(LEASE, &settings.holder, settings.lease).await.map(Some);
        }
        store.take_lease(LEASE, &settings.holder, settings.lease).await
    }

    /// Waits, and says whether the process stops.
    async fn pause(&self, pause: Duration) -> bool {
        tokio::select! {
            () = self.cancel.cancelled() => true,
            () = tokio::time::sleep(pause) => false,
        }
    }
}

impl Task {
    /// Waits until the lease is held; `None` when the process stops.
    async fn leased(&mut self) -> Option<Held> {
        loop {
            if self.ingester.cancel.is_cancelled() {
                return None;
            }
            self.beat.ready();
            let held = self.held.borrow_and_update().clone();
            if held.is_some() {
                return held;
            }
            // A process that waits for the lease is alive.
            let waited = tokio::time::timeout(AFTER_FAILURE, self.held.changed());
            tokio::select! {
                () = self.ingester.cancel.cancelled() => return None,
                _ = waited => {}
            }
        }
    }

    async fn sweep(mut self) {
        let mut sweeper = Sweeper::default();
        while let Some(held) = self.leased().await {
            let swept = sweeper.sweep(&self.ingester, &held, &self.beat).await;
            let pause = paused("sweep", swept.map(|()| self.ingester.settings.sweep_every));
            self.ingester.pause(pause).await;
        }
    }

    async fn feed(mut self) {
        let mut feeder = Feeder::default();
        while let Some(_held) = self.leased().await {
            let pause = paused("feeder", feeder.pass(&self.ingester).await);
            self.ingester.pause(pause).await;
        }
    }

    async fn tend(mut self) {
        let mut tender = Tender::default();
        while let Some(held) = self.leased().await {
            let pause = paused("tend", tender.pass(&self.ingester, &held).await);
            self.ingester.pause(pause).await;
        }
    }

    async fn reselect(mut self) {
        let mut reselector = Reselector::default();
        while let Some(held) = self.leased().await {
            let pause = paused("reselection", reselector.pass(&self.ingester, &held).await);
            self.ingester.pause(pause).await;
        }
    }
}

fn announce(sender: &watch::Sender<Option<Held>>, held: Option<Held>) {
    sender.send_if_modified(|now| {
        let epoch = |held: &Option<Held>| held.as_ref().map(|held| held.epoch);
        if epoch(now) != epoch(&held) {
            if let Some(held) = &held {
                tracing::info!(epoch = held.epoch, "this process holds the lease of the ingester");
            } else {
                tracing::warn!("another process holds the lease of the ingester");
            }
        }
        let modified = *now != held;
        *now = held;
        modified
    });
}

fn paused<E: std::error::Error>(task: &'static str, passed: Result<Duration, E>) -> Duration {
    passed.unwrap_or_else(|error| {
        tracing::warn!(task, error = joined_text(&error), "a pass failed and is tried again");
        AFTER_FAILURE
    })
}
