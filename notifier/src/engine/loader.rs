//! One loader per process: heads of all consumers in one statement.

use std::sync::Arc;
use std::time::Duration;

use runtime::Beat;
use store::{Head, Loaded, Store};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::batch::{Pauses, gather};
use super::shared::{Current, View};
use crate::Settings;

/// Where to ask for a head.
#[derive(Debug, Clone)]
pub(super) struct Loader {
    requests: mpsc::Sender<Request>,
}

/// A head to send, with the registry to project it by.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) loaded: Loaded,
    pub(super) current: Arc<Current>,
}

#[derive(Debug)]
pub(super) struct Request {
    head: Head,
    answer: oneshot::Sender<Option<Ready>>,
}

/// The loader is gone: the process is stopping, and nothing was loaded.
#[derive(Debug)]
pub(super) struct Stopped;

impl Loader {
    pub(super) fn new(batch: usize) -> (Self, mpsc::Receiver<Request>) {
        let (requests, queue) = mpsc::channel(batch * 2);
        (Self { requests }, queue)
    }

    /// Loads one head; `None` for a stale copy (row 12).
    pub(super) async fn load(&self, head: Head) -> Result<Option<Ready>, Stopped> {
        let (answer, ready) = oneshot::channel();
        self.requests.send(Request { head, answer }).await.map_err(|_| Stopped)?;
        ready.await.map_err(|_| Stopped)
    }
}

/// Answers requests until `shutdown`. Never waits for anything but the store.
pub(super) async fn run(
    mut queue: mpsc::Receiver<Request>,
    store: Store,
    view: Arc<View>,
    settings: Settings,
    beat: Beat,
    shutdown: CancellationToken,
) {
    let mut idle = tokio::time::interval(Duration::from_secs(5));
    beat.ready();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = idle.tick() => beat.alive(),
            first = queue.recv() => {
                let Some(first) = first else { return };
                let batch = gather(first, &mut queue, settings.batch, settings.linger).await;
                answer(batch, &store, &view, &beat).await;
            }
        }
    }
}

async fn answer(batch: Vec<Request>, store: &Store, view: &View, beat: &Beat) {
    let heads: Vec<_> = batch.iter().map(|request| request.head).collect();
    let mut pauses = Pauses::new();
    let (found, current) = loop {
        beat.alive();
        match load(&heads, store, view).await {
            Ok(found) => break found,
            Err(error) => pauses.after("load", &error).await,
        }
    };
    for (request, loaded) in batch.into_iter().zip(found) {
        if let Some(loaded) = &loaded {
            view.loaded(loaded.head.consumer, loaded.queued_at);
        }
        let ready = loaded.map(|loaded| Ready { loaded, current: Arc::clone(&current) });
        // a requester that stopped waiting has given its message back
        let _ = request.answer.send(ready);
    }
}

/// Loads, and reads the registry anew if the heads show another version, so that a revoked right ends with this batch.
async fn load(
    heads: &[Head],
    store: &Store,
    view: &View,
) -> Result<(Vec<Option<Loaded>>, Arc<Current>), store::StoreError> {
    let found = store.load(heads).await?;
    let in_use = view.current().version;
    if found.iter().flatten().any(|loaded| loaded.registry_version != in_use) {
        view.refresh_registry().await?;
    }
    Ok((found, view.current()))
}
