//! One suite, both databases: every test runs on SQLite in a temporary file and on PostgreSQL in a database of its own.

extern crate cprbroker_store as store;

mod database;

mod delivery;
mod population;
mod stress;
mod tables;
