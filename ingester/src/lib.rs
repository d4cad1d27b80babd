//! Extracts in, snapshots and events out; the feeder and the other leased tasks.
//!
//! A complete file of a Directory source is validated whole, applied in chunks of at most 200 persons (one transaction
//! each, with the checkpoint in it), and removed after the last commit. All work is done under the lease `ingester`, whose
//! epoch fences every transaction. Beside the sweep run the reselection, the feeder (row 4 of the delivery protocol), the
//! healing of lost messages (row 13), the withdrawal of removed consumers' lanes (row 15), the expiry of what waited too
//! long (row 17) and the retention of the quarantine.
//!
//! What is not here: no decision who hears of what (`advisory`), no reading of records (`cpr`), no SQL (`store`), no
//! delivery and no probing of endpoints (`notifier`). Numbers that were changed (status 60) or given twice (status 50) are
//! stored as persons of their own; nothing joins them yet.

mod apply;
mod companion;
mod inbox;
mod pattern;
mod prepare;
mod settings;
mod sweep;
mod take;
mod tasks;
mod tend;

use std::sync::Arc;

use bus::Bus;
use runtime::{Chance, Sealer};
use store::Store;
use tokio_util::sync::CancellationToken;

pub use apply::Counts;
pub use settings::Settings;
pub use sweep::Sweeper;
pub use take::TakeError;
pub use tasks::start;
pub use tend::{Feeder, Reselector, TendError, Tender};

/// The parts an ingester works with. Clones are handles to the same parts.
#[derive(Clone, Debug)]
pub struct Ingester {
    settings: Arc<Settings>,
    store: Store,
    bus: Bus,
    chance: Chance,
    sealer: Sealer,
    cancel: CancellationToken,
}

impl Ingester {
    /// An ingester that stops between two chunks when `cancel` is cancelled. [`start`] gives it its tasks.
    #[must_use]
    pub fn new(
        settings: Settings,
        store: Store,
        bus: Bus,
        chance: Chance,
        sealer: Sealer,
        cancel: CancellationToken,
    ) -> Self {
        Self { settings: Arc::new(settings), store, bus, chance, sealer, cancel }
    }
}
