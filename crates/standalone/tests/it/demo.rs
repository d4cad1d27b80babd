//! `demo` and `status`.

use crate::{holds_none, json, run, secrets, shown};

#[test]
fn a_demo_delivers_everything_and_tells_nobody() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let demo = ["demo", "--days", "3", "--exit", "--persons", "300", "--seed", "3", "--data", shown(&data)];
    let (code, out, told) = run(&demo);
    assert_eq!(code, 0, "{out}{told}");
    let lines = |part: &str| out.lines().filter(|line| line.contains(part)).count();
    assert_eq!(lines("initial load"), 1, "{out}");
    assert!(lines("entered") > 5 && lines("attempt 1") > 5, "{out}");
    assert_eq!(lines("everything was delivered and verified, in order for each person"), 1, "{out}");

    let status = json(&["status", "--json", "--data", shown(&data)], 0);
    assert_eq!(status["installation"], "demo");
    assert_eq!(status["extracts"].as_array().unwrap().len(), 4);
    assert!(status["extracts"].as_array().unwrap().iter().all(|extract| extract["state"] == "applied"), "{status}");
    let consumers = status["consumers"].as_array().unwrap();
    assert_eq!(consumers.len(), 2, "{status}");
    assert!(consumers.iter().all(|consumer| consumer["undelivered"] == 0 && consumer["parked"] == 0), "{status}");
    let (code, human, _) = run(&["status", "--data", shown(&data)]);
    assert_eq!(code, 0);
    assert!(human.contains("skole/skoleportal"), "{human}");

    // the date may turn during the run; what was played ended yesterday or the day before
    let today = jiff::civil::Date::strptime("%Y-%m-%d", played_until(&status)).unwrap();
    let secrets = secrets(3, 300, 3, today);
    for text in [&out, &told, &human, &status.to_string()] {
        holds_none(text, &secrets);
    }

    let (code, _, told) = run(&demo);
    assert_eq!(code, 1);
    assert!(told.contains("--fresh"), "{told}");
    let (code, out, told) =
        run(&["demo", "--days", "0", "--exit", "--persons", "5", "--fresh", "--data", shown(&data)]);
    assert_eq!(code, 0, "{out}{told}");
}

/// The newest production date that was applied.
fn played_until(status: &serde_json::Value) -> &str {
    let dates =
        status["extracts"].as_array().unwrap().iter().map(|extract| extract["productionDate"].as_str().unwrap());
    dates.max().unwrap()
}

#[test]
fn a_folder_without_a_store_has_no_status() {
    let data = tempfile::tempdir().unwrap();
    let (code, out, told) = run(&["status", "--data", shown(data.path())]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(told.contains("holds no store"), "{told}");
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "asking leaves nothing behind");
}
