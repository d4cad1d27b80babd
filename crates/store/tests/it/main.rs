//! One suite, both databases: every test runs on SQLite in a temporary file and on PostgreSQL in a database of its own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, also in what it calls")]

extern crate cprbroker_store as store;

mod database;
mod delivery;
mod population;
mod stress;
mod tables;
