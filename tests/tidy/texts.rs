//! What no text of the repository may hold: paths of one machine, hosts of package registries, work left for later.
//!
//! The words looked for are put together from pieces, so that this file passes its own test.

use std::path::Path;

use crate::none;
use crate::tree::{TextFile, files};

/// A word, and what is wrong with it.
type Forbidden = (&'static str, &'static str);

/// In every text.
const EVERYWHERE: [Forbidden; 11] = [
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/tm", "p/w"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/ho", "me/"), "a path of one machine"),
    (concat!("/Us", "ers/"), "a path of one machine"),
    (concat!("../sh", "ared"), "a path outside the repository"),
    (concat!("crates", ".io"), "the host of a package registry"),
    (concat!("pypi", ".org"), "the host of a package registry"),
    (concat!("npmjs", ".com"), "the host of a package registry"),
    (concat!("npmjs", ".org"), "the host of a package registry"),
    (concat!("proxy.golang", ".org"), "the host of a package registry"),
];

/// In code, where it means that something is not done.
const IN_CODE: [Forbidden; 6] = [
    (concat!("TO", "DO"), "work left for later: do it or open an issue"),
    (concat!("FIX", "ME"), "work left for later: do it or open an issue"),
    (concat!("XX", "X:"), "work left for later: do it or open an issue"),
    (concat!("to", "do!("), "a part that is not built"),
    (concat!("unimpl", "emented!("), "a part that is not built"),
    (concat!("#[ig", "nore"), "an ignored test: run it or delete it"),
];

/// Cargo writes the lock file, with the registry's address in it.
const GENERATED: [&str; 1] = ["Cargo.lock"];

fn is_code(path: &str) -> bool {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("rs" | "toml" | "sql" | "sh" | "yaml" | "yml")) || path == "Makefile" || path == ".ci/run"
}

/// One line for each forbidden word, with file and line.
fn forbidden(files: &[TextFile]) -> Vec<String> {
    let mut violations = Vec::new();
    for TextFile { path, text } in files.iter().filter(|file| !GENERATED.contains(&file.path.as_str())) {
        let in_code: &[Forbidden] = if is_code(path) { &IN_CODE } else { &[] };
        for (number, line) in text.lines().enumerate() {
            for (word, wrong) in EVERYWHERE.iter().chain(in_code) {
                if line.contains(word) {
                    violations.push(format!("{path}:{}: `{word}` is {wrong}", number + 1));
                }
            }
        }
    }
    violations
}

#[test]
fn planted_words_are_found() {
    for (word, _) in EVERYWHERE {
        let files = [TextFile::new("docs/a.md", &format!("first\nsee {word}x")), TextFile::new("Cargo.lock", word)];
        let found = forbidden(&files);
        assert!(found.len() == 1 && found[0].starts_with("docs/a.md:2: "), "{word}: {found:?}");
    }
    for (word, _) in IN_CODE {
        let files = [TextFile::new("docs/a.md", word), TextFile::new("crates/a/src/a.rs", word)];
        let found = forbidden(&files);
        assert!(found.len() == 1 && found[0].starts_with("crates/a/src/a.rs:1: "), "{word}: {found:?}");
    }
}

#[test]
fn texts_speak_of_the_project_alone() {
    none(&forbidden(&files()));
}
