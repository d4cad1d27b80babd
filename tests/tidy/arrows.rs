//! A part may use only rows below its own (docs/ARCHITECTURE.md, "Parts").

use serde_json::Value;

use crate::none;
use crate::tree::{array, members, metadata, packages, text};

/// The rows, lowest first. A part that is not listed has no place and is refused.
const ROWS: [&[&str]; 8] = [
    &["cprbroker-cpr", "cprbroker-crds"],
    &["cprbroker-registry", "cprbroker-runtime"],
    &["cprbroker-store"],
    &["cprbroker-bus", "cprbroker-control", "cprbroker-simulator"],
    &["cprbroker-advisory"],
    &["cprbroker-ingester", "cprbroker-notifier"],
    &["cprbroker"],
    &["cprbroker-tests"],
];

/// Parts without input and output, and the packages that would bring it in.
const PURE: [(&str, &[&str]); 3] = [
    ("cprbroker-cpr", &["tokio", "sqlx", "hyper", "http", "axum", "kube", "rustls", "rand"]),
    ("cprbroker-registry", &["tokio", "sqlx", "hyper", "axum", "kube-client", "rustls", "rand"]),
    ("cprbroker-crds", &["tokio", "sqlx", "hyper", "axum", "kube-client", "rustls", "rand"]),
];

fn row(part: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&part))
}

/// One line for each arrow (from, to) that does not point down.
fn upward(arrows: &[(&str, &str)]) -> Vec<String> {
    let mut violations = Vec::new();
    for (from, to) in arrows {
        match (row(from), row(to)) {
            (Some(from_row), Some(to_row)) if to_row < from_row => {}
            (Some(from_row), Some(to_row)) => {
                violations.push(format!("{from} (row {from_row}) must not depend on {to} (row {to_row})"));
            }
            (None, _) => violations.push(format!("{from} has no row: give it one in tests/tidy/arrows.rs")),
            (_, None) => violations.push(format!("{to} has no row: give it one in tests/tidy/arrows.rs")),
        }
    }
    violations
}

/// The arrows between members that end up in a program; tests may look wherever they like.
fn arrows(metadata: &Value) -> Vec<(&str, &str)> {
    let mut arrows = Vec::new();
    for member in members(metadata) {
        for dependency in array(&member["dependencies"]) {
            if dependency["kind"] != "dev" && dependency["path"].is_string() {
                arrows.push((text(&member["name"]), text(&dependency["name"])));
            }
        }
    }
    arrows
}

/// The names of all packages that a part links, itself excluded.
fn reached(part: &str) -> Vec<String> {
    let packages = packages(&["--package", part, "--edges", "normal"]);
    packages.into_iter().map(|package| package.name).filter(|name| name != part).collect()
}

#[test]
fn a_planted_arrow_is_found() {
    assert_eq!(
        upward(&[("cprbroker-store", "cprbroker-bus"), ("cprbroker-bus", "cprbroker-store")]),
        ["cprbroker-store (row 2) must not depend on cprbroker-bus (row 3)"]
    );
    assert_eq!(
        upward(&[("cprbroker-ingester", "cprbroker-notifier")]),
        ["cprbroker-ingester (row 5) must not depend on cprbroker-notifier (row 5)"]
    );
    assert_eq!(
        upward(&[("cprbroker-attic", "cprbroker-cpr")]),
        ["cprbroker-attic has no row: give it one in tests/tidy/arrows.rs"]
    );
}

#[test]
fn arrows_point_down() {
    let metadata = metadata();
    let arrows = arrows(&metadata);
    assert!(arrows.len() > 10, "the arrows were not read: {arrows:?}");
    none(&upward(&arrows));
    for member in members(&metadata) {
        assert!(row(text(&member["name"])).is_some(), "{} has no row", member["name"]);
    }
}

#[test]
fn pure_parts_reach_no_input_or_output() {
    assert!(reached("cprbroker-store").iter().any(|name| name == "tokio"), "the graph was not read");
    let mut violations = Vec::new();
    for (part, forbidden) in PURE {
        for package in reached(part) {
            if forbidden.contains(&package.as_str()) {
                violations.push(format!("{part} is pure and must not reach {package}"));
            }
        }
    }
    none(&violations);
}
