//! `status`: how far everything is, from the store. Counts and times, never a person.

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use registry::{ConsumerId, Registry};
use serde_json::{Value, json};
use store::status::Backlog;
use store::{Breaker, Extract, ExtractState, Store};

use crate::cli::StatusArguments;
use crate::exit::Exit;
use crate::screen::{self, Screen, Tone, count, counted, line};
use crate::serve::{Config, DataFolder};

/// The newest files that are shown.
const FILES: usize = 10;

/// A process that was seen this recently is alive.
const ALIVE: std::time::Duration = std::time::Duration::from_secs(15);

/// What the store says.
#[derive(Debug)]
struct Facts {
    now: Timestamp,
    installation: String,
    version: Option<i64>,
    registry: Registry,
    extracts: Vec<Extract>,
    backlogs: Vec<Backlog>,
    quarantined: i64,
    processes: Vec<String>,
}

pub(crate) fn run(arguments: &StatusArguments, screen: Screen) -> anyhow::Result<Exit> {
    let folder = DataFolder::new(arguments.data.clone());
    let config = Config::load(arguments.config.as_deref())?;
    if config.store.url.is_none() && !folder.sqlite().is_file() {
        bail!("{} holds no store; give the folder of data that `serve` or `demo` uses", folder.path().display());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let facts = runtime.block_on(facts(&config.store(&folder)))?;
    if arguments.json {
        screen::json(&machine(&facts))?;
    } else {
        human(screen, &facts);
    }
    Ok(Exit::Done)
}

async fn facts(config: &store::StoreConfig) -> anyhow::Result<Facts> {
    let store = Store::connect(config).await?;
    let (installation, _) = store.installation().await?.context("the store was never served")?;
    let current = store.current_registry().await?;
    let version = current.as_ref().map(|current| current.version);
    let registry = current.map_or_else(|| Registry::empty(&installation.name), |current| current.registry);
    let mut backlogs = store.backlogs().await?;
    for consumer in &registry.consumers {
        if !backlogs.iter().any(|backlog| backlog.consumer == consumer.id) {
            backlogs.push(nothing_yet(consumer.id));
        }
    }
    backlogs.sort_by_cached_key(|backlog| consumer_name(&registry, backlog));
    let facts = Facts {
        now: store.now().await?,
        version,
        extracts: store.extracts(FILES).await?,
        backlogs,
        quarantined: store.quarantined().await?.iter().map(|count| count.lines).sum(),
        processes: store.processes(ALIVE).await?.into_iter().map(|process| process.beat.name).collect(),
        installation: installation.name,
        registry,
    };
    store.close().await;
    Ok(facts)
}

/// A consumer that never had an advisory.
fn nothing_yet(consumer: ConsumerId) -> Backlog {
    Backlog {
        consumer,
        undelivered: 0,
        queued: 0,
        due: 0,
        parked: 0,
        oldest: None,
        last_delivered: None,
        last_sequence: 0,
        breaker: Breaker::Closed,
        gone: false,
        not_before: None,
    }
}

/// `NAMESPACE/NAME` of a consumer, or its identity when its manifest is gone.
fn consumer_name(registry: &Registry, backlog: &Backlog) -> String {
    let consumer = registry.consumer(backlog.consumer);
    consumer.map_or_else(|| backlog.consumer.to_string(), |consumer| consumer.object.to_string())
}

/// What is to be said of a consumer in one word.
fn condition(registry: &Registry, backlog: &Backlog) -> (&'static str, Tone) {
    match registry.consumer(backlog.consumer) {
        None => ("removed", Tone::Quiet),
        Some(consumer) if consumer.suspend => ("suspended", Tone::Doubtful),
        Some(_) if backlog.gone => ("gone", Tone::Bad),
        Some(_) if !matches!(backlog.breaker, Breaker::Closed) => ("unreachable", Tone::Bad),
        Some(_) if backlog.undelivered > 0 => ("delivering", Tone::Good),
        Some(_) => ("idle", Tone::Good),
    }
}

fn state(extract: &Extract) -> (&'static str, Tone) {
    match extract.state {
        ExtractState::Open => ("being applied", Tone::Doubtful),
        ExtractState::Applied => ("applied", Tone::Good),
        ExtractState::Refused => ("refused", Tone::Bad),
    }
}

fn machine(facts: &Facts) -> Value {
    let extracts: Vec<_> = facts
        .extracts
        .iter()
        .map(|extract| {
            let counts: Value = serde_json::from_str(&extract.counts).unwrap_or_default();
            json!({"name": extract.file.name, "productionDate": extract.file.production_date, "state": state(extract).0,
                "persons": extract.file.persons, "personsDone": extract.persons_done, "reason": extract.reason,
                "counts": counts, "finishedAt": extract.finished_at})
        })
        .collect();
    let consumers: Vec<_> = facts
        .backlogs
        .iter()
        .map(|backlog| {
            json!({"consumer": consumer_name(&facts.registry, backlog), "id": backlog.consumer,
                "condition": condition(&facts.registry, backlog).0, "undelivered": backlog.undelivered,
                "queued": backlog.queued, "due": backlog.due, "parked": backlog.parked,
                "lastSequence": backlog.last_sequence, "oldestSince": backlog.oldest,
                "lastDelivered": backlog.last_delivered, "notBefore": backlog.not_before})
        })
        .collect();
    json!({"installation": facts.installation, "now": facts.now, "registryVersion": facts.version,
        "sources": facts.registry.sources.len(), "consumers": consumers,
        "subscriptions": facts.registry.subscriptions.len(), "extracts": extracts,
        "quarantined": facts.quarantined, "processes": facts.processes})
}

fn human(screen: Screen, facts: &Facts) {
    let Registry { sources, consumers, subscriptions, .. } = &facts.registry;
    screen.row("installation", &facts.installation);
    let version = facts.version.map_or_else(|| "none yet".to_owned(), |version| version.to_string());
    screen.row(
        "registry",
        format_args!(
            "version {version}: {}, {}, {}",
            counted(sources.len(), "source", "sources"),
            counted(consumers.len(), "consumer", "consumers"),
            counted(subscriptions.len(), "subscription", "subscriptions")
        ),
    );
    let processes = if facts.processes.is_empty() { "none alive".to_owned() } else { facts.processes.join(", ") };
    screen.row("processes", processes);
    screen.row("quarantine", format_args!("{} lines", count_of(facts.quarantined)));
    line("");
    line(screen.paint(Tone::Strong, "newest files"));
    if facts.extracts.is_empty() {
        line("  none yet");
    }
    for extract in &facts.extracts {
        let (state, tone) = state(extract);
        let done = format!("{:>9} of {:>9} persons", count_of(extract.persons_done), count_of(extract.file.persons));
        let date = extract.file.production_date.map_or_else(|| "          ".to_owned(), |date| date.to_string());
        let reason = extract.reason.as_deref().unwrap_or_default();
        let state = screen.paint(tone, format_args!("{state:<14}"));
        let told = format!("  {:<20} {date}  {state} {done}  {reason}", extract.file.name);
        line(told.trim_end());
    }
    line("");
    line(screen.paint(
        Tone::Strong,
        format_args!(
            "{:<36} {:<12} {:>11} {:>8} {:>10}  oldest",
            "consumer", "condition", "undelivered", "parked", "sequence"
        ),
    ));
    for backlog in &facts.backlogs {
        let (condition, tone) = condition(&facts.registry, backlog);
        let oldest = backlog.oldest.map_or_else(String::new, |oldest| age(facts.now, oldest));
        let told = format!(
            "{:<36} {} {:>11} {:>8} {:>10}  {oldest}",
            consumer_name(&facts.registry, backlog),
            screen.paint(tone, format_args!("{condition:<12}")),
            count_of(backlog.undelivered),
            count_of(backlog.parked),
            count_of(backlog.last_sequence),
        );
        line(told.trim_end());
    }
}

/// A count from the store, which is never negative.
fn count_of(number: impl TryInto<u64>) -> String {
    count(number.try_into().unwrap_or_default())
}

/// How long ago, in the largest unit that says enough.
fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let told = |seconds: i64| age(now, now - jiff::SignedDuration::from_secs(seconds));
        assert_eq!(told(0), "0 s");
        assert_eq!(told(119), "119 s");
        assert_eq!(told(120), "2 min");
        assert_eq!(told(7200), "2 h");
        assert_eq!(told(200_000), "2 d");
        assert_eq!(told(-5), "0 s");
    }
}
