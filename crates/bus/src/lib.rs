//! The queue as transport of ids between ingester and notifier.
