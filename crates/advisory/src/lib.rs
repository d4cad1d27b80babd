//! Who must hear of a change: membership, matching, the rows of an advisory, reselection.
//!
//! [`matching`] is pure: from what is stored about a person, what an extract says and the registry it decides which
//! memberships begin and end and which consumers are told. [`record`] turns a decision into rows for the store.
//! [`reselect`] goes over every stored person after the registry or the day changed.
//!
//! What is not here: no parsing of extracts (`cpr`), no SQL (`store`), no delivery (`notifier`), no projection of values:
//! rights are looked up when an advisory is sent.

pub mod matching;
pub mod record;
pub mod reselect;
