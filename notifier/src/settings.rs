//! How a notifier works; what consumers want stands in the registry.

use std::time::Duration;

/// How a notifier works. The defaults are right but for the name.
#[derive(Debug, Clone)]
pub struct Settings {
    /// unique name of this process, as attempts and heart-beats record it
    pub name: String,
    /// what heart-beats call it: `notifier`, or `standalone` where one process is everything
    pub role: String,
    /// heads and completions per transaction at most
    pub batch: usize,
    /// how long a batch that is not full waits for more
    pub linger: Duration,
    /// how often registry, consumer states and secrets are looked at
    pub poll: Duration,
    /// how often an open breaker is probed
    pub probe_every: Duration,
    /// a longer pause empties the consumer's queue
    pub short_pause: Duration,
    /// how long finishing may take after the shutdown began
    pub drain: Duration,
}

impl Settings {
    /// The defaults under this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            role: "notifier".to_owned(),
            batch: 100,
            linger: Duration::from_millis(5),
            poll: Duration::from_secs(1),
            probe_every: Duration::from_mins(1),
            short_pause: Duration::from_mins(1),
            drain: Duration::from_secs(40),
        }
    }
}
