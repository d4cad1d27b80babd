//! One process from its first line to its exit code.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::process::{DRAIN, joined};
use crate::{Health, LogConfig, Process, health, logs};

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    InOrder,
    Failed,
}

/// Runs a process named `name`: sets the TLS provider, logs and the panic hook, answers health on `health_address` if given, calls
/// `start`, and waits for SIGTERM, SIGINT, [`Process::stop`] or the end of a task. Tasks then have 45 seconds to drain; a second signal
/// ends at once.
///
/// Exit code 0 after an orderly end; 1 when the start or any task failed, the drain took too long, or a second signal came.
pub fn run(
    name: &'static str,
    log: &LogConfig,
    health_address: Option<SocketAddr>,
    start: impl AsyncFnOnce(&Process) -> anyhow::Result<()>,
) -> ExitCode {
    match run_to_end(name, log, health_address, start) {
        Ended::InOrder => ExitCode::SUCCESS,
        Ended::Failed => ExitCode::FAILURE,
    }
}

fn run_to_end(
    name: &'static str,
    log: &LogConfig,
    health_address: Option<SocketAddr>,
    start: impl AsyncFnOnce(&Process) -> anyhow::Result<()>,
) -> Ended {
    // an installed provider is the same one: a second `run` in one test process changes nothing
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    logs::start(log);
    logs::hook_panics();
    let health = Health::new();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().thread_name(name).build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the asynchronous runtime did not start");
            return Ended::Failed;
        }
    };
    // kept until the end, so that probes are answered while the tasks drain
    let _server = match health_address.map(|address| health::serve(address, health.clone())).transpose() {
        Ok(server) => {
            if let Some(server) = &server {
                tracing::info!(address = %server.address(), "health is answered");
            }
            server
        }
        Err(error) => {
            let address = health_address.map(|address| address.to_string());
            tracing::error!(%error, address, "health cannot be answered; free the address or configure another one");
            return Ended::Failed;
        }
    };
    let process = Process::new(health);
    let ended = runtime.block_on(async {
        match signals() {
            Ok(signals) => supervise(&process, start, signals, DRAIN).await,
            Err(error) => {
                tracing::error!(%error, "signals cannot be received");
                Ended::Failed
            }
        }
    });
    // tasks that did not drain are dropped here; a thread that blocks is not waited for
    runtime.shutdown_background();
    tracing::info!(name, orderly = ended == Ended::InOrder, "the process ends");
    ended
}

/// Starts, waits and drains; the signals come from a channel, so that a test can send them.
async fn supervise(
    process: &Process,
    start: impl AsyncFnOnce(&Process) -> anyhow::Result<()>,
    mut signals: mpsc::Receiver<()>,
    drain: Duration,
) -> Ended {
    let started = tokio::select! {
        started = start(process) => started,
        Some(()) = signals.recv() => {
            process.stop();
            Ok(())
        }
    };
    match started {
        Ok(()) => process.health().set_started(),
        Err(error) => {
            tracing::error!(error = joined(&error), "the process did not start");
            process.fail();
        }
    }
    tokio::select! {
        () = process.shutdown().cancelled() => {}
        Some(()) = signals.recv() => process.stop(),
    }
    process.health().set_stopping();
    tracing::info!(failed = process.has_failed(), "stopping");
    tokio::select! {
        () = process.ended() => {}
        () = tokio::time::sleep(drain) => {
            tracing::error!(seconds = drain.as_secs(), "some tasks did not end in time");
            process.fail();
        }
        Some(()) = signals.recv() => {
            tracing::warn!("a second signal: ending at once");
            process.fail();
        }
    }
    if process.has_failed() { Ended::Failed } else { Ended::InOrder }
}

/// One message per SIGTERM or SIGINT.
fn signals() -> std::io::Result<mpsc::Receiver<()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = terminate.recv() => {}
                Some(()) = interrupt.recv() => {}
                else => return,
            }
            if sender.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

#[cfg(test)]
mod tests;
