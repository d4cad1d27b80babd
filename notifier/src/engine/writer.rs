//! One completion writer per process: what became of heads of all consumers, in one transaction a batch.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, Message};
use runtime::Beat;
use store::{Completion, Store};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::batch::{Pauses, causes, gather};
use super::shared::View;
use crate::Settings;

/// Where to record what became of a head.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    requests: mpsc::Sender<Request>,
}

#[derive(Debug)]
pub(super) struct Request {
    completion: Completion,
    answer: oneshot::Sender<()>,
}

/// The writer is gone, and the completion may not be recorded.
#[derive(Debug)]
pub(super) struct NotRecorded;

impl Writer {
    pub(super) fn new(batch: usize) -> (Self, mpsc::Receiver<Request>) {
        let (requests, queue) = mpsc::channel(batch * 2);
        (Self { requests }, queue)
    }

    /// Returns when the completion is committed and the lane's next head is published: now the message may be acknowledged.
    pub(super) async fn complete(&self, completion: Completion) -> Result<(), NotRecorded> {
        let (answer, recorded) = oneshot::channel();
        self.requests.send(Request { completion, answer }).await.map_err(|_| NotRecorded)?;
        recorded.await.map_err(|_| NotRecorded)
    }
}

/// Records until `shutdown`. Never waits for anything but the store and the bus.
pub(super) async fn run(
    mut queue: mpsc::Receiver<Request>,
    store: Store,
    bus: Bus,
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
                record(batch, &store, &bus, &view, &beat).await;
            }
        }
    }
}

async fn record(batch: Vec<Request>, store: &Store, bus: &Bus, view: &View, beat: &Beat) {
    let (completions, answers): (Vec<_>, Vec<_>) = batch.into_iter().map(|r| (r.completion, r.answer)).unzip();
    let mut pauses = Pauses::new();
    let next = loop {
        beat.alive();
        match store.complete(&completions, &view.deliverable()).await {
            Ok(next) => break next,
            Err(error) => pauses.after("complete", &error).await,
        }
    };
    let messages: Vec<Message> = next.into_iter().map(Message::from).collect();
    if let Err(error) = bus.publish(&messages).await {
        // the lanes are queued in the store: row 13 publishes them again
        tracing::warn!(error = causes(&error), messages = messages.len(), "messages could not be published");
    }
    for answer in answers {
        let _ = answer.send(());
    }
}
