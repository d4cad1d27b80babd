//! The consumer's rule, proved on what a consumer received.

use std::fmt;

use crate::Received;

/// One breach of the rule, in words without personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// A new advisory came after one of the same person with a higher sequence: the consumer drops it.
    Overtaken {
        /// The path on which it came.
        path: String,
        /// Its sequence.
        sequence: u64,
        /// The higher one that came before.
        after: u64,
    },
    /// A sequence that neither came nor was explained as missed.
    Unexplained {
        /// The path of the consumer.
        path: String,
        /// The sequence.
        sequence: u64,
    },
    /// One sequence of one source under two ids.
    TwoIds {
        /// The path.
        path: String,
        /// The sequence.
        sequence: u64,
    },
    /// One id with two sequences, persons, types or sources.
    Unstable {
        /// The path.
        path: String,
        /// The first sequence under that id.
        sequence: u64,
    },
    /// The header `webhook-id` and the event's `id` differ.
    HeaderDiffers {
        /// The path.
        path: String,
        /// The sequence.
        sequence: u64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        unimplemented!()
    }
}

/// What a consumer that follows the rule makes of its deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checker {
    /// Deliveries that were answered with 2xx.
    pub accepted: usize,
    /// Different ids among them.
    pub distinct: usize,
    /// Deliveries of an id that had come before.
    pub duplicates: usize,
    /// Sequences that a later advisory named as missed.
    pub missed: usize,
    /// Breaches.
    pub findings: Vec<Finding>,
}

impl Checker {
    /// Checks `received`, in order of arrival, of any number of consumers: after de-duplication by id each advisory
    /// counts once, per source and subject only higher sequences follow, and each sequence of a source from 1 to its
    /// highest has come or is named in the `missed` of an advisory that came.
    #[must_use]
    pub fn check<'a>(received: impl IntoIterator<Item = &'a Received>) -> Self {
        let _ = received.into_iter();
        unimplemented!()
    }

    /// Whether the rule holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}
