//! The notifier against a real store (SQLite), the embedded bus and real HTTPS receivers.

#![expect(clippy::unwrap_used, reason = "a test helper that cannot go on must end the test")]

mod faults;
mod flow;
mod world;
