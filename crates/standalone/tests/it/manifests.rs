//! `check`.

use std::fs;

use crate::{json, quickstart, run, shown};

#[test]
fn the_quickstart_has_no_mistakes() {
    let (code, out, told) = run(&["check", shown(&quickstart())]);
    assert_eq!((code, out.as_str(), told.as_str()), (0, "no mistakes\n", ""));
    let answer = json(&["check", "--json", shown(&quickstart())], 0);
    assert_eq!(answer["mistakes"].as_array().unwrap().len(), 0);
}

#[test]
fn each_mistake_is_one_line_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["source.yaml", "borgerservice.yaml", "skole.yaml"] {
        let text = fs::read_to_string(quickstart().join(name)).unwrap();
        fs::write(folder.path().join(name), text.replace("content: Thin", "content: Thick")).unwrap();
    }
    let (code, out, _) = run(&["check", shown(folder.path())]);
    assert_eq!(code, 3, "{out}");
    assert!(
        out.lines().next().unwrap().starts_with("skole.yaml: CprConsumer skole/skoleportal: spec.content: "),
        "{out}"
    );
    let answer = json(&["check", "--json", shown(folder.path())], 3);
    let mistake = &answer["mistakes"][0];
    assert_eq!(mistake["file"], "skole.yaml");
    assert_eq!(mistake["object"], "CprConsumer skole/skoleportal");
    assert_eq!(mistake["field"], "spec.content");
}

#[test]
fn a_folder_without_manifests_is_doubtful() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = run(&["check", shown(folder.path())]);
    assert_eq!(code, 0);
    assert_eq!(
        out.lines().collect::<Vec<_>>(),
        [
            "warning: nothing is declared in any .yaml or .yml file; check that it is the right folder",
            "no mistakes, 1 warning"
        ]
    );
}

#[test]
fn a_folder_that_is_not_there_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, told) = run(&["check", shown(&folder.path().join("nowhere"))]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(told.starts_with("cprbroker: ") && told.lines().count() == 1, "{told}");
}

#[test]
fn a_file_is_no_folder_of_manifests() {
    let (code, _, told) = run(&["check", shown(&quickstart().join("source.yaml"))]);
    assert_eq!(code, 1);
    assert!(told.contains("give the folder"), "{told}");
}
