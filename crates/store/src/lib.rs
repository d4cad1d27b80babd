//! The truth: every table on SQLite and PostgreSQL behind one `Store`.
