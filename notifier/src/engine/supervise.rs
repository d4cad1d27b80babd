//! The supervisor: which consumers have a worker, and with which declaration and secrets.

use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use runtime::{Chance, Health, Secrets};
use store::Store;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::batch::causes;
use super::fleet::Fleet;
use super::loader::{self, Loader};
use super::shared::{Shared, View};
use super::writer::{self, Writer};
use crate::connect::native_roots;
use crate::envelope::Origin;
use crate::{RunError, Settings};

const HEART_BEAT: Duration = Duration::from_secs(5);

pub(crate) async fn run(
    settings: Settings,
    store: Store,
    bus: Bus,
    secrets: Secrets,
    chance: Chance,
    health: Health,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let (installation, generation) =
        store.installation().await.map_err(RunError::Start)?.ok_or(RunError::NoInstallation)?;
    let view = Arc::new(View::read(&store, &installation.name).await.map_err(RunError::Start)?);
    let roots = tokio::task::spawn_blocking(native_roots).await.map_err(|_| RunError::Ended { part: "start" })?;
    let (loader, loads) = Loader::new(settings.batch);
    let (writer, completions) = Writer::new(settings.batch);
    let finish = CancellationToken::new();
    let _finish = finish.clone().drop_guard();
    let mut services = JoinSet::new();
    let beat = health.register("loader");
    services.spawn(loader::run(loads, store.clone(), Arc::clone(&view), settings.clone(), beat, finish.clone()));
    let beat = health.register("writer");
    let (records, transport) = (store.clone(), bus.clone());
    services.spawn(writer::run(
        completions,
        records,
        transport,
        Arc::clone(&view),
        settings.clone(),
        beat,
        finish.clone(),
    ));
    let origin = Origin { installation: installation.name, generation };
    let shared = Arc::new(Shared { settings, store, bus, chance, origin, view, loader, writer });
    let mut fleet = Fleet::new(Arc::clone(&shared), secrets, roots);
    let beat = health.register("supervisor");
    let watched = supervise(&shared, &mut fleet, &mut services, &beat, &shutdown).await;
    drain(&shared, &mut fleet).await;
    finish.cancel();
    while services.join_next().await.is_some() {}
    watched
}

/// Looks at the world once in a while until `shutdown`.
async fn supervise(
    shared: &Shared,
    fleet: &mut Fleet,
    services: &mut JoinSet<()>,
    beat: &runtime::Beat,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    let mut looks = tokio::time::interval(shared.settings.poll);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut heart_beats = tokio::time::interval(HEART_BEAT);
    let mut current = shared.view.watch_current();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            Some(_) = services.join_next() => return Err(RunError::Ended { part: "loader or writer" }),
            Some(ended) = fleet.workers.join_next() => match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(error = causes(&error), "a consumer's worker failed");
                    return Err(RunError::Ended { part: "worker" });
                }
                Err(_) => return Err(RunError::Ended { part: "worker" }),
            },
            // the loader saw another version: revocations and new consumers do not wait for the next look
            Ok(()) = current.changed() => fleet.reconcile().await,
            _ = looks.tick() => {
                beat.ready();
                if let Err(error) = look(shared, fleet).await {
                    tracing::warn!(error = causes(&error), "the store did not answer a look at registry and states");
                }
            }
            _ = heart_beats.tick() => {
                if let Err(error) = heart_beat(shared).await {
                    tracing::warn!(error = causes(&error), "the heart-beat was not recorded");
                }
            }
        }
    }
}

async fn look(shared: &Shared, fleet: &mut Fleet) -> Result<(), store::StoreError> {
    shared.view.refresh_registry().await?;
    fleet.revive().await?;
    shared.view.refresh_states().await?;
    fleet.reconcile().await;
    fleet.report_drained().await
}

async fn heart_beat(shared: &Shared) -> Result<(), store::StoreError> {
    let beat = store::Beat {
        name: shared.settings.name.clone(),
        role: shared.settings.role.clone(),
        registry_version: Some(shared.view.current().version),
        schema: registry::SCHEMA,
    };
    shared.store.beat(&beat).await
}

/// Stops taking, and waits for what is in flight and its receipts.
async fn drain(shared: &Shared, fleet: &mut Fleet) {
    fleet.stop_all();
    let landed = async { while fleet.workers.join_next().await.is_some() {} };
    if tokio::time::timeout(shared.settings.drain, landed).await.is_err() {
        // their messages were not acknowledged: they are sent again with the same id
        tracing::warn!("some deliveries did not finish in time");
        fleet.workers.shutdown().await;
    }
}
