//! The sweep of every Directory source: what is complete is taken in order, source by source side by side.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;
use registry::{Source, SourceId};
use runtime::{Beat, copenhagen};
use store::{ExtractState, Held};
use tokio::task::JoinSet;

use crate::Ingester;
use crate::companion::Companion;
use crate::inbox::{self, Found, Inbox, Listing, Mark};
use crate::pattern;
use crate::take::{TakeError, Taken, blocking};

/// What is remembered of a source between sweeps.
#[derive(Debug, Default)]
struct Memory {
    inbox: Inbox,
    /// Refused files with the mark and the day of their refusal: not read again while both stay.
    refused: HashMap<String, (Mark, Date)>,
    /// What was said last of each file or of the folder, so that it is said once.
    said: HashMap<String, String>,
}

/// The sweep of all sources, with what it remembers of each.
#[derive(Debug, Default)]
pub struct Sweeper {
    memories: HashMap<SourceId, Memory>,
}

impl Sweeper {
    /// Sweeps every source of the registry in force once. A source that fails is logged and holds up no other.
    ///
    /// # Errors
    /// [`TakeError::Store`] if the registry cannot be read.
    pub async fn sweep(&mut self, ingester: &Ingester, held: &Held, beat: &Arc<Beat>) -> Result<(), TakeError> {
        let Some(current) = ingester.store.current_registry().await? else { return Ok(()) };
        self.memories.retain(|id, _| current.registry.source(*id).is_some());
        let mut sources = JoinSet::new();
        for source in current.registry.sources.into_iter().filter(|source| !source.suspend) {
            let mut memory = self.memories.remove(&source.id).unwrap_or_default();
            let (ingester, held, beat) = (ingester.clone(), held.clone(), Arc::clone(beat));
            sources.spawn(async move {
                let swept = memory.sweep(&ingester, &held, &source, &beat).await;
                (source, memory, swept)
            });
        }
        while let Some(joined) = sources.join_next().await {
            // A source that panicked has lost its memory only; the panic hook has reported it.
            let Ok((source, mut memory, swept)) = joined else { continue };
            match swept {
                Ok(()) => drop(memory.said.remove("")),
                Err(TakeError::Stopped) => {}
                Err(error) => memory.say("", &format!("source {}: {}", source.object, joined_text(&error))),
            }
            self.memories.insert(source.id, memory);
        }
        Ok(())
    }
}

impl Memory {
    async fn sweep(&mut self, ingester: &Ingester, held: &Held, source: &Source, beat: &Beat) -> Result<(), TakeError> {
        let folder = ingester.settings.base.join(&source.directory.path);
        let listing = self.list(folder, source.directory.file_pattern.clone()).await?;
        for (name, reason) in &listing.held {
            let text = format!("file {name} is left for later: {}", joined_text(reason));
            match reason {
                // every file without a companion passes through it
                inbox::Held::Growing => tracing::info!("{text}"),
                _ => self.say(name, &text),
            }
        }
        let today = copenhagen::today(ingester.store.now().await?);
        self.forget(&listing);
        for found in &listing.complete {
            if self.refused.get(&found.name) == Some(&(found.mark, today)) {
                continue;
            }
            if ingester.cancel.is_cancelled() {
                return Err(TakeError::Stopped);
            }
            beat.alive();
            // A file that fails holds up the later ones of its source: their order counts.
            match ingester.take(held, source, found, beat).await? {
                Taken::Applied(counts) => {
                    let crate::Counts { stored, new, surplus, history, quarantined, strays, entered, left, advisories } =
                        counts;
                    tracing::info!(
                        source = %source.object, file = found.name, stored, new, surplus, history, quarantined, strays,
                        entered, left, advisories, "an extract is applied and removed"
                    );
                }
                Taken::Repeated => {
                    tracing::info!(source = %source.object, file = found.name, "an extract was applied before: removed without effect");
                }
                Taken::Refused(reason) => {
                    self.refused.insert(found.name.clone(), (found.mark, today));
                    self.say(
                        &found.name,
                        &format!("file {} of source {} is refused: {reason}", found.name, source.object),
                    );
                }
            }
        }
        remove_orphans(ingester, source, listing.orphans).await
    }

    async fn list(&mut self, folder: PathBuf, file_pattern: String) -> Result<Listing, TakeError> {
        let mut inbox = std::mem::take(&mut self.inbox);
        let (inbox, listing) = blocking(move || {
            let listing = inbox.sweep(&folder, |name| pattern::matches(&file_pattern, name));
            (inbox, listing)
        })
        .await?;
        self.inbox = inbox;
        listing.map_err(TakeError::Folder)
    }

    /// Drops what is remembered of files that are gone.
    fn forget(&mut self, listing: &Listing) {
        let complete = |name: &String| listing.complete.iter().any(|found: &Found| found.name == *name);
        let there = |name: &String| complete(name) || listing.held.iter().any(|(held, _)| held == name);
        self.refused.retain(|name, _| complete(name));
        self.said.retain(|name, _| name.is_empty() || there(name));
    }

    fn say(&mut self, about: &str, text: &str) {
        if self.said.get(about).map(String::as_str) != Some(text) {
            tracing::warn!("{text}");
            self.said.insert(about.to_owned(), text.to_owned());
        }
    }
}

/// Removes companions whose data file was applied and removed before a crash.
async fn remove_orphans(ingester: &Ingester, source: &Source, orphans: Vec<PathBuf>) -> Result<(), TakeError> {
    for path in orphans {
        let read = path.clone();
        let Ok(companion) = blocking(move || Companion::read(&read)).await? else { continue };
        let known = ingester.store.extract_by_transfer(source.id, &companion.transfer).await?;
        if known.is_some_and(|known| known.state == ExtractState::Applied) {
            blocking(move || std::fs::remove_file(&path)).await?.map_err(TakeError::Read)?;
        }
    }
    Ok(())
}

/// An error and its causes in one line; none of them quotes content.
pub(crate) fn joined_text(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source()).map(|cause| format!(": {cause}"));
    error.to_string() + &causes.collect::<String>()
}
