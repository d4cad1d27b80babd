//! What all doors received, in order, with a bell for those who wait.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{broadcast, watch};

use super::{Received, Refusal, Refused};

/// How many arrivals a slow follower may lag behind.
const FOLLOWERS_LAG: usize = 4096;

pub(super) struct Ledger {
    book: Mutex<Book>,
    /// Rung at each arrival.
    bell: watch::Sender<()>,
    followers: broadcast::Sender<Received>,
    sunk: AtomicU64,
}

#[derive(Default)]
pub(super) struct Book {
    pub(super) received: Vec<Received>,
    pub(super) refused: Vec<Refused>,
    /// Path and id of what was accepted.
    pub(super) accepted: HashSet<(String, String)>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        let (bell, followers) = (watch::Sender::new(()), broadcast::Sender::new(FOLLOWERS_LAG));
        Self { book: Mutex::default(), bell, followers, sunk: AtomicU64::new(0) }
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an arrival and says whether it was a duplicate.
    pub(super) fn keep(&self, mut received: Received, accepted: bool) -> Received {
        {
            let mut book = self.book();
            let key = (received.path.clone(), received.id.clone());
            received.accepted = accepted;
            received.duplicate = book.accepted.contains(&key);
            if accepted {
                book.accepted.insert(key);
            }
            book.received.push(received.clone());
        }
        self.bell.send_replace(());
        // nobody may be following
        self.followers.send(received.clone()).ok();
        received
    }

    pub(super) fn refuse(&self, path: &str, refusal: Refusal) {
        self.book().refused.push(Refused { path: path.to_owned(), refusal });
        self.bell.send_replace(());
    }

    pub(super) fn sink(&self) {
        self.sunk.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn sunk(&self) -> u64 {
        self.sunk.load(Ordering::Relaxed)
    }

    pub(super) fn bell(&self) -> watch::Receiver<()> {
        self.bell.subscribe()
    }

    pub(super) fn follow(&self) -> broadcast::Receiver<Received> {
        self.followers.subscribe()
    }
}
