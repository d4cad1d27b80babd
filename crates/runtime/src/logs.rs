//! Logs: one line per event, for a machine or for a person, and a panic hook that keeps quiet about the payload.

use std::io::IsTerminal as _;

use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What is logged and how.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// for a person or for a machine
    pub format: LogFormat,
    /// which events, in the form of `RUST_LOG`; the variable itself comes first; `info` if neither is given
    pub filter: Option<String>,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// text on standard error, coloured on a terminal
    #[default]
    Human,
    /// one JSON object per line on standard output
    Json,
}

/// Sets the subscriber of the process. One that is already set stays: tests of several processes share one.
pub(crate) fn start(log: &LogConfig) {
    match log.format {
        LogFormat::Human => {
            let colour = std::io::stderr().is_terminal();
            let lines = tracing_subscriber::fmt().with_env_filter(filter(log)).with_writer(std::io::stderr);
            let _ = lines.with_ansi(colour).try_init();
        }
        LogFormat::Json => {
            let _ = tracing::subscriber::set_global_default(json(log, std::io::stdout));
        }
    }
}

fn json<W>(log: &LogConfig, writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter(log)).with_writer(writer).finish()
}

/// `RUST_LOG`, else the configured filter, else `info`; a part that cannot be read is left out.
fn filter(log: &LogConfig) -> EnvFilter {
    let text = std::env::var("RUST_LOG").ok().filter(|text| !text.is_empty()).or_else(|| log.filter.clone());
    EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).parse_lossy(text.unwrap_or_default())
}

/// A panic is logged with its place and without its payload, which could hold personal data.
pub(crate) fn hook_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic.location().map_or(("", 0), |place| (place.file(), place.line()));
        let thread = std::thread::current();
        tracing::error!(file, line, thread = thread.name().unwrap_or_default(), "panicked");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_json_line_is_one_object_with_its_fields() {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = json(&LogConfig { format: LogFormat::Json, filter: None }, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(persons = 3, "applied");
            tracing::debug!("not shown by default");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["message"], "applied");
        assert_eq!(line["persons"], 3);
        assert_eq!(line["level"], "INFO");
    }
}
