//! The simulator from outside: population, files, delivery, receiver, checker.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise, their helpers too")]

mod checker;
mod client;
mod delivery;
mod extracts;
mod file;
mod life;
mod population;
mod reading;
mod receiver;
