//! Whole files: forms, refusals, quarantine, and arbitrary bytes.

extern crate cprbroker_cpr as cpr;

#[cfg(test)]
mod anything;
#[cfg(test)]
mod file;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod persons;
#[cfg(test)]
mod projection;
#[cfg(test)]
mod refusals;
