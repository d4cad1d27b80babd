//! Advisories out: load, project, sign, send, record.
//!
//! [`run`] supervises one set of workers per consumer of the current registry, over one loader and one completion writer for all of
//! them. The decisions are pure and stand alone: [`answer`] (what an answer means), [`breaker`] (when an endpoint is down),
//! [`signature`].
//!
//! What is not here: the feeder, healing and expiry of lanes (the ingester's, for a notifier may be scaled to zero), the
//! decision who hears of what (recorded with the advisory), and any person number.

pub mod answer;
pub mod breaker;
pub mod connect;
pub mod envelope;
pub mod project;
pub mod signature;

mod engine;
mod settings;

#[cfg(test)]
mod fixtures;

pub use settings::Settings;

use bus::Bus;
use runtime::{Chance, Health, Secrets};
use store::Store;
use tokio_util::sync::CancellationToken;

/// Why the notifier stopped before it was told to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The store did not answer at the start.
    #[error("the notifier could not read the store at its start")]
    Start(#[source] store::StoreError),
    /// The store was never migrated.
    #[error("the store belongs to no installation yet; start `cprbroker serve` once, which settles it")]
    NoInstallation,
    /// A part of it ended, which it never should.
    #[error("the notifier's {part} ended before it was told to")]
    Ended {
        /// which part
        part: &'static str,
    },
}

/// Delivers until `shutdown`, then stops taking, finishes what is in flight and records it, within [`Settings::drain`].
///
/// Registry, consumer states and secrets are looked at each second: consumers come, go and change while it runs. The store must have been
/// migrated.
pub async fn run(
    settings: Settings,
    store: Store,
    bus: Bus,
    secrets: Secrets,
    chance: Chance,
    health: Health,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    engine::run(settings, store, bus, secrets, chance, health, shutdown).await
}
