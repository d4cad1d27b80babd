//! What all workers share: the registry in use, the consumers' states, the clock, and the ways to load and to record.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bus::Bus;
use jiff::Timestamp;
use registry::{ConsumerId, Registry};
use runtime::Chance;
use store::{ConsumerState, Store, StoreError};
use tokio::sync::watch;

use super::batch::Pauses;
use super::loader::Loader;
use super::writer::Writer;
use crate::Settings;
use crate::envelope::Origin;

/// One version of the registry.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) version: i64,
    pub(super) registry: Registry,
}

/// The consumers' states at one time.
#[derive(Debug)]
pub(super) struct States {
    pub(super) now: Timestamp,
    pub(super) by_consumer: HashMap<ConsumerId, ConsumerState>,
}

/// The registry and states as last read; the loader may read the registry anew between two looks of the supervisor.
pub(super) struct View {
    store: Store,
    current: watch::Sender<Arc<Current>>,
    states: watch::Sender<Arc<States>>,
    /// consumers that may receive from here, as the store's `deliverable` wants them
    deliverable: Mutex<Arc<BTreeSet<ConsumerId>>>,
    /// the highest `queued_at` loaded, by consumer
    drained: Mutex<HashMap<ConsumerId, Timestamp>>,
}

pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) store: Store,
    pub(super) bus: Bus,
    pub(super) chance: Chance,
    pub(super) origin: Origin,
    pub(super) view: Arc<View>,
    pub(super) loader: Loader,
    pub(super) writer: Writer,
}

impl Shared {
    /// The store's time. It is carried on between reads, so that only a store that is away makes this wait.
    pub(super) async fn now(&self) -> Timestamp {
        self.view.now().await
    }
}

impl View {
    pub(super) async fn read(store: &Store, installation: &str) -> Result<Self, StoreError> {
        let current = current(store, installation).await?;
        let states = states(store).await?;
        Ok(Self {
            store: store.clone(),
            current: watch::Sender::new(Arc::new(current)),
            states: watch::Sender::new(Arc::new(states)),
            deliverable: Mutex::default(),
            drained: Mutex::default(),
        })
    }

    pub(super) fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current.borrow())
    }

    pub(super) fn watch_current(&self) -> watch::Receiver<Arc<Current>> {
        self.current.subscribe()
    }

    pub(super) fn states(&self) -> watch::Receiver<Arc<States>> {
        self.states.subscribe()
    }

    /// Reads the registry if its version differs from the one in use; true if it did.
    pub(super) async fn refresh_registry(&self) -> Result<bool, StoreError> {
        let in_use = self.current();
        if self.store.registry_version().await?.is_none_or(|version| version == in_use.version) {
            return Ok(false);
        }
        let read = current(&self.store, &in_use.registry.installation).await?;
        tracing::info!(version = read.version, "using another version of the registry");
        self.current.send_replace(Arc::new(read));
        Ok(true)
    }

    /// Reads the states of all consumers.
    pub(super) async fn refresh_states(&self) -> Result<(), StoreError> {
        self.states.send_replace(Arc::new(states(&self.store).await?));
        Ok(())
    }

    pub(super) async fn now(&self) -> Timestamp {
        let mut pauses = Pauses::new();
        loop {
            match self.store.now().await {
                Ok(now) => return now,
                Err(error) => pauses.after("time", &error).await,
            }
        }
    }

    pub(super) fn deliverable(&self) -> Arc<BTreeSet<ConsumerId>> {
        Arc::clone(&lock(&self.deliverable))
    }

    pub(super) fn set_deliverable(&self, consumers: BTreeSet<ConsumerId>) {
        *lock(&self.deliverable) = Arc::new(consumers);
    }

    pub(super) fn loaded(&self, consumer: ConsumerId, queued_at: Timestamp) {
        let mut drained = lock(&self.drained);
        let highest = drained.entry(consumer).or_insert(queued_at);
        *highest = queued_at.max(*highest);
    }

    /// The highest `queued_at` loaded since the last call, by consumer.
    pub(super) fn take_drained(&self) -> HashMap<ConsumerId, Timestamp> {
        std::mem::take(&mut *lock(&self.drained))
    }
}

/// The maps are whole after each statement, so a lock poisoned by a panic elsewhere is taken as it is.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn current(store: &Store, installation: &str) -> Result<Current, StoreError> {
    Ok(match store.current_registry().await? {
        Some(current) => Current { version: current.version, registry: current.registry },
        None => Current { version: 0, registry: Registry::empty(installation) },
    })
}

async fn states(store: &Store) -> Result<States, StoreError> {
    let by_consumer = store.consumer_states().await?.into_iter().map(|state| (state.consumer, state)).collect();
    Ok(States { now: store.now().await?, by_consumer })
}
