//! Advisories out: load, project, sign, send, record.
