//! One consumer: its queue, its concurrency and rate, its breaker. Another consumer's worker never waits for it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bus::{BusError, Delivery, Receiver};
use registry::ConsumerId;
use store::{Head, StoreError};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::batch::{Pauses, causes};
use super::flight::{Aftermath, Craft, Slot};
use super::gate::{Gate, gate};
use super::rate::Rate;
use super::shared::{States, lock};

/// Why a worker ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkerError {
    #[error("the queue cannot be consumed")]
    Bus(#[from] BusError),
    #[error("a delivery panicked")]
    Panic(#[from] JoinError),
}

/// What stops all flights of the consumer; carried out when those in the air have landed, so that their receipts still find their lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Halt {
    Pause(Duration),
    Trip,
    Gone,
}

struct Worker {
    craft: Craft,
    states: watch::Receiver<Arc<States>>,
    /// requests that may be made at one time
    slots: Arc<Semaphore>,
    flights: JoinSet<(Aftermath, Slot)>,
    halt: Option<Halt>,
    /// the shared breaker was seen open
    was_open: bool,
    rate: Rate,
}

/// Delivers to one consumer until `stop`, then finishes what is in flight.
pub(super) async fn run(craft: Craft, stop: CancellationToken) -> Result<(), WorkerError> {
    let mut receiver = craft.shared.bus.consume(craft.consumer.id).await?;
    let rate = Rate::per_second(craft.consumer.limits.rate_per_second, Instant::now());
    let states = craft.shared.view.states();
    let slots = Arc::new(Semaphore::new(concurrency(&craft)));
    let mut worker = Worker { craft, states, slots, flights: JoinSet::new(), halt: None, was_open: false, rate };
    while !stop.is_cancelled() {
        worker.step(&mut receiver, &stop).await?;
    }
    drop(receiver);
    while let Some(landed) = worker.flights.join_next().await {
        worker.after(landed?.0).await;
    }
    worker.carry_out().await;
    Ok(())
}

fn concurrency(craft: &Craft) -> usize {
    usize::try_from(craft.consumer.limits.concurrency).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS)
}

impl Worker {
    /// Waits for one thing to happen and deals with it.
    async fn step(&mut self, receiver: &mut Receiver, stop: &CancellationToken) -> Result<(), WorkerError> {
        if self.flights.is_empty() {
            self.carry_out().await;
        }
        let gate = self.gate();
        // beside the requests, two batches of receipts may wait for the store
        let most = concurrency(&self.craft) + 2 * self.craft.shared.settings.batch;
        let may_take = gate == Gate::Open && self.halt.is_none() && self.flights.len() < most;
        let (ready_at, slots) = (self.rate.ready_at(), Arc::clone(&self.slots));
        let next = async {
            tokio::time::sleep_until(ready_at).await;
            // nobody closes the slots
            let slot = slots.acquire_owned().await.ok()?;
            Some((receiver.next().await?, slot))
        };
        tokio::select! {
            () = stop.cancelled() => {}
            Some(landed) = self.flights.join_next() => {
                // held until the aftermath is known: nothing more is sent after an answer that asks for a pause
                let (aftermath, _slot) = landed?;
                self.after(aftermath).await;
            }
            Ok(()) = self.states.changed() => self.look().await,
            delivery = next, if may_take => match delivery {
                Some((delivery, slot)) => self.start(delivery, Some(slot)),
                None => self.consume_again(receiver, stop).await?,
            },
        }
        Ok(())
    }

