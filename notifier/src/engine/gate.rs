//! Whether a consumer may be called now. Pure.

use jiff::Timestamp;
use registry::Consumer;
use store::{Breaker, ConsumerState};

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
    if gone || state.not_before.is_some_and(|until| now < until) {
        Gate::Shut
    } else if state.breaker == Breaker::Open {
        Gate::Probe
    } else {
        Gate::Open
    }
}
