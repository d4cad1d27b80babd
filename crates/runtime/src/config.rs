//! Configuration: one TOML file, overridden by the environment, refused with every mistake at once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ::config::{Config, Environment, File, FileFormat, Value, ValueKind};
use serde::de::DeserializeOwned;

/// More mistakes than this are not looked for.
const MOST_MISTAKES: usize = 50;

/// Why a process has no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("configuration {} cannot be read; check the path and its rights", path.display())]
    File {
        /// the file
        path: PathBuf,
        /// what the system said
        #[source]
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("configuration {}: {reason}", path.display())]
    Syntax {
        /// the file
        path: PathBuf,
        /// what is wrong and where
        reason: String,
    },
    /// Keys that are unknown, missing or hold something else than they must.
    #[error("configuration: {}", mistakes.join("; "))]
    Mistakes {
        /// one sentence each
        mistakes: Vec<String>,
    },
}

/// Reads `file`, if given, and lays the environment over it: `PREFIX_SECTION__KEY` sets `key` in `[section]`. The type decides what
/// is known: with serde's `deny_unknown_fields` a key that nobody reads is a mistake, also in the environment.
pub fn load<T: DeserializeOwned>(file: Option<&Path>, prefix: &str) -> Result<T, ConfigError> {
    load_from(
        file,
        prefix,
        std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))),
    )
}

/// As [`load`], with an environment given by the caller.
pub fn load_from<T: DeserializeOwned>(
    file: Option<&Path>,
    prefix: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    let mut sources = Config::builder();
    if let Some(path) = file {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
        let parsed = Config::builder().add_source(File::from_str(&text, FileFormat::Toml)).build();
        let parsed = parsed
            .map_err(|e| ConfigError::Syntax { path: path.to_owned(), reason: without_source(&e.to_string()) })?;
        sources = sources.add_source(parsed);
    }
    let environment: HashMap<_, _> = environment.into_iter().collect();
    let environment = Environment::with_prefix(prefix).prefix_separator("_").separator("__").source(Some(environment));
    let one = |e: ::config::ConfigError| ConfigError::Mistakes { mistakes: vec![e.to_string()] };
    let tree = sources.add_source(environment).build().map_err(one)?.cache;
    T::deserialize(tree.clone()).map_err(|first| ConfigError::Mistakes { mistakes: mistakes::<T>(tree, &first) })
}

/// Every mistake that can be told apart: the culprit of an error is the key without which the error is another one; it is taken out
/// and the rest is read again. A key that is missing ends the search, for nothing sensible can stand in its place.
fn mistakes<T: DeserializeOwned>(mut tree: Value, first: &::config::ConfigError) -> Vec<String> {
    let mut found = Vec::new();
    let mut taken: Vec<Vec<String>> = Vec::new();
    let mut error = first.to_string();
    while found.len() < MOST_MISTAKES {
        let Some((path, rest, next)) = culprit::<T>(&tree, &error) else {
            // the place of a wrong value taken out above is no mistake of its own
            if !taken.iter().any(|path| path.last().is_some_and(|key| is_missing(&error, key))) {
                found.push(error);
            }
            break;
        };
        found.push(format!("{}: {}", path.join("."), without_key(&error)));
        taken.push(path);
        tree = rest;
        match next {
            Some(next) => error = next,
            None => break,
        }
    }
    found
}

/// The key whose removal changes the error, the tree without it, and the next error if there is one.
fn culprit<T: DeserializeOwned>(tree: &Value, error: &str) -> Option<(Vec<String>, Value, Option<String>)> {
    let mut paths = Vec::new();
    leaves(tree, &mut Vec::new(), &mut paths);
    paths.into_iter().find_map(|path| {
        let mut rest = tree.clone();
        remove(&mut rest, &path);
        let next = T::deserialize(rest.clone()).err().map(|e| e.to_string());
        // without a key that was right, the reader may stop at its absence: that is another error and no answer
        let only_missing = next.as_deref().is_some_and(|next| is_missing(next, path.last().map_or("", String::as_str)));
        let blamed = error.contains(&format!("`{}`", path.last().map_or("", String::as_str)))
            || error.contains(&format!("`{}`", path.join(".")));
        (next.as_deref() != Some(error) && (blamed || !only_missing)).then_some((path, rest, next))
    })
}

