//! Gathering single requests into batches, and trying a batch until the store takes it.

use std::time::Duration;

use store::StoreError;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// After the `first` request, waits for more of them until there are `most` or `linger` is over. Not to be dropped half-way: what was
/// gathered would be lost.
pub(super) async fn gather<T>(first: T, queue: &mut mpsc::Receiver<T>, most: usize, linger: Duration) -> Vec<T> {
    let mut batch = Vec::with_capacity(most);
    batch.push(first);
    let deadline = Instant::now() + linger;
    while batch.len() < most {
        match timeout_at(deadline, queue.recv()).await {
            Ok(Some(request)) => batch.push(request),
            Ok(None) | Err(_) => break,
        }
    }
    batch
}

/// The wait between two tries; doubles up to five seconds.
pub(super) struct Pauses {
    next: Duration,
}

impl Pauses {
    pub(super) fn new() -> Self {
        Self { next: FIRST_PAUSE }
    }

    /// Says why and waits.
    pub(super) async fn after(&mut self, what: &'static str, error: &StoreError) {
        tracing::warn!(what, error = causes(error), "the store did not answer; trying again");
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(LONGEST_PAUSE);
    }
}

/// An error with its causes in one line.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_batch_is_full_or_waited_for_long_enough() {
        let (sender, mut queue) = mpsc::channel(100);
        for n in 0..7 {
            sender.send(n).await.unwrap();
        }
        let (short, long) = (Duration::from_millis(5), Duration::from_hours(1));
        assert_eq!(gather(9, &mut queue, 4, long).await, [9, 0, 1, 2], "a full batch waits for nothing");
        assert_eq!(gather(9, &mut queue, 9, short).await, [9, 3, 4, 5, 6], "a batch waits no longer than it may");
        drop(sender);
        assert_eq!(gather(9, &mut queue, 4, long).await, [9], "nobody can send any more");
    }
}
