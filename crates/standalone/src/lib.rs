//! The command line `cprbroker`, and all parts wired into one process.
//!
//! - `serve` is the real thing for a small municipality: a folder of manifests, SQLite, an embedded bus, the ingester and
//!   the notifier in one process ([`serve`]).
//! - `demo` is `serve` with a simulated source, simulated consumers and somebody who tells what happens.
//! - `check`, `extract check`, `simulate extracts` and `status` answer and end.
//!
//! What is not here: anything that a process of its own would need too. Verbs that answer write to standard output;
//! processes that run write their logs to standard error.

mod check;
mod cli;
mod clock;
mod demo;
mod exit;
mod extract;
mod screen;
pub mod serve;
mod simulate;
mod status;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Verb};
use crate::exit::Exit;
use crate::screen::Screen;

/// Runs the command line given by `arguments`, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // help and version end here too; a closed pipe is nobody's fault
            error.print().ok();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let screen = Screen::standard();
    let ended = match cli.verb {
        Verb::Serve(arguments) => return serve::run(&arguments),
        Verb::Demo(arguments) => return demo::run(&arguments),
        Verb::Check(arguments) => check::run(&arguments, screen),
        Verb::Extract { verb: cli::ExtractVerb::Check(arguments) } => extract::run(&arguments, screen),
        Verb::Simulate { verb: cli::SimulateVerb::Extracts(arguments) } => simulate::run(&arguments, screen),
        Verb::Status(arguments) => status::run(&arguments, screen),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => {
            screen::complain(&error);
            Exit::Failed.into()
        }
    }
}
