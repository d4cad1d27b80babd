//! Tests above the single crate: tidy, flow, faults, leaks, benchmarks.