    /// The queue was deleted: its consumer is on the way out, or came back before anybody here saw that it was gone.
    async fn consume_again(&self, receiver: &mut Receiver, stop: &CancellationToken) -> Result<(), BusError> {
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(self.craft.shared.settings.poll) => {
                *receiver = self.craft.shared.bus.consume(self.consumer()).await?;
            }
        }
        Ok(())
    }

    fn start(&mut self, delivery: Delivery, slot: Slot) {
        self.rate.take(Instant::now());
        self.flights.spawn(self.craft.clone().deliver(delivery, slot));
    }

    fn gate(&self) -> Gate {
        let states = self.states.borrow();
        gate(&self.craft.consumer, states.by_consumer.get(&self.consumer()), states.now)
    }

    fn consumer(&self) -> ConsumerId {
        self.craft.consumer.id
    }

    /// The shared states were read anew: follows a breaker that another process opened or closed, and probes.
    async fn look(&mut self) {
        match self.gate() {
            Gate::Probe => {
                self.craft.tripped.store(true, Ordering::Relaxed);
                self.was_open = true;
                if self.flights.is_empty() && self.halt.is_none() {
                    self.probe().await;
                }
            }
            Gate::Open if self.was_open => {
                self.craft.tripped.store(false, Ordering::Relaxed);
                self.was_open = false;
            }
            Gate::Open | Gate::Shut => {}
        }
    }

    async fn probe(&mut self) {
        let settings = &self.craft.shared.settings;
        let taken = self.craft.shared.store.take_probe(self.consumer(), &settings.name, settings.probe_every).await;
        match taken {
            Ok(Some(probe)) => {
                let queued = probe.queued;
                let head = Head { consumer: queued.consumer, person: queued.person, event: queued.event };
                self.flights.spawn(self.craft.clone().probe(head));
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(error = causes(&error), "the probe could not be taken"),
        }
    }

    /// What a landed flight means for the others.
    async fn after(&mut self, aftermath: Aftermath) {
        match aftermath {
            Aftermath::None => {}
            Aftermath::Recovered => self.recovered().await,
            Aftermath::Gone => self.halt = self.halt.max(Some(Halt::Gone)),
            Aftermath::Trip => self.halt = self.halt.max(Some(Halt::Trip)),
            Aftermath::Pause(pause) if pause > self.craft.shared.settings.short_pause => {
                self.halt = self.halt.max(Some(Halt::Pause(pause)));
            }
            Aftermath::Pause(pause) => self.pause(pause).await,
        }
    }

    async fn recovered(&mut self) {
        if self.halt == Some(Halt::Trip) {
            self.halt = None;
        }
        self.insist(Act::CloseBreaker).await;
        self.reset_breaker().await;
        self.craft.tripped.store(false, Ordering::Relaxed);
        self.refresh().await;
        tracing::info!(consumer = %self.craft.consumer.object, "the endpoint answers again");
    }

    /// Carries out what stops the consumer, if anything does.
    async fn carry_out(&mut self) {
        let Some(halt) = self.halt.take() else { return };
        let object = &self.craft.consumer.object;
        match halt {
            Halt::Gone => {
                tracing::warn!(consumer = %object, "the endpoint answered 410: nothing is sent until its declaration changes");
                self.insist(Act::MarkGone).await;
            }
            Halt::Trip => {
                self.insist(Act::OpenBreaker).await;
                self.reset_breaker().await;
            }
            Halt::Pause(pause) => {
                tracing::info!(consumer = %object, seconds = pause.as_secs(), "the endpoint asks for a pause");
                self.insist(Act::Pause(pause)).await;
            }
        }
        self.refresh().await;
        if let Err(error) = self.craft.shared.bus.purge(self.consumer()).await {
            // what stays in the queue is loaded as a stale copy
            tracing::warn!(error = causes(&error), "the queue could not be emptied");
        }
    }

    /// A short pause: the queue stays as it is.
    async fn pause(&mut self, pause: Duration) {
        self.insist(Act::Pause(pause)).await;
        self.refresh().await;
    }

    async fn reset_breaker(&self) {
        let now = self.craft.shared.now().await;
        lock(&self.craft.breaker).reset(now);
    }

    async fn refresh(&self) {
        self.insist(Act::ReadStates).await;
    }

    /// Tries until the store takes it.
    async fn insist(&self, act: Act) {
        let mut pauses = Pauses::new();
        while let Err(error) = self.act(act).await {
            pauses.after(act.name(), &error).await;
        }
    }

    async fn act(&self, act: Act) -> Result<(), StoreError> {
        let (store, consumer) = (&self.craft.shared.store, self.consumer());
        match act {
            Act::MarkGone => store.mark_gone(consumer, &self.craft.consumer.revision).await,
            Act::OpenBreaker => store.open_breaker(consumer).await.map(|_| ()),
            Act::CloseBreaker => store.close_breaker(consumer).await.map(|_| ()),
            Act::Pause(pause) => store.pause(consumer, pause).await.map(|_| ()),
            Act::ReadStates => self.craft.shared.view.refresh_states().await,
        }
    }
}

/// What a worker does to the state that all processes share.
#[derive(Debug, Clone, Copy)]
enum Act {
    MarkGone,
    OpenBreaker,
    CloseBreaker,
    Pause(Duration),
    ReadStates,
}

impl Act {
    fn name(self) -> &'static str {
        match self {
            Self::MarkGone => "gone",
            Self::OpenBreaker => "open breaker",
            Self::CloseBreaker => "close breaker",
            Self::Pause(_) => "pause",
            Self::ReadStates => "states",
        }
    }
}
