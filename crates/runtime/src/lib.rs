//! What every process needs: start and stop, named tasks, configuration, logs, health, secrets from files, chance and the Danish date.
//!
//! What is not here: anything about persons, resources, databases or queues. A process hands its parts to [`run`] and
//! [`Process::spawn`]; this crate sees to it that none of them ends unnoticed. It holds no global state: the one exception is
//! what the platform makes global itself (the TLS provider, the log subscriber and the panic hook, all set by [`run`]).

pub mod config;
pub mod copenhagen;
pub mod health;
pub mod secrets;

mod chance;
mod logs;
mod process;
mod run;
mod sealer;

pub use chance::Chance;
pub use health::{Beat, Health};
pub use logs::{LogConfig, LogFormat};
pub use process::Process;
pub use run::run;
pub use sealer::{SealError, Sealer};
pub use secrets::{Secret, SecretError, Secrets};
