//! The consumer's rule, proved on what a consumer received.

use std::collections::{BTreeMap, BTreeSet, HashMap};
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
        match self {
            Self::Overtaken { path, sequence, after } => {
                write!(f, "{path}: sequence {sequence} came after {after} of the same person and is dropped")
            }
            Self::Unexplained { path, sequence } => write!(f, "{path}: sequence {sequence} never came"),
            Self::TwoIds { path, sequence } => write!(f, "{path}: sequence {sequence} came under two ids"),
            Self::Unstable { path, sequence } => {
                write!(f, "{path}: the id of sequence {sequence} came again as another advisory")
            }
            Self::HeaderDiffers { path, sequence } => {
                write!(f, "{path}: header webhook-id of sequence {sequence} is not the event's id")
            }
        }
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
        let mut checker = Self::default();
        let mut sources = BTreeMap::new();
        for one in received.into_iter().filter(|one| one.accepted) {
            checker.accepted += 1;
            let source: &mut Source<'a> = sources.entry((&one.path, &one.source)).or_default();
            match source.take(one) {
                Taken::New => {}
                Taken::Duplicate => checker.duplicates += 1,
                Taken::Breach(finding) => checker.findings.push(finding),
            }
            if one.webhook_id != one.id {
                checker.findings.push(Finding::HeaderDiffers { path: one.path.clone(), sequence: one.sequence });
            }
        }
        for ((path, _), source) in &sources {
            checker.distinct += source.first.len();
            checker.missed += source.missed.len();
            let known = |sequence: &u64| source.ids.contains_key(sequence) || source.missed.contains(sequence);
            let last = source.ids.keys().chain(&source.missed).max().copied().unwrap_or(0);
            let unexplained = (1..=last).filter(|sequence| !known(sequence));
            checker
                .findings
                .extend(unexplained.map(|sequence| Finding::Unexplained { path: (*path).clone(), sequence }));
        }
        checker
    }

    /// Whether the rule holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

/// What came from one source on one path.
#[derive(Default)]
struct Source<'a> {
    /// The id of each sequence.
    ids: BTreeMap<u64, &'a str>,
    /// The first arrival of each id.
    first: HashMap<&'a str, &'a Received>,
    /// The highest sequence of each subject.
    highest: HashMap<&'a str, u64>,
    missed: BTreeSet<u64>,
}

enum Taken {
    New,
    Duplicate,
    Breach(Finding),
}

impl<'a> Source<'a> {
    fn take(&mut self, one: &'a Received) -> Taken {
        let (path, sequence) = (one.path.clone(), one.sequence);
        if let Some(first) = self.first.get(one.id.as_str()) {
            let same = |of: fn(&Received) -> (u64, &str, &str)| of(first) == of(one);
            return if same(|one| (one.sequence, &one.subject, &one.kind)) {
                Taken::Duplicate
            } else {
                Taken::Breach(Finding::Unstable { path, sequence: first.sequence })
            };
        }
        self.first.insert(&one.id, one);
        self.missed.extend(&one.missed);
        if self.ids.insert(sequence, &one.id).is_some() {
            return Taken::Breach(Finding::TwoIds { path, sequence });
        }
        let highest = self.highest.entry(&one.subject).or_default();
        if sequence <= *highest {
            return Taken::Breach(Finding::Overtaken { path, sequence, after: *highest });
        }
        *highest = sequence;
        Taken::New
    }
}
