//! Whether a consumer may be called now. Pure.

use jiff::Timestamp;
use registry::Consumer;
use store::{Breaker, ConsumerState};

use crate::answer::LONGEST_PAUSE;

/// What a worker may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// take from the queue
    Open,
    /// the breaker is open: only the probe
    Probe,
    /// nothing: gone, or a pause is not over
    Shut,
}

/// The gate of `consumer` by the state that all processes share.
pub(super) fn gate(consumer: &Consumer, state: Option<&ConsumerState>, now: Timestamp) -> Gate {
    let Some(state) = state else {
        return Gate::Open;
    };
    let gone = state.gone.as_ref().is_some_and(|revision| *revision == consumer.revision);
    // a pause beyond the longest one comes from a clock that jumped, and has passed
    let paused = |until: Timestamp| now < until && until.duration_since(now).unsigned_abs() <= LONGEST_PAUSE;
    if gone || state.not_before.is_some_and(paused) {
        Gate::Shut
    } else if state.breaker == Breaker::Open {
        Gate::Probe
    } else {
        Gate::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{at, consumer};

    fn state() -> ConsumerState {
        ConsumerState {
            consumer: consumer().id,
            gone: None,
            breaker: Breaker::Closed,
            opened_at: None,
            not_before: None,
            probe_holder: None,
            probe_until: None,
            drained_to: None,
        }
    }

    #[test]
    fn the_gate_follows_the_shared_state() {
        let now = at("2026-03-09T12:00:00Z");
        let paused = |until: &str| ConsumerState { not_before: Some(at(until)), ..state() };
        let gone = |revision: &str| ConsumerState { gone: Some(revision.to_owned()), ..state() };
        let cases = [
            (state(), Gate::Open),
            (ConsumerState { breaker: Breaker::Open, ..state() }, Gate::Probe),
            (gone("1"), Gate::Shut),
            (gone("0"), Gate::Open),
            (paused("2026-03-09T12:00:00Z"), Gate::Open),
            (paused("2026-03-09T13:00:00Z"), Gate::Shut),
            (paused("2026-03-10T12:00:00Z"), Gate::Open),
        ];
        for (state, expected) in cases {
            assert_eq!(gate(&consumer(), Some(&state), now), expected, "{state:?}");
        }
        assert_eq!(gate(&consumer(), None, now), Gate::Open);
    }
}
