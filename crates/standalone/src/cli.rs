//! The arguments of every verb, and their help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

const EXIT_CODES: &str = "\
Exit codes:
  0  done (demo --exit: and everything was delivered)
  1  failed; the reason is on standard error
  2  wrong usage
  3  what was checked has mistakes (check, extract check)

No verb prints a person number, a name, an address or any content of a file.";

/// A hub for CPR data: extracts in, signed advisories out.
#[derive(Debug, Parser)]
#[command(name = "cprbroker", version, after_help = EXIT_CODES, max_term_width = 100)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the hub: one process, one folder of manifests, one folder of data
    Serve(ServeArguments),
    /// Play some days of fictitious life events through the hub and show what happens
    Demo(DemoArguments),
    /// Check a folder of manifests: one line per mistake
    Check(CheckArguments),
    /// Look into extract files
    Extract {
        #[command(subcommand)]
        verb: ExtractVerb,
    },
    /// Make things to try the hub with
    Simulate {
        #[command(subcommand)]
        verb: SimulateVerb,
    },
    /// Say how far everything is: files, consumers, backlogs
    Status(StatusArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExtractVerb {
    /// Say what the ingester would make of a file: header, form, counters, persons, what goes to quarantine and why
    Check(ExtractCheckArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum SimulateVerb {
    /// Write the extracts of a fictitious population into a folder, each with its .metadata companion
    Extracts(SimulateArguments),
}

/// Arguments of `serve`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
The folder of data holds the database, the key of sealed files, the secrets (secrets/NAMESPACE/NAME/KEY) and a lock; one \
process at a time may serve it. Manifests are read again whenever they change. SIGTERM and SIGINT end the process in order \
within 45 seconds, with exit code 0.

The configuration is one TOML file; every key can be set as CPRBROKER_SECTION__KEY as well:
  [installation]  name = \"standalone\"    part of every identity: never change it
                  authority = \"…\"        CVR number; without it that of the first source
                  environment = \"Production\" | \"Test\"
  [store]         url = \"postgres://…\"   without it SQLite in the folder of data
                  max_connections = 8
                  durability = \"processCrash\" | \"powerLoss\": what a commit on SQLite survives
                  window = 5000          advisories per consumer that may be queued
  [sources]       sweep_milliseconds = 5000   the pause between two looks at a source's folder
  [health]        address = \"127.0.0.1:9740\"   /livez /readyz /startupz; \"off\" for none
  [log]           format = \"human\" | \"json\"
                  filter = \"info\"                    RUST_LOG comes first
Logs for people go to standard error, JSON to standard output. docs/OPERATING.md tells how to set all of it up.")]
pub(crate) struct ServeArguments {
    /// The folder of manifests
    #[arg(long, value_name = "DIR")]
    pub(crate) manifests: PathBuf,
    /// The folder of data; made if it is missing
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The configuration
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Let what the manifests have changed since the last run end any number of memberships
    #[arg(long)]
    pub(crate) accept_shrink: bool,
}

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
The days played are the last ones up to yesterday: an initial load, then one change extract per day. Two consumers listen \
on this machine, verify every signature, and keep nothing. With --exit the exit code is 0 only if everything was delivered. \
The folder of data stays; look into it with `cprbroker status --data DIR`.")]
pub(crate) struct DemoArguments {
    /// Days of life events after the initial load
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=365))]
    pub(crate) days: u16,
    /// End when everything has been delivered, rather than stay until Ctrl-C
    #[arg(long)]
    pub(crate) exit: bool,
    /// The seed: the same one plays the same life
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Persons at the beginning
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) persons: u32,
    /// The folder of data
    #[arg(long, value_name = "DIR", default_value = "cprbroker-data")]
    pub(crate) data: PathBuf,
    /// Throw away what an earlier demo left in the folder of data
    #[arg(long, overrides_with = "fresh")]
    pub(crate) fresh: bool,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Exit code 0 without mistakes, 3 with some, 1 if the folder cannot be read.")]
pub(crate) struct CheckArguments {
    /// The folder of manifests
    #[arg(value_name = "DIR")]
    pub(crate) manifests: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `extract check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit code 0 if all of the file would be applied, 3 if it would be refused or part of it put into quarantine, 1 if it \
cannot be read.")]
pub(crate) struct ExtractCheckArguments {
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The common length of all records, as in a source's recordLength
    #[arg(long, value_name = "BYTES")]
    pub(crate) record_length: Option<usize>,
    /// The day of processing; without it today in Copenhagen
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<Date>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `simulate extracts`.
#[derive(Debug, Args)]
#[command(after_help = "\
The same seed, number of persons and dates give the same bytes on every machine. Nobody in the files exists, but numbers \
follow the rules of real ones and may belong to somebody: never mix them with real data.")]
pub(crate) struct SimulateArguments {
    /// The seed
    #[arg(long, value_name = "S")]
    pub(crate) seed: u64,
    /// Persons at the beginning
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=6_000_000))]
    pub(crate) persons: u32,
    /// Days of life events: one change extract each
    #[arg(long, value_name = "D", value_parser = clap::value_parser!(u16).range(0..=3650))]
    pub(crate) days: u16,
    /// The folder to write into; made if it is missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write the initial load of the day before the first one too
    #[arg(long)]
    pub(crate) initial: bool,
    /// The last day; without it yesterday in Copenhagen
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) until: Option<Date>,
    /// Print one JSON object per file
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
#[command(after_help = "Works beside a running `serve`. Exit code 0 if the store could be read, whatever it says.")]
pub(crate) struct StatusArguments {
    /// The folder of data
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The configuration that `serve` was given, if its store is not in the folder of data
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
