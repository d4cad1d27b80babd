//! The configuration of `serve`: one TOML file, the environment over it, defaults that work.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use registry::Environment;
use runtime::LogConfig;
use runtime::config::ConfigError;
use serde::Deserialize;
use store::{Durability, StoreConfig};

use super::folder::DataFolder;

/// The configuration of one process.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whom the data belongs to.
    pub installation: InstallationSection,
    /// Where the data is.
    pub store: StoreSection,
    /// How the folders of sources are looked at.
    pub sources: SourcesSection,
    /// Who may ask whether the process is well.
    pub health: HealthSection,
    /// What is logged and how.
    pub log: LogConfig,
}

/// Section `installation`: part of every identity, fixed when the store is first used.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InstallationSection {
    /// Its name.
    pub name: String,
    /// CVR number of the data controller; without it the one of the first source.
    pub authority: Option<String>,
    /// Production or test data; without it the one of the first source.
    pub environment: Option<Environment>,
}

/// Section `store`.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSection {
    /// `postgres://…` or `sqlite:PATH`; without it SQLite in the folder of data.
    pub url: Option<String>,
    /// Connections at most.
    pub max_connections: Option<u32>,
    /// What a commit on SQLite survives: `processCrash` or `powerLoss`.
    pub durability: Option<Durability>,
    /// Advisories per consumer that may stand in its queue.
    pub window: Option<i64>,
}

/// Section `sources`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SourcesSection {
    /// The pause between two looks at a source's folder, in milliseconds.
    pub sweep_milliseconds: NonZeroU32,
}

/// Section `health`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HealthSection {
    /// Address and port, or `off`.
    pub address: HealthAddress,
}

/// Where health is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum HealthAddress {
    /// Nowhere.
    Off,
    /// Here.
    At(SocketAddr),
}

impl TryFrom<String> for HealthAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "off" {
            return Ok(Self::Off);
        }
        text.parse().map(Self::At).map_err(|_| "expected an address such as 127.0.0.1:9740, or off")
    }
}

impl Default for InstallationSection {
    fn default() -> Self {
        Self { name: "standalone".to_owned(), authority: None, environment: None }
    }
}

impl Default for SourcesSection {
    fn default() -> Self {
        Self { sweep_milliseconds: const { NonZeroU32::new(5000).unwrap() } }
    }
}

impl SourcesSection {
    /// The pause between two looks at a source's folder.
    #[must_use]
    pub fn sweep(&self) -> Duration {
        Duration::from_millis(self.sweep_milliseconds.get().into())
    }
}

impl Default for HealthSection {
    fn default() -> Self {
        Self { address: HealthAddress::At(SocketAddr::from(([127, 0, 0, 1], 9740))) }
    }
}

impl std::fmt::Debug for StoreSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // the url may hold a password
        f.debug_struct("StoreSection").field("url", &self.url.as_ref().map(|_| "…")).finish_non_exhaustive()
    }
}

impl Config {
    /// Reads the file, if given, and the environment.
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake at once.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        runtime::config::load(file, "CPRBROKER")
    }

    /// How to reach the store of an installation whose data is in `folder`.
    #[must_use]
    pub fn store(&self, folder: &DataFolder) -> StoreConfig {
        let section = &self.store;
        let mut config = StoreConfig::new(section.url.as_deref().unwrap_or(&folder.sqlite_url()));
        config.max_connections = section.max_connections.unwrap_or(config.max_connections);
        config.durability = section.durability.unwrap_or(config.durability);
        config.window = section.window.unwrap_or(config.window);
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cprbroker.toml");
        std::fs::write(&file, text).unwrap();
        runtime::config::load_from(Some(&file), "CPRBROKER", [])
    }

    #[test]
    fn the_defaults_work() {
        let config = read("").unwrap();
        assert_eq!(config.installation.name, "standalone");
        assert_eq!(config.health.address, HealthAddress::At(SocketAddr::from(([127, 0, 0, 1], 9740))));
        let folder = DataFolder::new("somewhere".into());
        assert_eq!(config.store(&folder).url, "sqlite:somewhere/store.sqlite");
    }

    #[test]
    fn every_key_is_read() {
        let config = read(
            "[installation]\nname = 'a'\nauthority = '12345678'\nenvironment = 'Test'\n\
             [store]\nurl = 'postgres://x@y/z'\nmax_connections = 3\ndurability = 'powerLoss'\nwindow = 7\n\
             [sources]\nsweep_milliseconds = 200\n[health]\naddress = 'off'\n[log]\nformat = 'json'\nfilter = 'warn'\n",
        )
        .unwrap();
        assert_eq!(config.installation.environment, Some(Environment::Test));
        assert_eq!(config.health.address, HealthAddress::Off);
        assert_eq!(config.sources.sweep(), Duration::from_millis(200));
        let store = config.store(&DataFolder::new("somewhere".into()));
        assert_eq!((store.url.as_str(), store.max_connections, store.window), ("postgres://x@y/z", 3, 7));
        assert_eq!(store.durability, Durability::PowerLoss);
        assert!(!format!("{config:?}").contains("postgres"));
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let told = read("[store]\nulr = 'x'\n[health]\naddress = 'nowhere'").unwrap_err().to_string();
        assert!(told.contains("store.ulr") && told.contains("health.address"), "{told}");
    }
}
