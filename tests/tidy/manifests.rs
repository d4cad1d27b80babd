//! Every manifest inherits the lints, the edition and the licence; versions stand in the root manifest alone.

use crate::none;
use crate::tree::{TextFile, files};

/// What every member takes from the root.
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

/// The lines of one section of a manifest.
pub(crate) fn section<'a>(manifest: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let header = format!("[{name}]");
    manifest
        .lines()
        .skip_while(move |line| line.trim() != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What is wrong with the manifest of a member.
fn faults(file: &TextFile) -> Vec<String> {
    let TextFile { path, text } = file;
    let mut violations = Vec::new();
    if !section(text, "lints").any(|line| line == "workspace = true") {
        violations.push(format!("{path}: does not inherit the lints of the workspace"));
    }
    for key in INHERITED {
        let inherited = format!("{key}.workspace = true");
        if !section(text, "package").any(|line| line == inherited) {
            violations.push(format!("{path}: does not inherit `{key}`"));
        }
    }
    if !section(text, "package").any(|line| line.starts_with("description = ")) {
        violations.push(format!("{path}: has no description"));
    }
    for name in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for line in section(text, name).filter(|line| !line.contains("workspace = true")) {
            violations.push(format!("{path}: `{line}` belongs in the root manifest"));
        }
    }
    violations
}

#[test]
fn planted_faults_are_found() {
    let good = "[package]\nname = \"a\"\ndescription = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\n[lints]\nworkspace = true\n\n\
        [dependencies]\ntokio.workspace = true\n";
    assert_eq!(faults(&TextFile::new("a/Cargo.toml", good)), [""; 0]);
    let plant = |from: &str, to: &str| faults(&TextFile::new("a/Cargo.toml", &good.replace(from, to)));
    assert_eq!(
        plant("[lints]\nworkspace = true", "[lints.rust]"),
        ["a/Cargo.toml: does not inherit the lints of the workspace"]
    );
    assert_eq!(plant("edition.workspace = true", "edition = \"2021\""), ["a/Cargo.toml: does not inherit `edition`"]);
    assert_eq!(plant("description = \"a\"\n", ""), ["a/Cargo.toml: has no description"]);
    assert_eq!(
        plant("tokio.workspace = true", "tokio = \"1\""),
        ["a/Cargo.toml: `tokio = \"1\"` belongs in the root manifest"]
    );
}

#[test]
fn members_inherit_from_the_root() {
    let manifests: Vec<TextFile> = files().into_iter().filter(|file| file.path.ends_with("/Cargo.toml")).collect();
    assert!(manifests.len() > 5, "the manifests were not read");
    none(&manifests.iter().flat_map(faults).collect::<Vec<_>>());
}
