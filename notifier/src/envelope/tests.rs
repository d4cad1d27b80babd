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
