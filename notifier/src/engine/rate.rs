//! Requests a second, as a bucket of tokens.

use std::time::Duration;

use tokio::time::Instant;

/// Lets a given number of requests a second pass; what was not used in the last tenth of a second may be caught up.
#[derive(Debug)]
pub(super) struct Rate {
    interval: Duration,
    burst: Duration,
    /// when the bucket would be empty again if nothing more was taken
    spent_until: Instant,
}

impl Rate {
    pub(super) fn per_second(requests: u32, now: Instant) -> Self {
        let interval = Duration::from_secs(1) / requests.max(1);
        let burst = interval.max(Duration::from_millis(100));
        Self { interval, burst, spent_until: now }
    }

    /// When the next request may go.
    pub(super) fn ready_at(&self) -> Instant {
        let ahead = self.burst.saturating_sub(self.interval);
        self.spent_until.checked_sub(ahead).unwrap_or(self.spent_until)
    }

    /// One request goes.
    pub(super) fn take(&mut self, now: Instant) {
        self.spent_until = self.spent_until.max(now) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many requests pass in ten seconds when asked every millisecond.
    fn passed(requests: u32) -> u32 {
        let start = Instant::now();
        let mut rate = Rate::per_second(requests, start);
        let mut count = 0;
        for millis in 0..10_000 {
            let now = start + Duration::from_millis(millis);
            while rate.ready_at() <= now {
                rate.take(now);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn the_rate_is_kept() {
        for requests in [1, 3, 50, 1000, 20_000] {
            let allowed = requests * 10;
            let count = passed(requests);
            assert!(count >= allowed - 1 && count <= allowed + requests.div_ceil(10) + 1, "{requests}: {count}");
        }
    }

    #[test]
    fn idle_time_is_not_saved_up() {
        let start = Instant::now();
        let mut rate = Rate::per_second(10, start);
        let later = start + Duration::from_hours(1);
        let mut burst = 0;
        while rate.ready_at() <= later {
            rate.take(later);
            burst += 1;
        }
        assert_eq!(burst, 1);
    }
}
