//! `serve`: control, ingester, notifier and an embedded bus in one process.

mod config;
mod folder;

use std::process::ExitCode;

pub use config::{Config, HealthAddress, HealthSection, InstallationSection, StoreSection};
pub use folder::{DataFolder, FolderError, Lock};

use crate::cli::ServeArguments;

pub(crate) fn run(_arguments: &ServeArguments) -> ExitCode {
    ExitCode::FAILURE
}
