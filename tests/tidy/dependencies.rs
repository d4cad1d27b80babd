//! Licences, second versions, and dependencies that nobody uses, from `cargo metadata`: no tool to install.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::licence::is_allowed;
use crate::manifests::section;
use crate::none;
use crate::tree::{Package, TextFile, array, files, members, metadata, packages, root, sources, text};

/// Packages that must not be in the tree at all, and why.
const BANNED: [(&str, &str); 3] = [
    ("ring", "aws-lc-rs is the one TLS provider"),
    ("openssl-sys", "rustls is the one TLS implementation"),
    ("native-tls", "rustls is the one TLS implementation"),
];

/// Packages of which two versions would mean two worlds that do not meet.
const SINGLE: [&str; 9] = ["rustls", "hyper", "http", "axum", "schemars", "tokio", "tower", "jiff", "uuid"];

/// Explained second versions: (package, version, reason). An entry that is no longer needed is a violation.
const SECOND_VERSIONS: [(&str, &str, &str); 0] = [];

/// Dependencies that no source names: (member, dependency, reason).
const NAMED_BY_NOBODY: [(&str, &str, &str); 1] =
    [("cprbroker-crds", "k8s-openapi", "the code that kube's derive generates names it")];

/// Everything that is built for this platform, tests included.
fn built() -> Vec<Package> {
    packages(&["--workspace", "--edges", "normal,build,dev"]).into_iter().collect()
}

fn licence_faults(packages: &[Package]) -> Vec<String> {
    let refused = packages.iter().filter(|package| !is_allowed(&package.licence));
    refused
        .map(|Package { name, version, licence }| format!("{name} {version}: licence `{licence}` is not allowed"))
        .collect()
}

fn banned_faults(packages: &[Package]) -> Vec<String> {
    let mut violations = Vec::new();
    for Package { name, version, .. } in packages {
        if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| banned == name) {
            violations.push(format!("{name} {version}: banned, for {reason}"));
        }
    }
    violations
}

fn second_versions(packages: &[Package], excused: &[(&str, &str, &str)]) -> Vec<String> {
    let mut violations = Vec::new();
    for single in SINGLE {
        let mut versions: Vec<&str> =
            packages.iter().filter(|package| package.name == single).map(|package| package.version.as_str()).collect();
        if versions.len() > 1 {
            versions.retain(|version| !excused.iter().any(|(name, known, _)| *name == single && known == version));
        }
        if versions.len() > 1 {
            violations.push(format!("{single}: more than one version: {}", versions.join(", ")));
        }
    }
    for (name, version, _) in excused {
        if !packages.iter().any(|package| package.name == *name && package.version == *version) {
            violations.push(format!("{name} {version}: stands among the exceptions and is not in the tree"));
        }
    }
    violations
}

/// Whether a source names this identifier, as a whole word.
fn names(source: &str, identifier: &str) -> bool {
    let in_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    source.match_indices(identifier).any(|(at, _)| {
        let before = at.checked_sub(1).map(|at| source.as_bytes()[at]);
        let after = source.as_bytes().get(at + identifier.len()).copied();
        !before.is_some_and(in_word) && !after.is_some_and(in_word)
    })
}

/// One line for each dependency of the member at `folder` (with a closing `/`) that its sources do not name.
fn unnamed(member: &str, folder: &str, declared: &[&str], sources: &[TextFile]) -> Vec<String> {
    let own: Vec<&TextFile> = sources.iter().filter(|source| source.path.starts_with(folder)).collect();
    declared
        .iter()
        .filter(|name| !own.iter().any(|source| names(&source.text, &name.replace('-', "_"))))
        .filter(|name| !NAMED_BY_NOBODY.iter().any(|(of, dependency, _)| *of == member && dependency == *name))
        .map(|name| format!("{member}: declares `{name}` and no source of {folder} names it"))
        .collect()
}

/// One line for each name of the root's list that no member declares.
fn undeclared(root_manifest: &str, declared: &BTreeSet<String>) -> Vec<String> {
    section(root_manifest, "workspace.dependencies")
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim())
        .filter(|name| !declared.contains(*name))
        .map(|name| format!("Cargo.toml: `{name}` is listed and no member uses it"))
        .collect()
}

/// The name under which a member's sources know a dependency.
fn known_as(dependency: &Value) -> &str {
    dependency["rename"].as_str().unwrap_or_else(|| text(&dependency["name"]))
}

#[test]
fn planted_packages_are_found() {
    let packages = [
        Package::new("a", "1.0.0", "GPL-3.0"),
        Package::new("ring", "0.17.0", "MIT"),
        Package::new("http", "0.2.0", "MIT"),
        Package::new("http", "1.0.0", "MIT"),
    ];
    assert_eq!(licence_faults(&packages), ["a 1.0.0: licence `GPL-3.0` is not allowed"]);
    assert_eq!(banned_faults(&packages), ["ring 0.17.0: banned, for aws-lc-rs is the one TLS provider"]);
    assert_eq!(second_versions(&packages, &[]), ["http: more than one version: 0.2.0, 1.0.0"]);
    assert_eq!(second_versions(&packages, &[("http", "0.2.0", "an old client")]), [""; 0]);
    assert_eq!(
        second_versions(&packages[2..3], &[("http", "1.0.0", "gone")]),
        ["http 1.0.0: stands among the exceptions and is not in the tree"]
    );
}

#[test]
fn planted_unused_dependencies_are_found() {
    let sources =
        [TextFile::new("crates/a/src/lib.rs", "use serde_json::Value; // tokio_util"), TextFile::new("b.rs", "tokio")];
    assert_eq!(
        unnamed("a", "crates/a/", &["serde-json", "tokio"], &sources),
        ["a: declares `tokio` and no source of crates/a/ names it"]
    );
    let manifest =
        "[workspace.dependencies]\n# text\nserde = { version = \"1\" }\nbytes = \"1\"\n\n[profile.dev]\nx = 1\n";
    assert_eq!(
        undeclared(manifest, &BTreeSet::from(["serde".to_owned()])),
        ["Cargo.toml: `bytes` is listed and no member uses it"]
    );
}

#[test]
fn licences_are_allowed_and_nothing_is_banned() {
    let packages = built();
    assert!(packages.len() > 50, "the packages were not read");
    none(&[licence_faults(&packages), banned_faults(&packages)].concat());
}

#[test]
fn no_second_versions() {
    none(&second_versions(&built(), &SECOND_VERSIONS));
}

#[test]
fn dependencies_are_used() {
    let metadata = metadata();
    let root = root().canonicalize().expect("the root exists");
    let sources = sources();
    let mut violations = Vec::new();
    let mut all = BTreeSet::new();
    for member in members(&metadata) {
        let manifest = std::path::Path::new(text(&member["manifest_path"]));
        let folder = manifest.parent().and_then(|folder| folder.strip_prefix(&root).ok()).expect("members lie below");
        let declared: Vec<&str> = array(&member["dependencies"]).iter().map(known_as).collect();
        all.extend(declared.iter().map(|&name| name.to_owned()));
        violations.extend(unnamed(text(&member["name"]), &format!("{}/", folder.display()), &declared, &sources));
    }
    let manifest = files().into_iter().find(|file| file.path == "Cargo.toml").expect("the root manifest");
    violations.extend(undeclared(&manifest.text, &all));
    none(&violations);
}
