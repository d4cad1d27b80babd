//! How to reach the store.

use std::fmt;

/// Section `store` of a process's configuration.
#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StoreConfig {
    /// `sqlite:PATH` (created when missing) or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
    pub url: String,
    /// Connections at most; on SQLite the readers beside the one writer.
    #[serde(default = "StoreConfig::default_connections")]
    pub max_connections: u32,
    /// What a commit survives; only SQLite looks at it, PostgreSQL has its own `synchronous_commit`.
    #[serde(default)]
    pub durability: Durability,
    /// Advisories per consumer that may stand in its queue; the rest waits in the store.
    #[serde(default = "StoreConfig::default_window")]
    pub window: i64,
}

/// What a commit on SQLite survives. No setting ever damages the file, and none loses the order of commits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Durability {
    /// Every commit survives the death of the process (`synchronous = NORMAL`). When the power goes, the commits since
    /// the last checkpoint may be gone, the newest first: a chunk is then applied again from its checkpoint, and an
    /// advisory whose receipt was lost is sent again with the same id.
    #[default]
    ProcessCrash,
    /// Every commit also survives a loss of power (`synchronous = FULL`), at one disk flush a commit.
    PowerLoss,
}

impl StoreConfig {
    /// A store at `url` with the default settings.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            max_connections: Self::default_connections(),
            durability: Durability::default(),
            window: Self::default_window(),
        }
    }

    fn default_connections() -> u32 {
        8
    }

    fn default_window() -> i64 {
        5000
    }
}

impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The url may hold a password: only its scheme is shown.
        let scheme = self.url.split(':').next().unwrap_or_default();
        f.debug_struct("StoreConfig")
            .field("url", &format_args!("{scheme}:…"))
            .field("max_connections", &self.max_connections)
            .field("durability", &self.durability)
            .field("window", &self.window)
            .finish()
    }
}
