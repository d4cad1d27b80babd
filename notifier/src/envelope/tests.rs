use super::*;

/// Writes the schema when the variable is set, compares otherwise: a changed type shows in review as a changed file.
#[test]
fn the_committed_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schemas/advisory.v1.json");
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Advisory)).unwrap();
    text.push('\n');
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schemas")).unwrap();
        std::fs::write(path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == text, "docs/schemas/advisory.v1.json is not current; run the test with UPDATE_SCHEMAS=1");
}

#[test]
fn an_advisory_is_a_cloudevent() {
    use crate::fixtures::{TODAY, consumer, loaded, registry, subscription};
    use crate::project::{Projected, project};
    let head = loaded(AdvisoryKind::Changed, &[(1, Transition::Changed)]);
    let Projected::Send(data) =
        project(&head, &consumer(), &registry(vec![subscription(1, &[Category::Address])]), TODAY)
    else {
        panic!("not sent");
    };
    let origin = Origin { installation: "demo".to_owned(), generation: 3 };
    let event: serde_json::Value = serde_json::from_slice(&origin.write(&head, &data).unwrap()).unwrap();
    insta::assert_json_snapshot!(event);
    assert_eq!(event["id"], origin.id(head.head.consumer, head.seq));
}
