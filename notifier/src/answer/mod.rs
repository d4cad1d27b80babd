//! What an answer means: from a status line and its headers, or the lack of them, to what becomes of the advisory. Pure.

mod retry_after;

use std::time::Duration;

use registry::Retry;
use runtime::Chance;

pub use retry_after::retry_after;

/// A consumer that asks for a longer pause than this gets this one.
pub const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// A pause of nothing would be a loop without a brake.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// What came back. The body plays no part: a 2xx with an endless or cut body is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// A status line and headers came.
    Status {
        /// the HTTP status
        status: u16,
        /// the wait that a readable `Retry-After` asks for
        retry_after: Option<Duration>,
    },
    /// No status line came.
    Failed(Failure),
}

/// Why no status line came. Says nothing about the address, so that it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No address, or none that the source allows.
    #[error("the endpoint's address is not among the destinations that the source allows")]
    NotAllowed,
    /// The name has no address.
    #[error("the endpoint's name has no address")]
    NoAddress,
    /// The connection was refused or broke off.
    #[error("the connection failed")]
    Connection,
    /// The certificate or the handshake was not acceptable, to either side.
    #[error("the TLS handshake failed")]
    Tls,
    /// The deadline passed before a status line.
    #[error("no answer within the timeout")]
    Timeout,
    /// What came back is no HTTP.
    #[error("the answer is no HTTP")]
    NotHttp,
}

impl Reply {
    /// Whether the endpoint itself could not be reached: no status line, a TLS error, or a gateway's 502 to 504. A 503 that says
    /// when to come back is an answer of the endpoint.
    #[must_use]
    pub fn is_transport_failure(&self) -> bool {
        match self {
            Self::Failed(_) => true,
            Self::Status { status: 503, retry_after } => retry_after.is_none(),
            Self::Status { status, .. } => matches!(status, 502 | 504),
        }
    }

    /// Whether the advisory arrived.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Status { status: 200..=299, .. })
    }

    /// The HTTP status, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::Failed(_) => None,
        }
    }
}

/// What becomes of the advisory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Row 5: the consumer has it.
    Delivered,
    /// Row 6: again after `delay`; the attempt counts.
    Failed {
        /// how long until the next attempt, jitter included
        delay: Duration,
    },
    /// Row 7: given up.
    Parked(ParkReason),
    /// Row 9: later; the attempt does not count.
    Postponed(Pause),
}

/// Why an advisory was given up after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParkReason {
    /// the last step of the retry schedule failed
    ScheduleSpent,
    /// the consumer declared this status to be final
    FinalStatus,
}

/// Why the whole consumer pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// 410: until its declaration changes or somebody resumes it
    Gone,
    /// 429 or 503 with `Retry-After`
    RetryAfter(Duration),
    /// the endpoint is not reachable; the probe finds out when it is
    BreakerOpen,
}

/// The consumer's rules for failures.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// the schedule and its jitter
    pub retry: &'a Retry,
    /// statuses that end it at once
    pub final_statuses: &'a [u16],
}

/// Decides what an answer means (docs/ARCHITECTURE.md, "The delivery protocol").
///
/// `attempts` is the number of attempts that counted before this one. `breaker_open` tells that the breaker is open, this attempt
/// included: a failure then never counts, so that a dead endpoint parks nothing.
#[must_use]
pub fn decide(reply: &Reply, policy: Policy<'_>, attempts: u32, breaker_open: bool, chance: &Chance) -> Verdict {
    match *reply {
        Reply::Status { status: 200..=299, .. } => return Verdict::Delivered,
        Reply::Status { status: 410, .. } => return Verdict::Postponed(Pause::Gone),
        Reply::Status { status, .. } if policy.final_statuses.contains(&status) => {
            return Verdict::Parked(ParkReason::FinalStatus);
        }
        Reply::Status { status: 429 | 503, retry_after: Some(wait) } => {
            return Verdict::Postponed(Pause::RetryAfter(wait.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)));
        }
        Reply::Status { .. } | Reply::Failed(_) => {}
    }
    if breaker_open {
        return Verdict::Postponed(Pause::BreakerOpen);
    }
    let step = usize::try_from(attempts).ok().and_then(|step| policy.retry.schedule.get(step));
    match step {
        Some(delay) => Verdict::Failed { delay: chance.jitter(*delay, policy.retry.jitter_percent) },
        None => Verdict::Parked(ParkReason::ScheduleSpent),
    }
}

#[cfg(test)]
mod tests;
