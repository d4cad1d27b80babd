//! Watching the folder: read, compile, publish, again and again.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use registry::Registry;
use runtime::copenhagen;
use runtime::health::Beat;
use store::{Held, Store, StoreError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::compile::{Installation, compile};
use crate::document::Schemas;
use crate::folder::{self, Files, Folder, FolderError};
use crate::mistake::{Mistake, Severity};
use crate::shrink::{self, Decision, Loss, LossError};

/// The name of the lease whose epoch is in every version that is published.
pub const LEASE: &str = "operator";
/// How long the lease outlives its holder.
const LEASE_TTL: Duration = Duration::from_secs(15);

/// What is needed to keep the registry equal to a folder.
#[derive(Debug)]
pub struct Control {
    /// The folder of manifests.
    pub dir: PathBuf,
    /// The store.
    pub store: Store,
    /// What the installation is set up for; what it leaves open is taken from the store.
    pub installation: Installation,
    /// Name of this process in the lease.
    pub holder: String,
    /// Whether what has changed at the start may end any number of memberships.
    pub accept_shrink: bool,
    /// How often the folder is read.
    pub pace: Pace,
}

/// How often the folder is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The pause between two looks.
    pub poll: Duration,
    /// A change is compiled when nothing more has changed for this time,
    pub quiet: Duration,
    /// or after this time at the latest.
    pub longest: Duration,
    /// How often the lease is renewed.
    pub renew: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(1),
            quiet: Duration::from_millis(500),
            longest: Duration::from_secs(5),
            renew: Duration::from_secs(5),
        }
    }
}

