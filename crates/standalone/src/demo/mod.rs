//! `demo`: the hub with a simulated source and simulated consumers, in one process.

mod folder;
mod play;
mod stage;
mod teller;

use std::process::ExitCode;
use std::time::Duration;

use runtime::{Chance, LogConfig, LogFormat, Process};
use simulator::Population;

use self::play::Play;
use self::teller::Teller;
use crate::cli::DemoArguments;
use crate::exit::Exit;
use crate::screen::{self, Screen, counted};
use crate::serve::{self, Config, DataFolder, InstallationSection, Setup};
use crate::simulate::{Calendar, yesterday};

/// How often the inbox is looked at: a demo is watched.
const SWEEP: Duration = Duration::from_millis(200);

pub(crate) fn run(arguments: &DemoArguments) -> ExitCode {
    let prepared = folder::prepare(arguments).and_then(|prepared| Ok((prepared, calendar(arguments)?)));
    let ((folder, _lock), calendar) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            screen::complain(&error);
            return Exit::Failed.into();
        }
    };
    // what happens is told on standard output; only trouble is logged beside it
    let log = LogConfig { format: LogFormat::Human, filter: Some("warn".to_owned()) };
    runtime::run("cprbroker", &log, None, async |process| start(process, arguments, folder, calendar).await)
}

fn calendar(arguments: &DemoArguments) -> anyhow::Result<Calendar> {
    Calendar::until(yesterday()?, arguments.days)
}

async fn start(
    process: &Process,
    arguments: &DemoArguments,
    folder: DataFolder,
    calendar: Calendar,
) -> anyhow::Result<()> {
    let teller = Teller::new(Screen::standard());
    let days = counted(arguments.days.into(), "day", "days");
    teller.line(format_args!(
        "cprbroker demo: {} in a fictitious population, {days}, seed {}",
        counted(arguments.persons as usize, "person", "persons"),
        arguments.seed
    ));
    let chance = Chance::from_os()?;
    let stage = stage::set(&folder, &chance).await?;
    teller.row("data", folder.path().display());
    for consumer in stage::CONSUMERS {
        teller.row("consumer", format_args!("{} at {}", consumer.shown(), stage.receiver.url(consumer.path)?));
    }
    teller.line("");
    let setup = Setup {
        manifests: stage.manifests.clone(),
        folder,
        config: Config {
            installation: InstallationSection { name: "demo".to_owned(), ..InstallationSection::default() },
            ..Config::default()
        },
        accept_shrink: false,
        sweep: SWEEP,
    };
    let store = serve::start(process, &setup).await?;
    let population = Population::new(arguments.seed, arguments.persons as usize, calendar.load);
    let play = Play { store, stage, calendar, population, chance, teller };
    let (stay, ends) = (!arguments.exit, process.clone());
    process.spawn("play", move |shutdown| async move {
        play.run(stay, shutdown).await?;
        ends.stop();
        Ok(())
    });
    Ok(())
}
