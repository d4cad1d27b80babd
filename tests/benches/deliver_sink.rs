//! The other side: a process with a door per consumer that answers 204 and keeps nothing.

use std::io::BufRead as _;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use simulator::receiver::{Behaviour, Door, Receiver};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::gauge::cpu_of;
use crate::report::say;

/// A sink in a process of its own; dropping it ends the process.
pub(crate) struct Sink {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    pub(crate) urls: Vec<String>,
    pub(crate) ca: String,
}

impl Sink {
    pub(crate) async fn open(doors: usize) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["child-sink", &doors.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn()?;
        let orders = process.stdin.take().context("the sink takes no orders")?;
        let answers = BufReader::new(process.stdout.take().context("the sink does not answer")?);
        let mut sink = Self { process, orders, answers, urls: Vec::new(), ca: String::new() };
        let told = sink.answer().await?;
        let urls = told["urls"].as_array().context("the sink has no doors")?;
        sink.urls = urls.iter().filter_map(|url| url.as_str().map(str::to_owned)).collect();
        told["ca"].as_str().context("the sink has no authority")?.clone_into(&mut sink.ca);
        Ok(sink)
    }

    /// Waits until so many requests were answered since the sink was opened.
    pub(crate) async fn answered(&mut self, wanted: u64) -> anyhow::Result<()> {
        self.orders.write_all(format!("{wanted}\n").as_bytes()).await?;
        self.answer().await.map(drop)
    }

    /// Its processor time, in seconds.
    pub(crate) fn cpu(&self) -> anyhow::Result<f64> {
        Ok(cpu_of(self.process.id().context("the sink has ended")?)?.0)
    }

    async fn answer(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        self.answers.read_line(&mut line).await?;
        serde_json::from_str(&line).context("the sink has ended")
    }
}

#[expect(clippy::disallowed_methods, reason = "a sink looks at no time; the receiver wants a clock")]
fn clock() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Opens the doors, tells where they are, and answers each order when it is fulfilled, until there are none.
pub(crate) async fn child(doors: usize) -> anyhow::Result<()> {
    let receiver = Receiver::new(Arc::new(clock))?;
    let mut urls = Vec::new();
    for door in 0..doors {
        let path = format!("/consumer-{door}");
        urls.push(receiver.open(Door { path: path.clone(), port: 0, secrets: vec![] }).await?);
        receiver.behave(&path, Behaviour::Sink).await?;
    }
    say(&json!({"urls": urls, "ca": receiver.ca_pem()}).to_string());
    loop {
        let order = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin().lock().read_line(&mut line).map(|_| line)
        });
        let order = order.await??;
        let Ok(wanted) = order.trim().parse::<u64>() else { return Ok(()) };
        while receiver.sunk() < wanted {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        say("{}");
    }
}