/// Why the registry cannot be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The store refused.
    #[error("the registry cannot be published")]
    Store(#[from] StoreError),
    /// What a change would end is not known.
    #[error("a change of the registry cannot be weighed")]
    Loss(#[from] LossError),
    /// The generated schemas are damaged.
    #[error("the schemas of the resources cannot be read; report this as a fault")]
    Schemas(#[source] serde_json::Error),
    /// Another process holds the lease.
    #[error("another process controls this store; stop one of the two")]
    LeaseLost,
    /// The reading of the folder broke off.
    #[error("reading the folder of manifests broke off")]
    Interrupted(#[source] tokio::task::JoinError),
}

/// What a look at the folder led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing new.
    Unchanged,
    /// A new version is current.
    Published(i64),
    /// The change would end too many memberships and waits.
    Held(Loss),
    /// The folder could not be read completely; the registry stays.
    Unreadable,
}

/// The state between two looks.
#[derive(Debug)]
pub struct Watch {
    control: Control,
    schemas: Schemas,
    held: Held,
    renewed: Instant,
    /// The fingerprint of what was compiled last.
    compiled: Option<Uuid>,
    /// What is wrong now: each mistake is told when it appears and when it is mended.
    told: BTreeSet<Mistake>,
    /// The last reason why the folder could not be read.
    unreadable: Option<String>,
}

/// Keeps the registry equal to the folder until `shutdown`.
///
/// # Errors
/// [`ControlError::LeaseLost`] when another process has taken over, and whatever makes the start impossible. A store
/// that is away for a while is waited for.
pub async fn run(control: Control, beat: Beat, shutdown: CancellationToken) -> Result<(), ControlError> {
    let poll = control.pace.poll;
    let mut watch = Watch::begin(control).await?;
    loop {
        match watch.look().await {
            Ok(_) => beat.ready(),
            Err(error @ (ControlError::LeaseLost | ControlError::Schemas(_) | ControlError::Interrupted(_))) => {
                return Err(error);
            }
            // Without a sign of life the process counts as stuck if this goes on.
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the manifests will be compiled again");
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(poll) => {}
        }
    }
    watch.end().await
}

impl Watch {
    /// Takes the lease, at once and with the next epoch.
    ///
    /// # Errors
    /// [`ControlError`] if the store is away.
    pub async fn begin(mut control: Control) -> Result<Self, ControlError> {
        let schemas = Schemas::new().map_err(ControlError::Schemas)?;
        if let Some((stored, _)) = control.store.installation().await? {
            control.installation.authority = control.installation.authority.or(stored.authority);
            control.installation.environment = control.installation.environment.or(stored.environment);
        }
        let held = control.store.seize_lease(LEASE, &control.holder, LEASE_TTL).await?;
        let (renewed, told) = (Instant::now(), BTreeSet::new());
        Ok(Self { control, schemas, held, renewed, compiled: None, told, unreadable: None })
    }

    /// Gives the lease back.
    ///
    /// # Errors
    /// [`ControlError`] if the store is away.
    pub async fn end(self) -> Result<(), ControlError> {
        Ok(self.control.store.release_lease(&self.held).await?)
    }

    /// What is wrong in the folder, as of the last look.
    #[must_use]
    pub fn mistakes(&self) -> &BTreeSet<Mistake> {
        &self.told
    }

    /// Looks at the folder once, and compiles and publishes it if it changed.
    ///
    /// # Errors
    /// [`ControlError`]; the next look tries again.
    pub async fn look(&mut self) -> Result<Outcome, ControlError> {
        self.renew().await?;
        let Some(mut files) = self.files().await? else { return Ok(Outcome::Unreadable) };
        if self.compiled == Some(files.fingerprint) {
            return Ok(Outcome::Unchanged);
        }
        // What changed while this process was down has been quiet for long.
        if self.compiled.is_some() {
            match self.settled(files).await? {
                Some(settled) => files = settled,
                None => return Ok(Outcome::Unreadable),
            }
        }
        let outcome = self.compile(&files).await?;
        self.compiled = Some(files.fingerprint);
        // An acceptance is for what is there at the start, not for what somebody deletes months later.
        self.control.accept_shrink = false;
        Ok(outcome)
    }

    async fn renew(&mut self) -> Result<(), ControlError> {
        if self.renewed.elapsed() < self.control.pace.renew {
            return Ok(());
        }
        // Whoever took it meanwhile may have published; a lease that merely ended while this process was suspended is ours.
        let renewed = self.control.store.renew_lease(&self.held, LEASE_TTL).await?;
        self.held = renewed.ok_or(ControlError::LeaseLost)?;
        self.renewed = Instant::now();
        Ok(())
    }

    /// Reads the folder; `None` if it cannot be read completely, which is told once.
    async fn files(&mut self) -> Result<Option<Files>, ControlError> {
        let dir = self.control.dir.clone();
        let read = tokio::task::spawn_blocking(move || folder::files(&dir)).await.map_err(ControlError::Interrupted)?;
        match read {
            Ok(files) => {
                if self.unreadable.take().is_some() {
                    tracing::info!("the folder of manifests can be read again");
                }
                Ok(Some(files))
            }
            Err(error) => {
                self.tell_unreadable(&error);
                Ok(None)
            }
        }
    }

    fn tell_unreadable(&mut self, error: &FolderError) {
        let text = error.to_string();
        if self.unreadable.as_ref() != Some(&text) {
            tracing::error!(error = error as &dyn std::error::Error, "the registry stays as it is");
            self.unreadable = Some(text);
        }
    }

    /// Reads again until nothing has changed for a while, or for so long that waiting must end.
    async fn settled(&mut self, mut files: Files) -> Result<Option<Files>, ControlError> {
        let begun = Instant::now();
        loop {
            tokio::time::sleep(self.control.pace.quiet).await;
            let Some(again) = self.files().await? else { return Ok(None) };
            if again.fingerprint == files.fingerprint || begun.elapsed() >= self.control.pace.longest {
                return Ok(Some(again));
            }
            files = again;
        }
    }

    async fn compile(&mut self, files: &Files) -> Result<Outcome, ControlError> {
        let store = self.control.store.clone();
        let today = copenhagen::today(store.now().await?);
        let current = store.current_registry().await?;
        let (version, previous) = current.map(|current| (current.version, current.registry)).unzip();
        let folder = Folder::of(&self.schemas, files);
        let compiled = compile(&folder, previous.as_ref(), &self.control.installation, today);
        self.tell(compiled.mistakes.into_iter().collect());
        let new = compiled.registry;
        if previous.as_ref() == Some(&new) {
            return Ok(Outcome::Unchanged);
        }
        if let Some(old) = &previous {
            let loss = shrink::loss(&store, old, &new, today).await?;
            if shrink::decide(loss, self.control.accept_shrink) == Decision::Hold {
                let Loss { members, ended } = loss;
                tracing::error!(
                    members,
                    ended,
                    reason = "ShrinkHeld",
                    "the change of the manifests would end {ended} of {members} memberships and waits; \
                     undo it, or start again with --accept-shrink"
                );
                return Ok(Outcome::Held(loss));
            }
        }
        let version = self.publish(&new, version).await?;
        Ok(Outcome::Published(version))
    }

    async fn publish(&mut self, new: &Registry, expected: Option<i64>) -> Result<i64, ControlError> {
        let store = &self.control.store;
        // Settles whose store it is before anything is kept for it.
        store
            .verify(&store::Installation {
                name: new.installation.clone(),
                authority: new.authority.as_ref().map(|authority| authority.cvr.clone()),
                environment: new.environment,
            })
            .await?;
        let published = store.publish_registry(new, expected, &self.held).await;
        let version = published.map_err(|error| match error {
            StoreError::Fenced { .. } => ControlError::LeaseLost,
            error => ControlError::Store(error),
        })?;
        let (sources, consumers) = (new.sources.len(), new.consumers.len());
        let subscriptions = new.subscriptions.len();
        tracing::info!(version, sources, consumers, subscriptions, "a new registry is in force");
        Ok(version)
    }

    fn tell(&mut self, mistakes: BTreeSet<Mistake>) {
        for mistake in mistakes.difference(&self.told) {
            match mistake.severity {
                Severity::Error => tracing::error!("{mistake}"),
                Severity::Warning => tracing::warn!("{mistake}"),
            }
        }
        for mistake in self.told.difference(&mistakes) {
            tracing::info!("mended: {mistake}");
        }
        self.told = mistakes;
    }
}
