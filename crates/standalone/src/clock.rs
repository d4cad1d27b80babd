//! The one place of this crate that looks at the clock: verbs that open no store have nobody else to ask.

use jiff::Timestamp;

/// Now, by this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "the verbs are where time enters; everything below takes it as a parameter"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
