//! Extracts in, snapshots and events out; the feeder and the other leased tasks.