fn is_missing(error: &str, key: &str) -> bool {
    error.contains(&format!("missing field `{key}`"))
        || error.contains(&format!("missing configuration field \"{key}\""))
}

/// The reader's own mention of the key, which the full path replaces.
fn without_key(error: &str) -> &str {
    error.find(" for key `").map_or(error, |at| &error[..at])
}

/// Place and reason without the quoted line, which may hold a password.
fn without_source(error: &str) -> String {
    let told: Vec<_> = error.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|')).collect();
    told.join(": ")
}

fn leaves(value: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match &value.kind {
        ValueKind::Table(table) if !table.is_empty() => {
            let mut keys: Vec<_> = table.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            for (key, value) in keys {
                path.push(key.clone());
                leaves(value, path, found);
                path.pop();
            }
        }
        _ => found.push(path.clone()),
    }
}

fn remove(value: &mut Value, path: &[String]) {
    if let (ValueKind::Table(table), Some((key, rest))) = (&mut value.kind, path.split_first()) {
        if rest.is_empty() {
            table.remove(key);
        } else if let Some(inner) = table.get_mut(key) {
            remove(inner, rest);
            if matches!(&inner.kind, ValueKind::Table(left) if left.is_empty()) {
                table.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        name: String,
        #[serde(default)]
        store: Section,
    }

    #[derive(Debug, PartialEq, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Section {
        url: String,
        connections: u8,
        strict: bool,
    }

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Sample, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.toml");
        std::fs::write(&path, text).unwrap();
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        load_from(Some(&path), "CPRBROKER", environment)
            .map_err(|e: ConfigError| e.to_string().replace(&path.display().to_string(), "FILE"))
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let text = "name = 'a'\n[store]\nurl = 'x'\nconnections = 3";
        let environment = [("CPRBROKER_STORE__URL", "y"), ("CPRBROKER_STORE__STRICT", "true"), ("OTHER_NAME", "b")];
        let store = Section { url: "y".to_owned(), connections: 3, strict: true };
        assert_eq!(read(text, &environment), Ok(Sample { name: "a".to_owned(), store }));
        assert_eq!(read("", &[("CPRBROKER_NAME", "b")]).unwrap().name, "b");
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let text = "name = 'a'\ncolour = 1\n[store]\nconnections = 'many'\nstrict = 'perhaps'\nulr = 'x'";
        let told = read(text, &[("CPRBROKER_STORE__HOST", "y")]).unwrap_err();
        for part in [
            "colour: unknown field",
            "store.connections: ",
            "store.strict: ",
            "store.ulr: unknown field",
            "store.host: ",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        assert_eq!(told.matches("; ").count(), 4, "{told}");
    }

    #[test]
    fn a_wrong_value_is_not_also_missing() {
        let told = read("name = [1]", &[]).unwrap_err();
        assert!(told.starts_with("configuration: name: "), "{told}");
        assert!(!told.contains("missing"), "{told}");
    }

    #[test]
    fn a_missing_key_and_a_broken_file_are_told() {
        assert!(read("[store]\nurl = 'x'", &[]).unwrap_err().contains("name"));
        assert!(read("name = ", &[]).unwrap_err().starts_with("configuration FILE: "));
        let told = read("[store]\nurl = \"postgres://a:secret@b/c", &[]).unwrap_err();
        assert!(told.contains("line 2") && !told.contains("secret"), "{told}");
        let missing = load_from::<Sample>(Some(Path::new("/nowhere/c.toml")), "CPRBROKER", []).unwrap_err();
        assert_eq!(missing.to_string(), "configuration /nowhere/c.toml cannot be read; check the path and its rights");
    }
}
