//! Health of a process: which of its parts are ready, and which still make progress.

mod server;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use server::{HealthServer, serve};

/// A part that says nothing for longer than this is not alive, unless it asked for another limit.
pub const DEFAULT_LIMIT: Duration = Duration::from_mins(1);

/// The health of one process; clones share it.
#[derive(Debug, Clone)]
pub struct Health {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    origin: Instant,
    started: AtomicBool,
    stopping: AtomicBool,
    parts: Mutex<Vec<Arc<Part>>>,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    limit: Duration,
    ready: AtomicBool,
    ended: AtomicBool,
    last: AtomicU64,
}

/// The sign of life of one part. A part whose beat is dropped has ended and is asked no more.
#[derive(Debug)]
pub struct Beat {
    part: Arc<Part>,
    origin: Instant,
}

/// One question about health, answered: whether all is well, and the names of the parts that are not.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Answer {
    /// whether all is well
    pub ok: bool,
    /// names of the parts that are not well
    pub failing: Vec<&'static str>,
}

impl Health {
    /// A process that has not started yet and has no parts.
    #[must_use]
    pub fn new() -> Self {
        let shared = Shared {
            origin: Instant::now(),
            started: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            parts: Mutex::new(Vec::new()),
        };
        Self { shared: Arc::new(shared) }
    }

    /// A part that must show progress at least once a minute and is not ready yet.
    #[must_use]
    pub fn register(&self, name: &'static str) -> Beat {
        self.register_with(name, DEFAULT_LIMIT)
    }

    /// A part that must show progress at least once in `limit` and is not ready yet.
    #[must_use]
    pub fn register_with(&self, name: &'static str, limit: Duration) -> Beat {
        let part = Arc::new(Part {
            name,
            limit,
            ready: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            last: AtomicU64::new(self.elapsed()),
        });
        self.parts().push(Arc::clone(&part));
        Beat { part, origin: self.shared.origin }
    }

    /// Every part made progress within its limit.
    #[must_use]
    pub fn live(&self) -> Answer {
        self.live_at(self.elapsed())
    }

    /// The process has started, is not stopping, and every part is ready.
    #[must_use]
    pub fn ready(&self) -> Answer {
        let failing: Vec<_> =
            self.parts().iter().filter(|p| !p.ready.load(Ordering::Relaxed)).map(|p| p.name).collect();
        let up = self.shared.started.load(Ordering::Relaxed) && !self.shared.stopping.load(Ordering::Relaxed);
        Answer { ok: up && failing.is_empty(), failing }
    }

    /// Everything was started once.
    #[must_use]
    pub fn started(&self) -> Answer {
        Answer { ok: self.shared.started.load(Ordering::Relaxed), failing: Vec::new() }
    }

    pub(crate) fn set_started(&self) {
        self.shared.started.store(true, Ordering::Relaxed);
    }

    pub(crate) fn set_stopping(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
    }

    fn live_at(&self, elapsed: u64) -> Answer {
        let late = |part: &&Arc<Part>| {
            let silent = elapsed.saturating_sub(part.last.load(Ordering::Relaxed));
            Duration::from_millis(silent) > part.limit
        };
        let failing: Vec<_> = self.parts().iter().filter(late).map(|p| p.name).collect();
        Answer { ok: failing.is_empty(), failing }
    }

    fn elapsed(&self) -> u64 {
        millis(self.shared.origin)
    }

    fn parts(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Part>>> {
        let mut parts = self.shared.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|p| !p.ended.load(Ordering::Relaxed));
        parts
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

impl Beat {
    /// The part made progress just now.
    pub fn alive(&self) {
        self.part.last.store(millis(self.origin), Ordering::Relaxed);
    }

    /// The part does its work from now on; also a sign of life.
    pub fn ready(&self) {
        self.alive();
        self.part.ready.store(true, Ordering::Relaxed);
    }

    /// The part cannot do its work for now.
    pub fn not_ready(&self) {
        self.part.ready.store(false, Ordering::Relaxed);
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.part.ended.store(true, Ordering::Relaxed);
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_part_is_not_alive() {
        let health = Health::new();
        let loader = health.register_with("loader", Duration::from_secs(10));
        let _writer = health.register_with("writer", Duration::from_secs(100));
        assert!(health.live().ok);
        let answer = health.live_at(50_000);
        assert_eq!(answer, Answer { ok: false, failing: vec!["loader"] });
        drop(loader);
        assert!(health.live_at(50_000).ok, "a part that ended is asked no more");
    }

    #[test]
    fn ready_needs_a_start_and_every_part() {
        let health = Health::new();
        let beat = health.register("loader");
        health.set_started();
        assert_eq!(health.ready(), Answer { ok: false, failing: vec!["loader"] });
        beat.ready();
        assert!(health.ready().ok);
        beat.not_ready();
        assert!(!health.ready().ok);
        beat.ready();
        health.set_stopping();
        assert!(!health.ready().ok, "a stopping process takes no new work");
        assert!(health.live().ok);
    }
}
