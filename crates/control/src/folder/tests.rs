use std::fs;

use super::*;

/// A folder of these files, by name and content.
pub(crate) fn folder(files: &[(&str, &str)]) -> Folder {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), Ok(text.as_bytes().to_vec()))).collect();
    Folder::of(&Schemas::new().unwrap(), &Files::of(files))
}

fn lines(folder: &Folder) -> Vec<String> {
    folder.mistakes.iter().map(ToString::to_string).collect()
}

const CONSUMER: &str = "\
apiVersion: cprbroker.dk/v1alpha1
kind: CprConsumer
metadata: {namespace: team, name: one}
spec:
  type: Webhook
  webhook: {url: https://a.eksempel.dk/hook, signingSecretRef: {name: signing}}
";

#[test]
fn every_manifest_below_the_folder_is_read_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("b/c/deep.yml", &CONSUMER.replace("one", "two"));
    write("a.yaml", CONSUMER);
    write("readme.md", "not: [yaml");
    write(".hidden.yaml", "not: [yaml");
    write("..data/copy.yaml", CONSUMER);
    let found = read(dir.path()).unwrap();
    assert_eq!(lines(&found), Vec::<String>::new());
    let names: Vec<_> = found.objects.iter().map(|each| (each.origin.as_str(), each.object.name.as_str())).collect();
    assert_eq!(names, [("a.yaml", "one"), ("b/c/deep.yml", "two")]);
}

#[test]
fn a_folder_that_cannot_be_read_completely_is_no_folder() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(files(&dir.path().join("absent")), Err(FolderError::Unreadable { .. })));
    std::os::unix::fs::symlink(dir.path().join("gone.yaml"), dir.path().join("broken.yaml")).unwrap();
    let error = files(dir.path()).unwrap_err().to_string();
    assert!(error.contains("broken.yaml"), "{error}");
    fs::remove_file(dir.path().join("broken.yaml")).unwrap();
    std::os::unix::fs::symlink(dir.path(), dir.path().join("circle")).unwrap();
    assert!(matches!(files(dir.path()), Err(FolderError::TooDeep { .. })));
}

#[test]
fn the_fingerprint_follows_names_and_contents() {
    let of = |files: &[(&str, &str)]| {
        Files::of(files.iter().map(|(name, text)| ((*name).to_owned(), Ok(text.as_bytes().to_vec()))).collect())
            .fingerprint
    };
    assert_eq!(of(&[("a", "1"), ("b", "2")]), of(&[("b", "2"), ("a", "1")]));
    for other in [&[("a", "1")][..], &[("a", "1"), ("b", "3")], &[("a", "1"), ("c", "2")], &[("a", "2"), ("b", "1")]] {
        assert_ne!(of(&[("a", "1"), ("b", "2")]), of(other));
    }
}

#[test]
fn one_text_may_hold_many_documents() {
    let text = format!(
        "%YAML 1.2\n---\n{CONSUMER}--- # the next one\n{}\n---\n# nothing here\n---\n",
        CONSUMER.replace("one", "two")
    );
    let found = folder(&[("a.yaml", &text)]);
    assert_eq!(lines(&found), Vec::<String>::new());
    assert_eq!(found.objects.len(), 2);
    let inline = folder(&[("a.yaml", "--- {apiVersion: cprbroker.dk/v1alpha1, kind: CprSource}\n")]);
    assert_eq!(lines(&inline), ["a.yaml: document at line 1: metadata.namespace: is missing; add it"]);
    let windows = folder(&[("a.yaml", &format!("\u{feff}{}", CONSUMER.replace('\n', "\r\n")))]);
    assert_eq!(lines(&windows), Vec::<String>::new());
}

#[test]
fn a_document_that_cannot_be_told_apart_says_where_and_what_to_do() {
    let head = "apiVersion: cprbroker.dk/v1alpha1\n";
    for (text, expected, unclear) in [
        ("a: [1\n", "not readable as YAML at line ", true),
        ("a: 1\nb: 2\na: 3\n", "a field is given twice at line 3, column 1; remove one of them", true),
        ("- a\n", "is no object; begin it with apiVersion, kind, metadata and spec", true),
        ("just text\n", "is no object; begin it with apiVersion, kind, metadata and spec", true),
        (
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n",
            "kind: Namespace is not read here; remove the document, known kinds are CprSource, CprConsumer, CprSubscription",
            false,
        ),
        (
            "apiVersion: v1\nkind: Secret\n",
            "kind: Secret is not read here; remove the document, known kinds are",
            false,
        ),
        ("a: 1\n", "kind: is missing; add one of CprSource, CprConsumer, CprSubscription", false),
        (&format!("{head}kind: CprSubscripton\n"), "kind: CprSubscripton is not read here;", true),
        ("apiVersion: cprbroker.dk/v1\nkind: CprSource\n", "apiVersion: must be cprbroker.dk/v1alpha1", true),
        (&format!("{head}kind: CprSource\nmetadata: {{namespace: a}}\n"), "metadata.name: is missing; add it", true),
        (
            &format!("{head}kind: CprSource\nmetadata: {{namespace: a, name: 1}}\n"),
            "metadata.name: must be text;",
            true,
        ),
        (
            &format!("{head}kind: CprSource\nmetadata: {{namespace: A_b, name: b}}\n"),
            "metadata.namespace: must be 1 to 63 lower-case letters, digits and hyphens",
            true,
        ),
    ] {
        let found = folder(&[("x/a.yaml", text)]);
        let [line] = &lines(&found)[..] else { panic!("{text}: {:?}", lines(&found)) };
        assert!(line.starts_with("x/a.yaml: document at line 1: ") && line.contains(expected), "{line}");
        assert_eq!(found.unclear.contains("x/a.yaml"), unclear, "{text}");
    }
}

