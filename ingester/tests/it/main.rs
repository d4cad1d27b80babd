//! The ingester from files to advisories, on SQLite and the embedded bus.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod files;
mod kit;
mod reselection;
mod resume;
mod spine;
mod tend;
