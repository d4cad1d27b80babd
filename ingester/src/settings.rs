//! How an ingester works.

use std::path::PathBuf;
use std::time::Duration;

/// Settings of one ingester. All waits are short enough by default for one machine and long enough for a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where relative folders of Directory sources begin.
    pub base: PathBuf,
    /// The unique name of this process, which holds the lease.
    pub holder: String,
    /// What this process says it is in its heart-beat, such as `ingester` or `standalone`.
    pub role: String,
    /// Whether to take the lease at once, whoever holds it: only for the process that owns the data folder.
    pub seize: bool,
    /// How long the lease holds without renewal.
    pub lease: Duration,
    /// The pause between two sweeps of a folder. A file without a companion is taken at the second sweep that sees it
    /// with the same size.
    pub sweep_every: Duration,
    /// The pause between two passes of the feeder (row 4); at most one second.
    pub feed_every: Duration,
    /// The pause between two passes of the slow tasks: heal (row 13), removed consumers (row 15), expiry (row 17).
    pub tend_every: Duration,
    /// What row 13 adds to twice the consumer's timeout before it publishes again.
    pub heal_after: Duration,
    /// Persons that a reselection looks at in a second, at most.
    pub reselect_per_second: u32,
    /// How long bad lines stay in quarantine if no good snapshot comes.
    pub quarantine: Duration,
}

impl Settings {
    /// The defaults for folders below `base` and a process called `holder`.
    #[must_use]
    pub fn new(base: PathBuf, holder: String) -> Self {
        Self {
            base,
            holder,
            role: "ingester".to_owned(),
            seize: false,
            lease: Duration::from_secs(15),
            sweep_every: Duration::from_secs(2),
            feed_every: Duration::from_millis(500),
            tend_every: Duration::from_secs(10),
            heal_after: Duration::from_mins(1),
            reselect_per_second: 5000,
            quarantine: Duration::from_hours(30 * 24),
        }
    }
}
