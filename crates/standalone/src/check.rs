//! `check`: one line per mistake in a folder of manifests.

use serde_json::json;

use crate::cli::CheckArguments;
use crate::exit::Exit;
use crate::screen::{self, Screen, Tone, counted, line};

pub(crate) fn run(arguments: &CheckArguments, screen: Screen) -> anyhow::Result<Exit> {
    let mistakes = control::check(&arguments.manifests)?;
    if arguments.json {
        let mistakes: Vec<_> = mistakes
            .iter()
            .map(|mistake| {
                let place = &mistake.place;
                json!({"file": place.file, "object": place.object, "field": place.field, "text": mistake.text})
            })
            .collect();
        screen::json(&json!({ "mistakes": mistakes }))?;
    } else {
        for mistake in &mistakes {
            line(mistake);
        }
        if mistakes.is_empty() {
            line(screen.paint(Tone::Good, "no mistakes"));
        } else {
            line(screen.paint(Tone::Bad, counted(mistakes.len(), "mistake", "mistakes")));
        }
    }
    Ok(if mistakes.is_empty() { Exit::Done } else { Exit::Mistakes })
}
