//! `serve`: control, ingester, notifier and an embedded bus in one process.

mod config;
mod folder;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bus::Bus;
use control::{Control, Pace};
use ingester::Ingester;
use runtime::{Chance, Process, Sealer, Secrets};
use store::{Installation, Store};

pub use config::{Config, HealthAddress, HealthSection, InstallationSection, SourcesSection, StoreSection};
pub use folder::{DataFolder, FolderError, Lock};

use crate::cli::ServeArguments;
use crate::exit::Exit;
use crate::screen;

/// The name of this process among those on the store: the lock keeps it the only one.
const NAME: &str = "standalone";

/// What one hub is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The folder of manifests.
    pub manifests: PathBuf,
    /// The folder of data, locked by the caller for as long as the process lives.
    pub folder: DataFolder,
    /// The configuration.
    pub config: Config,
    /// Whether what the manifests have changed meanwhile may end any number of memberships.
    pub accept_shrink: bool,
    /// How often a source's folder is looked at.
    pub sweep: Duration,
}

pub(crate) fn run(arguments: &ServeArguments) -> ExitCode {
    let folder = DataFolder::new(arguments.data.clone());
    let prepared = Config::load(arguments.config.as_deref())
        .map_err(anyhow::Error::from)
        .and_then(|config| Ok((config, folder.lock()?)));
    let (config, _lock) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            screen::complain(&error);
            return Exit::Failed.into();
        }
    };
    let health = match config.health.address {
        HealthAddress::Off => None,
        HealthAddress::At(address) => Some(address),
    };
    let (log, sweep) = (config.log.clone(), config.sources.sweep());
    let setup =
        Setup { manifests: arguments.manifests.clone(), folder, config, accept_shrink: arguments.accept_shrink, sweep };
    runtime::run("cprbroker", &log, health, async |process| start(process, &setup).await.map(drop))
}

/// Starts a hub in this process: migrates the store, seizes the lease, and spawns every part. The parts end in the
/// reverse order of what they need from each other: what records stops first, what delivers finishes what is in flight.
///
/// # Errors
/// If the store cannot be had or belongs to another installation.
pub async fn start(process: &Process, setup: &Setup) -> anyhow::Result<Store> {
    let Setup { folder, config, .. } = setup;
    let chance = Chance::from_os()?;
    let sealer = Sealer::open(&folder.key())?;
    let secrets = Secrets::folder(folder.secrets());
    if config.store.url.is_none() {
        folder.keep_private()?;
    }
    let store = Store::connect(&config.store(folder)).await?;
    let section = &config.installation;
    let installation = Installation {
        name: section.name.clone(),
        authority: section.authority.clone(),
        environment: section.environment,
    };
    store.migrate(&installation).await?;
    // later the folder may be gone for a while (a lost mount) and the registry in force stays; at the first start it is a slip
    if store.registry_version().await?.is_none() && !setup.manifests.is_dir() {
        anyhow::bail!(
            "there is no folder of manifests at {}; make it or correct --manifests",
            setup.manifests.display()
        );
    }
    let bus = Bus::embedded(&store).await?;
    let control = Control {
        dir: setup.manifests.clone(),
        store: store.clone(),
        installation: control::Installation {
            name: section.name.clone(),
            authority: section.authority.clone(),
            environment: section.environment,
        },
        holder: NAME.to_owned(),
        accept_shrink: setup.accept_shrink,
        pace: Pace::default(),
    };
    let beat = process.health().register("control");
    process.spawn("control", move |shutdown| async move { Ok(control::run(control, beat, shutdown).await?) });
    let mut settings = ingester::Settings::new(folder.path().to_owned(), NAME.to_owned());
    NAME.clone_into(&mut settings.role);
    settings.seize = true;
    settings.sweep_every = setup.sweep;
    let stop = process.shutdown().clone();
    let ingester = Ingester::new(settings, store.clone(), bus.clone(), chance.clone(), sealer, stop);
    ingester::start(process, &ingester);
    let (health, delivered) = (process.health().clone(), store.clone());
    process.spawn("notifier", move |shutdown| async move {
        let settings = notifier::Settings::new(NAME);
        Ok(notifier::run(settings, delivered, bus, secrets, chance, health, shutdown).await?)
    });
    Ok(store)
}
