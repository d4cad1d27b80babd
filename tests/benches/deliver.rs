//! Delivering: a recorded backlog to a sink that answers 204, signing and attempt log on, against a bare loop of the same
//! requests with the same client at the same concurrency.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use ingester::Feeder;
use notifier::connect::{Credentials, Endpoint, native_roots};
use registry::{AgeRange, Consumer, Destination, Registry};
use runtime::{Health, Secrets};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::deliver_sink::Sink;
use crate::files::{Order, initial_load};
use crate::gauge::{Moment, Spent};
use crate::ground::{Database, Ground, consumer, registry, subscription};
use crate::report::Report;

/// Consumers, persons, and requests at one time to each.
const RUNS: [(usize, usize, u32); 2] = [(1, 20_000, 64), (5, 6_000, 32)];

const SIGNING_KEY: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// What a run took.
struct Run {
    spent: Spent,
    sink: f64,
    requests: u64,
}

pub(crate) async fn bench() -> anyhow::Result<()> {
    let mut report = Report::new("deliver");
    for (fan, persons, concurrency) in RUNS {
        let file = initial_load(persons, Order::Mixed)?;
        for database in Database::BOTH {
            let mut sink = Sink::open(fan).await?;
            let whole = deliver(database, &mut sink, &file, concurrency).await?;
            let bare = post(&mut sink, whole.requests, concurrency).await?;
            let what = format!("{}, fan-out {fan}", database.name());
            let key = |figure: &str| format!("{}{fan}{figure}", database.name().to_lowercase());
            #[expect(clippy::cast_precision_loss, reason = "counts for people to read")]
            let requests = whole.requests as f64;
            let thousand = 1000.0 / requests;
            report.figure(&key("PerSecond"), &format!("{what}: deliveries"), requests / whole.spent.wall, "/s");
            report.figure(&key("BarePerSecond"), &format!("{what}: bare loop"), requests / bare.spent.wall, "/s");
            let share = bare.spent.wall / whole.spent.wall;
            report.figure(&key("Share"), &format!("{what}: deliveries / bare loop"), share, "of its speed");
            report.figure(&key("OwnCpu"), &format!("{what}: notifier"), whole.spent.own * thousand, "s of CPU a 1000");
            if database == Database::Postgres {
                let cpu = whole.spent.database * thousand;
                report.figure(&key("DatabaseCpu"), &format!("{what}: database"), cpu, "s of CPU a 1000");
            }
            report.figure(&key("BareCpu"), &format!("{what}: bare loop"), bare.spent.own * thousand, "s of CPU a 1000");
            report.figure(&key("SinkCpu"), &format!("{what}: sink"), whole.sink * thousand, "s of CPU a 1000");
        }
    }
    report.close()
}

/// A consumer for each door of the sink, told of everybody.
fn everybody(sink: &Sink, concurrency: u32) -> anyhow::Result<Registry> {
    let (mut consumers, mut subscriptions) = (Vec::new(), Vec::new());
    for (nth, url) in sink.urls.iter().enumerate() {
        let mut consumer = consumer(nth, url, concurrency);
        let port = url.rsplit(':').next().and_then(|rest| rest.split('/').next()).context("a door without port")?;
        consumer.destinations = vec![Destination::Cidr { net: "127.0.0.0/8".parse()?, port: port.parse()? }];
        subscriptions.push(subscription(nth as u128, &consumer, AgeRange { from: 0, to: None }, true));
        consumers.push(consumer);
    }
    Ok(registry(consumers, subscriptions))
}

fn write_secrets(folder: &Path, consumers: &[Consumer], ca: &str) -> anyhow::Result<Secrets> {
    let secrets = folder.join("secrets");
    for consumer in consumers {
        let place = secrets.join("bench").join(&consumer.object.name);
        std::fs::create_dir_all(&place)?;
        std::fs::write(place.join("signing-key"), SIGNING_KEY)?;
        std::fs::write(place.join("ca.crt"), ca)?;
    }
    Ok(Secrets::folder(secrets))
}

