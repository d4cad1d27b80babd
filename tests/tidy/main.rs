//! The house rules as tests: arrows between parts, sizes, texts, manifests, dependencies.
//!
//! Each rule is a pure function from facts to violations, tried on planted violations first and on the repository
//! after that. What is not here: anything that clippy can say.

mod arrows;
mod dependencies;
mod licence;
mod manifests;
mod numbers;
mod sizes;
mod texts;
mod tree;

/// Fails with one line per violation, so that one run shows everything there is to mend.
#[track_caller]
fn none(violations: &[String]) {
    assert!(violations.is_empty(), "{} violation(s):\n  {}\n", violations.len(), violations.join("\n  "));
}
