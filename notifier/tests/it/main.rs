//! The notifier against a real store (SQLite), the embedded bus and real HTTPS receivers.

mod faults;
mod flow;
mod world;
