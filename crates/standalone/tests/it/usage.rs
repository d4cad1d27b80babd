//! Help, versions and wrong usage.

use crate::run;

#[test]
fn every_verb_explains_itself() {
    let verbs: [&[&str]; 8] = [
        &[],
        &["serve"],
        &["demo"],
        &["check"],
        &["extract"],
        &["extract", "check"],
        &["simulate", "extracts"],
        &["status"],
    ];
    for verb in verbs {
        let (code, out, told) = run(&[verb, &["--help"]].concat());
        assert_eq!((code, told.as_str()), (0, ""), "{verb:?}");
        assert!(out.contains("Usage: cprbroker"), "{verb:?}: {out}");
    }
    assert!(run(&["--help"]).1.contains("Exit codes:"));
    assert!(run(&["--version"]).1.starts_with("cprbroker "));
}

#[test]
fn wrong_usage_ends_with_2() {
    for arguments in
        [&[][..], &["fly"], &["check"], &["simulate", "extracts", "--persons", "0"], &["demo", "--days", "x"]]
    {
        let (code, out, told) = run(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(told.contains("--help"), "{arguments:?}: {told}");
    }
}
