//! All workers: compared with the registry and the secrets, started, replaced and stopped.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use registry::{Consumer, ConsumerId};
use runtime::Secrets;
use rustls::RootCertStore;
use store::StoreError;
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::batch::causes;
use super::flight::Craft;
use super::shared::{Current, Shared};
use super::worker::{self, WorkerError};
use crate::breaker::Breaker;
use crate::connect::{Credentials, Endpoint, EndpointError, Missing};

pub(super) struct Fleet {
    shared: Arc<Shared>,
    secrets: Secrets,
    roots: Arc<RootCertStore>,
    pub(super) workers: JoinSet<Result<(), WorkerError>>,
    running: HashMap<ConsumerId, Running>,
    /// workers that were told to stop and may still have flights
    stopping: Vec<(ConsumerId, AbortHandle)>,
    /// kept over replacements of a worker
    breakers: HashMap<ConsumerId, Arc<Mutex<Breaker>>>,
    /// suspended consumers whose lanes were put back to waiting
    put_back: HashSet<ConsumerId>,
    /// consumers that cannot be called from here, and why, said once
    unusable: HashMap<ConsumerId, String>,
    /// the registry version whose revisions were compared with `gone`
    revived: Option<i64>,
}

struct Running {
    consumer: Arc<Consumer>,
    credentials: Credentials,
    stop: CancellationToken,
    task: AbortHandle,
}

