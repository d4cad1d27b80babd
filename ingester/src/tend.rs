//! What is done beside the extracts: rows 4, 13, 15 and 17 of the delivery protocol, the reselection, the retention of the
//! quarantine.

use std::time::Duration;

use advisory::record::deliverable;
use advisory::reselect::{self, ReselectError, Step};
use bus::{BusError, Message};
use registry::{Consumer, ConsumerId, Registry};
use store::{CurrentRegistry, Feed, Held, Queued, Store, StoreError};
use tokio::time::Instant;

use crate::Ingester;

/// Lanes or advisories of one transaction.
const BATCH: usize = 1000;

/// The pause while there is something to feed: a fast consumer soon has room again.
const WHILE_FEEDING: Duration = Duration::from_millis(50);

/// How often the quarantine is looked through.
const RETENTION_EVERY: Duration = Duration::from_hours(1);

/// Why a pass failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TendError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The queue failed; what was committed is published again by the feeder and row 13.
    #[error("the queue failed")]
    Bus(#[from] BusError),
    /// The reselection stopped at its last position.
    #[error("the reselection stopped")]
    Reselect(#[from] ReselectError),
}

/// The registry in force, read again when its version differs.
#[derive(Debug, Default)]
struct Cached(Option<CurrentRegistry>);

impl Cached {
    /// The registry in force, and whether it is another one than at the last call.
    async fn get(&mut self, store: &Store) -> Result<(Option<&CurrentRegistry>, bool), StoreError> {
        let version = store.registry_version().await?;
        let differs = self.0.as_ref().map(|current| current.version) != version;
        if differs {
            self.0 = store.current_registry().await?;
        }
        Ok((self.0.as_ref(), differs))
    }
}

/// Row 4: from waiting to queued.
#[derive(Debug, Default)]
pub struct Feeder {
    registry: Cached,
}

impl Feeder {
    /// Queues and publishes what is due and deliverable, and says how long to wait until the next pass.
    ///
    /// # Errors
    /// [`TendError`]; the next pass goes on where this one stopped.
    pub async fn pass(&mut self, ingester: &Ingester) -> Result<Duration, TendError> {
        let (Some(current), differs) = self.registry.get(&ingester.store).await? else {
            return Ok(ingester.settings.feed_every);
        };
        let consumers = &current.registry.consumers;
        if differs {
            ingester.store.revive(&revisions(&current.registry)).await?;
        }
        let longest_wait = consumers.iter().map(longest_wait).max().unwrap_or_default();
        let feed = Feed { longest_wait, batch: BATCH };
        let queued = ingester.store.feed(&deliverable(&current.registry), feed).await?;
        let heads = queued.len();
        publish(ingester, queued).await?;
        let every = ingester.settings.feed_every.min(Duration::from_secs(1));
        Ok(match heads {
            0 => every,
            // a consumer with a full batch has more that is due, and perhaps room for it
            BATCH.. => Duration::ZERO,
            _ => every.min(WHILE_FEEDING),
        })
    }
}

/// The revision of each declaration, for the end of `gone`.
fn revisions(registry: &Registry) -> Vec<(ConsumerId, String)> {
    registry.consumers.iter().map(|one| (one.id, one.revision.clone())).collect()
}

/// The longest step of a schedule with its jitter.
fn longest_wait(consumer: &Consumer) -> Duration {
    let longest = consumer.retry.schedule.iter().max().copied().unwrap_or_default();
    longest + longest * u32::from(consumer.retry.jitter_percent) / 100
}

/// Rows 13, 15 and 17, and the retention of the quarantine.
#[derive(Debug, Default)]
pub struct Tender {
    registry: Cached,
    retained: Option<Instant>,
}

impl Tender {
    /// One look at every consumer, and says how long to wait until the next pass.
    ///
    /// # Errors
    /// [`TendError`]; the next pass goes on where this one stopped.
    pub async fn pass(&mut self, ingester: &Ingester, held: &Held) -> Result<Duration, TendError> {
        if let (Some(current), _) = self.registry.get(&ingester.store).await? {
            // Also without a new version: a request under way when the declaration changed may bring a late 410.
            ingester.store.revive(&revisions(&current.registry)).await?;
            for consumer in &current.registry.consumers {
                heal(ingester, consumer).await?;
                expire(ingester, current, consumer).await?;
            }
            withdraw(ingester, held, current).await?;
        }
        if self.retained.is_none_or(|last| last.elapsed() >= RETENTION_EVERY) {
            let removed = ingester.store.expire_quarantine().await?;
            if removed > 0 {
                tracing::info!(removed, "what was in quarantine to the end of its retention is removed");
            }
            self.retained = Some(Instant::now());
        }
        Ok(ingester.settings.tend_every)
    }
}

/// Row 13: publishes again what was queued long before the point up to which the queue is drained.
async fn heal(ingester: &Ingester, consumer: &Consumer) -> Result<(), TendError> {
    let patience = consumer.webhook.timeout * 2 + ingester.settings.heal_after;
    loop {
        let queued = ingester.store.heal(consumer.id, patience, BATCH).await?;
        let found = queued.len();
        if found > 0 {
            tracing::warn!(consumer = %consumer.object, found, "messages were lost and are published again");
        }
        publish(ingester, queued).await?;
        if found < BATCH {
            return Ok(());
        }
    }
}

/// Row 17: parks what waited longer than `expireAfter`.
async fn expire(ingester: &Ingester, current: &CurrentRegistry, consumer: &Consumer) -> Result<(), TendError> {
    let now = ingester.store.now().await?;
    let Ok(before) = now.checked_sub(consumer.expire_after) else { return Ok(()) };
    let deliverable = deliverable(&current.registry);
    loop {
        let (parked, queued) = ingester.store.expire(consumer.id, before, BATCH, &deliverable).await?;
        publish(ingester, queued).await?;
        if parked > 0 {
            tracing::warn!(consumer = %consumer.object, parked, "advisories waited longer than expireAfter and are parked");
        }
        if parked < BATCH as u64 {
            return Ok(());
        }
    }
}

/// Row 15: withdraws what waits for consumers that are no longer in the registry.
async fn withdraw(ingester: &Ingester, held: &Held, current: &CurrentRegistry) -> Result<(), TendError> {
    for consumer in ingester.store.consumers().await? {
        if current.registry.consumer(consumer).is_some() {
            continue;
        }
        let mut withdrawn = 0;
        loop {
            let removed = match ingester.store.remove_consumer(consumer, current.version, BATCH).await {
                Ok(removed) => removed,
                // It may have come back: the next pass looks with the new registry.
                Err(StoreError::RegistryMoved) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            withdrawn += removed;
            if removed == 0 {
                break;
            }
        }
        ingester.bus.remove(consumer).await?;
        if withdrawn > 0 {
            tracing::info!(%consumer, withdrawn, epoch = held.epoch, "advisories of a removed consumer are withdrawn");
        }
    }
    Ok(())
}

/// The walk over all persons after the registry or the day changed.
#[derive(Debug, Default)]
pub struct Reselector {
    registry: Cached,
}

impl Reselector {
    /// One chunk of the walk that is due, and how long to wait until the next one.
    ///
    /// # Errors
    /// [`TendError`]; the next pass goes on at the committed position.
    pub async fn pass(&mut self, ingester: &Ingester, held: &Held) -> Result<Duration, TendError> {
        let idle = Duration::from_secs(1);
        let (Some(current), _) = self.registry.get(&ingester.store).await? else { return Ok(idle) };
        match reselect::step(&ingester.store, held, &ingester.chance, current).await? {
            Step::Idle => Ok(idle),
            Step::Moved => Ok(Duration::ZERO),
            Step::Chunk { counts, messages } => {
                ingester.bus.publish(&messages).await?;
                tracing::debug!(version = current.version, persons = counts.persons, "a chunk is reselected");
                let chunk = u32::try_from(reselect::CHUNK).unwrap_or(u32::MAX);
                Ok(Duration::from_secs(1) * chunk / ingester.settings.reselect_per_second.max(1))
            }
            Step::Done { counts } => {
                tracing::info!(
                    version = current.version,
                    persons = counts.persons,
                    entered = counts.entered,
                    left = counts.left,
                    advisories = counts.advisories,
                    "every stored person is selected anew"
                );
                Ok(Duration::ZERO)
            }
        }
    }
}

async fn publish(ingester: &Ingester, queued: Vec<Queued>) -> Result<(), BusError> {
    if queued.is_empty() {
        return Ok(());
    }
    let messages: Vec<_> = queued.into_iter().map(Message::from).collect();
    ingester.bus.publish(&messages).await
}