/// Records the backlog, then times the notifier and the feeder until nothing is left.
async fn deliver(database: Database, sink: &mut Sink, file: &Path, concurrency: u32) -> anyhow::Result<Run> {
    let registry = everybody(sink, concurrency)?;
    let ground = Ground::new(database, &registry).await?;
    let secrets = write_secrets(ground.place.folder.path(), &registry.consumers, &sink.ca)?;
    ground.deliver(file)?;
    let requests = ground.sweep().await?["advisories"].as_u64().context("no counts")?;
    let (stop, postmaster) = (CancellationToken::new(), ground.place.postmaster);
    let (cpu, begun) = (sink.cpu()?, Moment::now(postmaster)?);
    let settings = notifier::Settings::new("bench");
    let (store, bus, chance) = (ground.store.clone(), ground.bus.clone(), ground.chance.clone());
    let notifier = tokio::spawn(notifier::run(settings, store, bus, secrets, chance, Health::new(), stop.clone()));
    let (ingester, fed) = (ground.ingester.clone(), stop.clone());
    let feeder = tokio::spawn(async move {
        let mut feeder = Feeder::default();
        while !fed.is_cancelled() {
            let pause = feeder.pass(&ingester).await?;
            tokio::time::sleep(pause).await;
        }
        anyhow::Ok(())
    });
    sink.answered(requests).await?;
    while ground.store.backlogs().await?.iter().any(|backlog| backlog.undelivered > 0) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let run = Run { spent: begun.until_now(postmaster)?, sink: sink.cpu()? - cpu, requests };
    stop.cancel();
    notifier.await??;
    feeder.await??;
    ground.remove().await?;
    Ok(run)
}

/// As many requests of about the same size through the same client, and nothing else.
async fn post(sink: &mut Sink, requests: u64, concurrency: u32) -> anyhow::Result<Run> {
    let folder = tempfile::tempdir()?;
    let consumers = everybody(sink, concurrency)?.consumers;
    let secrets = write_secrets(folder.path(), &consumers, &sink.ca)?;
    let roots = native_roots();
    let (left, share) = (Arc::new(AtomicU64::new(0)), requests / consumers.len() as u64);
    let (cpu, begun) = (sink.cpu()?, Moment::now(None)?);
    let mut loops = JoinSet::new();
    for consumer in &consumers {
        let endpoint = Endpoint::new(consumer, &Credentials::read(consumer, &secrets)?, &roots)?;
        let taken = Arc::new(AtomicU64::new(0));
        for _ in 0..concurrency {
            let (endpoint, taken, left) = (endpoint.clone(), Arc::clone(&taken), Arc::clone(&left));
            loops.spawn(async move {
                while taken.fetch_add(1, Ordering::Relaxed) < share {
                    let answered = endpoint.post(headers(), Bytes::from_static(BODY)).await;
                    if answered.is_ok_and(|answered| answered.status == 204) {
                        left.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    }
    while loops.join_next().await.is_some() {}
    let run = Run { spent: begun.until_now(None)?, sink: sink.cpu()? - cpu, requests };
    ensure!(left.load(Ordering::Relaxed) == share * consumers.len() as u64, "the bare loop met failures");
    Ok(run)
}

/// As long as an advisory that tells of a person who entered.
const BODY: &[u8] = &[b'x'; 900];

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(4);
    let text = HeaderValue::from_static;
    headers.insert(CONTENT_TYPE, text("application/cloudevents+json"));
    headers.insert(HeaderName::from_static("webhook-id"), text("01234567-89ab-cdef-0123-456789abcdef-1-1234"));
    headers.insert(HeaderName::from_static("webhook-timestamp"), text("1772000000"));
    let signature = "v1,MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    headers.insert(HeaderName::from_static("webhook-signature"), text(signature));
    headers
}
