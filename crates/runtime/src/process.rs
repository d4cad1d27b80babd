//! The tasks of a process: each has a name, and none ends unnoticed.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::Health;

/// How long a stopping process waits for its tasks.
pub(crate) const DRAIN: Duration = Duration::from_secs(45);

/// A running process: its tasks, its health and its end. Clones are handles to the same process.
///
/// `shutdown` is a child of `failed`: cancelling `failed` stops every task and says that the process failed; cancelling `shutdown`
/// stops every task in order. Each task holds a drop guard of `failed`, disarmed only when it ends in order, so that a panic, an
/// error and an early return all stop the process.
#[derive(Debug, Clone)]
pub struct Process {
    failed: CancellationToken,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    health: Health,
}

impl Process {
    pub(crate) fn new(health: Health) -> Self {
        let failed = CancellationToken::new();
        let shutdown = failed.child_token();
        Self { failed, shutdown, tasks: TaskTracker::new(), health }
    }

    /// Starts a task that runs until its token is cancelled. A task that ends before, errs or panics stops the process with exit
    /// code 1; a task that finishes the whole process's work calls [`Process::stop`] first.
    pub fn spawn<F, Fut>(&self, name: &'static str, task: F)
    where
        F: FnOnce(CancellationToken) -> Fut,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let guard = self.failed.clone().drop_guard();
        let shutdown = self.shutdown.clone();
        let work = task(shutdown.clone());
        let watched = async move {
            match work.await {
                Ok(()) if shutdown.is_cancelled() => {
                    guard.disarm();
                }
                Ok(()) => tracing::error!(task = name, "the task ended before the process did"),
                Err(error) => tracing::error!(task = name, error = joined(&error), "the task failed"),
            }
        };
        self.tasks.spawn(watched.instrument(tracing::info_span!("task", name)));
    }

    /// The health that probes see; long tasks register a beat.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Cancelled when the process begins to stop.
    #[must_use]
    pub fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// Stops the process in order, with exit code 0 if every task then ends in order: the work is done.
    pub fn stop(&self) {
        self.shutdown.cancel();
    }

    pub(crate) fn fail(&self) {
        self.failed.cancel();
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.is_cancelled()
    }

    /// Waits until every task has ended.
    pub(crate) async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// An error with its causes in one line.
pub(crate) fn joined(error: &anyhow::Error) -> String {
    format!("{error:#}")
}
