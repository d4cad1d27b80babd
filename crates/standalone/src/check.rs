//! `check`: one line per mistake in a folder of manifests.

use anyhow::bail;
use control::Severity;
use runtime::copenhagen;
use serde_json::json;

use crate::cli::CheckArguments;
use crate::clock;
use crate::exit::Exit;
use crate::screen::{self, Screen, Tone, counted, line};

pub(crate) fn run(arguments: &CheckArguments, screen: Screen) -> anyhow::Result<Exit> {
    if arguments.manifests.is_file() {
        bail!("{} is a file; give the folder that it is in", arguments.manifests.display());
    }
    let mistakes = control::check(&arguments.manifests, copenhagen::today(clock::now()))?;
    let wrong = mistakes.iter().filter(|mistake| mistake.severity == Severity::Error).count();
    if arguments.json {
        let mistakes: Vec<_> = mistakes
            .iter()
            .map(|mistake| {
                let place = &mistake.place;
                let severity = if mistake.severity == Severity::Warning { "warning" } else { "error" };
                let (file, object, field) = (&place.file, &place.object, &place.field);
                json!({"severity": severity, "file": file, "object": object, "field": field, "text": mistake.text})
            })
            .collect();
        screen::json(&json!({ "mistakes": mistakes }))?;
    } else {
        for mistake in &mistakes {
            line(mistake);
        }
        let warnings = mistakes.len() - wrong;
        if warnings > 0 && wrong == 0 {
            line(
                screen.paint(Tone::Doubtful, format_args!("no mistakes, {}", counted(warnings, "warning", "warnings"))),
            );
        } else if wrong == 0 {
            line(screen.paint(Tone::Good, "no mistakes"));
        } else {
            line(screen.paint(Tone::Bad, counted(wrong, "mistake", "mistakes")));
        }
    }
    Ok(if wrong == 0 { Exit::Done } else { Exit::Mistakes })
}