/// Why a consumer has no worker.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error(transparent)]
    Missing(#[from] Missing),
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

type Read = Vec<(Consumer, Result<Credentials, Missing>)>;

impl Fleet {
    pub(super) fn new(shared: Arc<Shared>, secrets: Secrets, roots: Arc<RootCertStore>) -> Self {
        Self {
            shared,
            secrets,
            roots,
            workers: JoinSet::new(),
            running: HashMap::new(),
            stopping: Vec::new(),
            breakers: HashMap::new(),
            put_back: HashSet::new(),
            unusable: HashMap::new(),
            revived: None,
        }
    }

    /// Makes the workers equal to the registry in use and the secrets as they stand.
    pub(super) async fn reconcile(&mut self) {
        let current = self.shared.view.current();
        let Some(read) = self.read_secrets(&current).await else { return };
        self.stopping.retain(|(_, task)| !task.is_finished());
        self.remove_missing(&current).await;
        for (consumer, credentials) in read {
            let id = consumer.id;
            if consumer.suspend {
                self.stop(id);
                self.put_back(id).await;
                continue;
            }
            self.put_back.remove(&id);
            match credentials.map_err(Unusable::from).and_then(|credentials| self.keep(consumer, credentials)) {
                Ok(()) => {
                    self.unusable.remove(&id);
                }
                Err(why) => {
                    self.stop(id);
                    self.say_once(id, &current, &why);
                }
            }
        }
        self.shared.view.set_deliverable(self.running.keys().copied().collect::<BTreeSet<_>>());
    }

    /// Files are read beside the tasks that deliver.
    async fn read_secrets(&self, current: &Arc<Current>) -> Option<Read> {
        let (secrets, current) = (self.secrets.clone(), Arc::clone(current));
        let read = move || -> Read {
            let consumers = current.registry.consumers.iter();
            consumers.map(|consumer| (consumer.clone(), Credentials::read(consumer, &secrets))).collect()
        };
        tokio::task::spawn_blocking(read).await.ok()
    }

    /// A worker with this declaration and these credentials; one with others is replaced.
    fn keep(&mut self, consumer: Consumer, credentials: Credentials) -> Result<(), Unusable> {
        let same = |running: &Running| *running.consumer == consumer && running.credentials == credentials;
        if self.running.get(&consumer.id).is_some_and(same) {
            return Ok(());
        }
        let endpoint = Endpoint::new(&consumer, &credentials, &self.roots)?;
        self.stop(consumer.id);
        let now = self.shared.view.states().borrow().now;
        let breaker = self.breakers.entry(consumer.id).or_insert_with(|| Arc::new(Mutex::new(Breaker::new(now))));
        let consumer = Arc::new(consumer);
        let craft = Craft {
            shared: Arc::clone(&self.shared),
            consumer: Arc::clone(&consumer),
            endpoint,
            breaker: Arc::clone(breaker),
            tripped: Arc::new(AtomicBool::new(false)),
        };
        let stop = CancellationToken::new();
        let task = self.workers.spawn(worker::run(craft, stop.clone()));
        self.running.insert(consumer.id, Running { consumer, credentials, stop, task });
        Ok(())
    }

    fn stop(&mut self, consumer: ConsumerId) {
        if let Some(running) = self.running.remove(&consumer) {
            running.stop.cancel();
            self.stopping.push((consumer, running.task));
        }
    }

    pub(super) fn stop_all(&mut self) {
        for consumer in self.running.keys().copied().collect::<Vec<_>>() {
            self.stop(consumer);
        }
    }

    /// Row 15: the lanes of a removed consumer are the ingester's to withdraw; here its worker and queue go.
    async fn remove_missing(&mut self, current: &Current) {
        let gone = |id: &ConsumerId| current.registry.consumer(*id).is_none();
        let known: BTreeSet<_> =
            self.breakers.keys().chain(self.unusable.keys()).chain(&self.put_back).copied().collect();
        for id in known.into_iter().filter(gone) {
            self.stop(id);
            self.breakers.remove(&id);
            self.unusable.remove(&id);
            self.put_back.remove(&id);
            if let Err(error) = self.shared.bus.remove(id).await {
                tracing::warn!(error = causes(&error), "the queue of a removed consumer could not be deleted");
            }
        }
    }

    /// Row 9, suspend: once the flights are over, what is queued waits in the store.
    async fn put_back(&mut self, consumer: ConsumerId) {
        let flying = self.stopping.iter().any(|(id, _)| *id == consumer);
        if flying || self.put_back.contains(&consumer) {
            return;
        }
        let done = self.shared.store.requeue_later(consumer).await;
        match done {
            Ok(_) => {
                self.put_back.insert(consumer);
            }
            Err(error) => tracing::warn!(error = causes(&error), "a suspended consumer's lanes could not be put back"),
        }
        if let Err(error) = self.shared.bus.purge(consumer).await {
            tracing::warn!(error = causes(&error), "a suspended consumer's queue could not be emptied");
        }
    }

    fn say_once(&mut self, id: ConsumerId, current: &Current, why: &Unusable) {
        let text = causes(why);
        if self.unusable.get(&id) != Some(&text) {
            let object = current.registry.consumer(id).map(|consumer| consumer.object.to_string());
            tracing::warn!(consumer = object, why = text, "a consumer cannot be called from here; its advisories wait");
            self.unusable.insert(id, text);
        }
    }

    /// Ends `gone` where the declaration changed since; once per registry version.
    pub(super) async fn revive(&mut self) -> Result<(), StoreError> {
        let current = self.shared.view.current();
        if self.revived == Some(current.version) {
            return Ok(());
        }
        let revisions: Vec<_> = current.registry.consumers.iter().map(|c| (c.id, c.revision.clone())).collect();
        self.shared.store.revive(&revisions).await?;
        self.revived = Some(current.version);
        Ok(())
    }

    /// Tells the store how far the queues are drained: for row 13.
    pub(super) async fn report_drained(&self) -> Result<(), StoreError> {
        // read before the depth: a queue that is empty now held nothing that was queued before
        let now = self.shared.now().await;
        let mut drained = self.shared.view.take_drained();
        for id in self.running.keys() {
            if self.shared.bus.depth(*id).await.is_ok_and(|depth| depth == 0) {
                drained.insert(*id, now);
            }
        }
        let mut drained: Vec<_> = drained.into_iter().collect();
        drained.sort_unstable();
        self.shared.store.drained(&drained).await
    }
}
