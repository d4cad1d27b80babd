//! When an endpoint counts as down: the breaker's rule over the latest attempts at one consumer. Pure; the open breaker itself
//! stands in the store, where every process sees it.

use std::collections::{BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use store::PersonId;

const WINDOW_SECONDS: i64 = 60;
const LEAST_ATTEMPTS: u32 = 10;
const LEAST_PERSONS: usize = 5;
const LEAST_FAILED_PERCENT: u32 = 70;
const LEAST_IN_A_ROW: u32 = 3;
const LONGEST_WITHOUT_SUCCESS: SignedDuration = SignedDuration::from_mins(10);

/// The latest attempts at one consumer, counted by the second: its size is bounded whatever the rate.
#[derive(Debug, Clone)]
pub struct Breaker {
    seconds: VecDeque<Second>,
    failed_in_a_row: u32,
    last_success: Timestamp,
}

#[derive(Debug, Clone)]
struct Second {
    at: i64,
    attempts: u32,
    failed: u32,
    /// at most [`LEAST_PERSONS`]: more are not needed to know that there are enough
    persons: BTreeSet<PersonId>,
}

/// What one attempt said about the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// a 2xx
    Success,
    /// another status: the endpoint is there
    Answer,
    /// no status line, a TLS error, or 502 to 504
    TransportFailure,
}

impl Breaker {
    /// Nothing tried yet. `since` is the latest known success, or when this process first looked.
    #[must_use]
    pub fn new(since: Timestamp) -> Self {
        Self { seconds: VecDeque::new(), failed_in_a_row: 0, last_success: since }
    }

    /// Takes one attempt in and says whether the breaker must be open from now on: at least 10 attempts on at least 5 persons in the
    /// last 60 seconds of which at least 70 % were transport failures, or 3 transport failures in a row without success for 10 minutes.
    pub fn observe(&mut self, now: Timestamp, person: PersonId, sign: Sign) -> bool {
        // a clock that was set back: a stored time after now is treated as now
        self.last_success = self.last_success.min(now);
        match sign {
            Sign::Success => {
                self.last_success = now;
                self.failed_in_a_row = 0;
            }
            Sign::Answer => self.failed_in_a_row = 0,
            Sign::TransportFailure => self.failed_in_a_row = self.failed_in_a_row.saturating_add(1),
        }
        self.count(now.as_second(), person, sign);
        sign == Sign::TransportFailure && (self.mostly_failed() || self.long_without_success(now))
    }

    /// Forgets the attempts, after the breaker was opened or closed: the next decision needs new ones.
    pub fn reset(&mut self, now: Timestamp) {
        *self = Self::new(now);
    }

    fn count(&mut self, second: i64, person: PersonId, sign: Sign) {
        self.seconds.retain(|s| (second - WINDOW_SECONDS + 1..=second).contains(&s.at));
        if self.seconds.back().is_none_or(|s| s.at != second) {
            self.seconds.push_back(Second { at: second, attempts: 0, failed: 0, persons: BTreeSet::new() });
        }
        if let Some(bucket) = self.seconds.back_mut() {
            bucket.attempts += 1;
            bucket.failed += u32::from(sign == Sign::TransportFailure);
            if bucket.persons.len() < LEAST_PERSONS {
                bucket.persons.insert(person);
            }
        }
    }

    fn mostly_failed(&self) -> bool {
        let attempts: u32 = self.seconds.iter().map(|s| s.attempts).sum();
        let failed: u32 = self.seconds.iter().map(|s| s.failed).sum();
        let persons: BTreeSet<_> = self.seconds.iter().flat_map(|s| &s.persons).collect();
        attempts >= LEAST_ATTEMPTS
            && persons.len() >= LEAST_PERSONS
            && u64::from(failed) * 100 >= u64::from(attempts) * u64::from(LEAST_FAILED_PERCENT)
    }

    fn long_without_success(&self, now: Timestamp) -> bool {
        self.failed_in_a_row >= LEAST_IN_A_ROW && now.duration_since(self.last_success) >= LONGEST_WITHOUT_SUCCESS
    }
}

#[cfg(test)]
mod tests;
