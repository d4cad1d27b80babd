use super::*;
use crate::fixtures::{TODAY, consumer, loaded, registry, subscription};
use Category::{Address, CivilStatus, Name, Status};
use jiff::civil::date;
use registry::ConsumerId;
use serde_json::{Value, json};

const CHANGED: [(u128, Transition); 1] = [(1, Transition::Changed)];

fn projected(loaded: &Loaded, subscriptions: Vec<Subscription>) -> Projected {
    project(loaded, &consumer(), &registry(subscriptions), TODAY)
}

fn sent(loaded: &Loaded, subscriptions: Vec<Subscription>) -> Value {
    match projected(loaded, subscriptions) {
        Projected::Send(data) => serde_json::to_value(data).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn withdrawn(loaded: &Loaded, subscriptions: Vec<Subscription>) -> Withdrawal {
    match projected(loaded, subscriptions) {
        Projected::Withdrawn(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_granted_categories_are_told_and_sent() {
    let head = loaded(AdvisoryKind::Changed, &CHANGED);
    let data = sent(&head, vec![subscription(1, &[Name])]);
    assert_eq!(data["changes"], json!([{"category": "name", "fields": ["family"]}]));
    assert_eq!(data["values"]["names"][0]["family"], "Person");
    assert!(data["values"].get("addresses").is_none(), "{data}");
    assert_eq!(data["effectiveFrom"], "2026-02-01");
    let data = sent(&head, vec![subscription(1, &[Name, Address])]);
    assert_eq!(data["changes"].as_array().unwrap().len(), 2);
    assert_eq!(data["values"]["addresses"][0]["municipality"], "0751");
    assert_eq!(data["effectiveFrom"], "2026-03-07");
}

#[test]
fn thin_tells_what_and_no_values() {
    let head = loaded(AdvisoryKind::Changed, &CHANGED);
    let thin = Consumer { content: Content::Thin, ..consumer() };
    let Projected::Send(data) = project(&head, &thin, &registry(vec![subscription(1, &[Name])]), TODAY) else {
        panic!("not sent");
    };
    let text = serde_json::to_string(&data).unwrap();
    assert!(text.contains("family") && !text.contains("values") && !text.contains("Person"), "{text}");
}

#[test]
fn a_protected_address_is_hidden_by_what_holds_now() {
    let head = Loaded { protected: true, ..loaded(AdvisoryKind::Changed, &CHANGED) };
    let data = sent(&head, vec![subscription(1, &[Address])]);
    assert_eq!(data["changes"], json!([{"category": "address", "fields": []}]));
    assert_eq!(data["values"]["addresses"][0], json!({"kind": "dk", "protected": true}));
    assert!(data.get("effectiveFrom").is_none(), "the day of a hidden move is hidden: {data}");
}

#[test]
fn what_was_revoked_since_is_withdrawn() {
    let head = loaded(AdvisoryKind::Changed, &CHANGED);
    assert_eq!(withdrawn(&head, vec![]), Withdrawal::GrantWithdrawn);
    let other = Subscription { consumer: ConsumerId(uuid::Uuid::from_u128(9)), ..subscription(1, &[Name]) };
    assert_eq!(withdrawn(&head, vec![other]), Withdrawal::GrantWithdrawn);
    assert_eq!(withdrawn(&head, vec![subscription(2, &[Name])]), Withdrawal::GrantWithdrawn, "another need");
    assert_eq!(withdrawn(&head, vec![subscription(1, &[Status, CivilStatus])]), Withdrawal::NothingGranted);
    let silent = Subscription { notify_on: Categories::NONE, ..subscription(1, &[Name]) };
    assert_eq!(withdrawn(&head, vec![silent]), Withdrawal::NothingGranted);
    let ended = Subscription { until: date(2026, 3, 8), ..subscription(1, &[Name]) };
    assert_eq!(withdrawn(&head, vec![ended]), Withdrawal::GrantWithdrawn);
    let last_day = Subscription { until: TODAY, ..subscription(1, &[Name]) };
    assert!(matches!(projected(&head, vec![last_day]), Projected::Send(_)));
}

#[test]
fn a_left_is_never_withdrawn_and_holds_nothing() {
    let head = loaded(AdvisoryKind::Left, &[(1, Transition::Left)]);
    for (subscriptions, name) in [(vec![], Value::Null), (vec![subscription(1, &[Name])], json!("team/need-1"))] {
        let data = sent(&head, subscriptions);
        assert_eq!(data["changes"], json!([]));
        assert_eq!(data["eventCodes"], json!([]));
        assert!(data.get("values").is_none() && data.get("effectiveFrom").is_none(), "{data}");
        assert_eq!(data["subscriptions"][0]["transition"], "left");
        assert_eq!(data["subscriptions"][0].get("name").cloned().unwrap_or_default(), name);
    }
}

#[test]
fn one_left_among_others_is_told_without_its_values() {
    let head = loaded(AdvisoryKind::Changed, &[(1, Transition::Left), (2, Transition::Changed)]);
    let data = sent(&head, vec![subscription(1, &[Address]), subscription(2, &[Name])]);
    assert_eq!(data["changes"], json!([{"category": "name", "fields": ["family"]}]));
    assert!(data["values"].get("addresses").is_none(), "values come only from those that still select");
    assert_eq!(data["subscriptions"].as_array().unwrap().len(), 2);
    let data = sent(&head, vec![]);
    assert_eq!(data["subscriptions"].as_array().unwrap().len(), 1, "only the left is still told");
    assert!(data.get("values").is_none());
}

#[test]
fn an_entered_is_told_though_nothing_granted_changed() {
    let head = loaded(AdvisoryKind::Entered, &[(1, Transition::Entered)]);
    let data = sent(&head, vec![subscription(1, &[Status])]);
    assert_eq!(data["changes"], json!([]));
    let data = sent(&head, vec![subscription(1, &[Name, Address])]);
    assert_eq!(data["changes"], json!([]), "to whom a person only entered, nothing changed: {data}");
    assert_eq!(data["values"]["names"][0]["family"], "Person");
    let quiet = Subscription { notify_entered: false, ..subscription(1, &[Status]) };
    assert_eq!(withdrawn(&head, vec![quiet]), Withdrawal::NothingGranted);
}

#[test]
fn event_codes_carry_their_mark() {
    let data = sent(&loaded(AdvisoryKind::Changed, &CHANGED), vec![subscription(1, &[Name])]);
    assert_eq!(data["eventCodes"], json!([{"code": "A05", "derived": "1"}, {"code": "P02"}]));
}

#[test]
fn a_broken_snapshot_is_told_apart() {
    let mut head = loaded(AdvisoryKind::Changed, &CHANGED);
    head.after.as_mut().unwrap().body.0 = b"nothing".to_vec();
    assert!(matches!(projected(&head, vec![subscription(1, &[Name])]), Projected::Unreadable));
}