#[test]
fn a_line_is_counted_from_the_top_of_the_file() {
    let text = format!("# one\n---\n{CONSUMER}---\nb: 1\nb: 2\n");
    let found = folder(&[("a.yaml", &text)]);
    assert_eq!(
        lines(&found),
        ["a.yaml: document at line 9: a field is given twice at line 11, column 1; remove one of them"]
    );
    assert_eq!(found.objects.len(), 1, "the other document is read");
}

#[test]
fn neither_content_nor_a_number_in_a_name_is_repeated() {
    let number = ["010190", "1234"].concat();
    let name = format!("{number}.yaml");
    for text in [
        format!("{number}: [\n"),
        format!("kind: \"{number}\"\n"),
        format!("apiVersion: cprbroker.dk/v1alpha1\nkind: CprSource\nmetadata: {{namespace: a, name: \"{number}\"}}\n"),
        format!(
            "apiVersion: cprbroker.dk/v1alpha1\nkind: CprSource\nmetadata: {{namespace: a, name: b, \"{number}\": 1}}\n\"{number}\": 1\n"
        ),
        CONSUMER.replace("one", &number),
        CONSUMER.replace("type: Webhook", &format!("type: Webhook\n  n{number}: 1")),
    ] {
        let found = folder(&[(&name, &text)]);
        assert!(!found.mistakes.is_empty());
        let all = format!("{:?} {:?}", lines(&found), found.mistakes);
        assert!(!all.contains(&number), "{all}");
    }
}

#[test]
fn a_second_declaration_is_refused_and_names_the_first() {
    let found = folder(&[("a.yaml", CONSUMER), ("b.yaml", CONSUMER)]);
    assert_eq!(
        lines(&found),
        ["b.yaml: CprConsumer team/one: is declared a second time, a.yaml declares it too; remove one of them"]
    );
    assert_eq!(found.objects.len(), 1);
}

#[test]
fn what_is_no_text_or_too_long_is_refused() {
    let large = vec![b'#'; usize::try_from(LARGEST).unwrap() + 1];
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("large.yaml"), large).unwrap();
    fs::write(dir.path().join("latin.yaml"), b"a: \xE6\n").unwrap();
    let found = read(dir.path()).unwrap();
    assert_eq!(
        lines(&found),
        ["large.yaml: is larger than 4 MiB; split it", "latin.yaml: is not UTF-8; save it as UTF-8"]
    );
    assert_eq!(found.unclear.len(), 2);
}

#[test]
fn unknown_fields_beside_the_spec_are_refused_with_the_known_ones() {
    let text = CONSUMER.replace("name: one}", "name: one, uid: x}") + "status: {}\n";
    assert_eq!(
        lines(&folder(&[("a.yaml", &text)])),
        [
            "a.yaml: CprConsumer team/one: status: unknown field; remove it, known here are apiVersion, kind, metadata, spec",
            "a.yaml: CprConsumer team/one: metadata.uid: unknown field; remove it, known here are annotations, labels, name, namespace",
        ]
    );
    let bare = "apiVersion: cprbroker.dk/v1alpha1\nkind: CprConsumer\nmetadata: {namespace: team, name: one}\nspec:\n";
    assert_eq!(lines(&folder(&[("a.yaml", bare)])), ["a.yaml: CprConsumer team/one: spec: is missing; add it"]);
}

#[test]
fn the_quickstart_is_clean() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quickstart");
    let mistakes = check(&dir, jiff::civil::date(2026, 6, 15)).unwrap();
    assert_eq!(mistakes.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    let found = read(&dir).unwrap();
    let count = |kind| found.objects.iter().filter(|each| each.kind == kind).count();
    assert_eq!(crds::Kind::ALL.map(count), [1, 2, 3]);
}

#[test]
fn no_text_makes_the_reader_panic() {
    let schemas = Schemas::new().unwrap();
    let text = "(apiVersion|kind|metadata|spec|[:{}\\[\\],\n '\"&*!-]|CprSource|[a-z]){0,40}";
    let texts = proptest::string::string_regex(text).unwrap();
    let mut runner = proptest::test_runner::TestRunner::default();
    runner
        .run(&texts, |text| {
            let _ = Folder::of(&schemas, &Files::of(vec![("a.yaml".into(), Ok(text.into_bytes()))]));
            Ok(())
        })
        .unwrap();
}
