use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::{CprConsumerSpec, CprSourceSpec, CprSubscriptionSpec, rule};

fn source() -> Value {
    json!({
        "authority": {"cvr": "12345678", "name": "Eksempel Kommune"},
        "environment": "Test",
        "type": "Directory",
        "directory": {"path": "inbox"},
        "recordCodes": ["001", "002"],
        "allowed": [{
            "namespaces": {"names": ["team"]},
            "selections": {"kinds": ["Municipality"], "municipalityCodes": ["0751"]},
            "categories": ["name"],
            "destinations": [{"hostSuffix": ".eksempel.dk", "port": 443}, {"cidr": "10.20.0.0/16", "port": 443}],
        }],
    })
}

fn consumer() -> Value {
    json!({
        "type": "Webhook",
        "webhook": {"url": "https://a.eksempel.dk/hook", "signingSecretRef": {"name": "signing"}},
    })
}

fn subscription() -> Value {
    json!({
        "sourceRef": {"name": "source"},
        "consumerRef": {"name": "consumer"},
        "purpose": {"description": "Flytning", "legalBasis": "Lov 1", "owner": "team"},
        "until": "2027-12-31",
        "persons": {"anyOf": [{"municipalityCodes": ["0751"], "ageRange": {"from": 0, "to": 17}}]},
        "notifyOn": {"changes": ["name"]},
        "categories": ["name"],
    })
}

fn base(kind: Kind) -> Value {
    match kind {
        Kind::Source => source(),
        Kind::Consumer => consumer(),
        Kind::Subscription => subscription(),
    }
}

/// The object with the value at the JSON pointer replaced, added or (null) removed.
fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match object.pointer_mut(parent).unwrap() {
        Value::Object(fields) => fields.insert(name.into(), value),
        Value::Array(items) => Some(std::mem::replace(&mut items[name.parse::<usize>().unwrap()], value)),
        _ => unreachable!("a pointer leads to a field or an item"),
    };
    object
}

fn problems(kind: Kind, mut spec: Value, old: Option<&Value>) -> Vec<(String, String)> {
    let problems = SpecSchema::of(kind).unwrap().validate(&mut spec, old);
    problems.into_iter().map(|problem| (problem.field, problem.text)).collect()
}

/// Every rule in a schema with the pointer-like path of where it stands.
fn rules_in(schema: &Value, found: &mut BTreeSet<(String, String)>) {
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        let text = |name: &str| rule[name].as_str().unwrap().to_owned();
        found.insert((text("rule"), text("message")));
    }
    match schema {
        Value::Object(fields) => fields.values().for_each(|value| rules_in(value, found)),
        Value::Array(items) => items.iter().for_each(|value| rules_in(value, found)),
        _ => {}
    }
}

#[test]
fn each_base_object_is_accepted_and_becomes_its_type_with_defaults() {
    for kind in Kind::ALL {
        assert_eq!(problems(kind, base(kind), None), vec![], "{kind}");
        let mut spec = base(kind);
        SpecSchema::of(kind).unwrap().validate(&mut spec, None);
        let typed = match kind {
            Kind::Source => serde_json::to_value(serde_json::from_value::<CprSourceSpec>(spec.clone()).unwrap()),
            Kind::Consumer => serde_json::to_value(serde_json::from_value::<CprConsumerSpec>(spec.clone()).unwrap()),
            Kind::Subscription => {
                serde_json::to_value(serde_json::from_value::<CprSubscriptionSpec>(spec.clone()).unwrap())
            }
        };
        assert_eq!(typed.unwrap(), spec, "{kind}: the schema and the type fill in the same defaults");
    }
}

#[test]
fn each_rule_accepts_one_object_and_refuses_another() {
    use Kind::{Consumer, Source, Subscription};
    let number = ["010190", "1234"].concat();
    let nationwide = with(
        with(source(), "/allowed/0/selections", json!({"kinds": ["Age"]})),
        "/allowed/0/subscriptions",
        json!(["one"]),
    );
    // Rule, kind, accepted, pointer, refused value: the refused object is the accepted one with that one change. Rules
    // about change are tried with the accepted object as the former one.
    let table: Vec<(&rule::Rule, Kind, Value, &str, Value)> = vec![
        (&rule::NO_PERSON_NUMBER, Subscription, subscription(), "/purpose/description", json!(format!("om {number}"))),
        (&rule::NET, Source, source(), "/allowed/0/destinations/1/cidr", json!("10.20.0.1/16")),
        (&rule::HTTPS, Consumer, consumer(), "/webhook/url", json!("http://a.eksempel.dk/hook")),
        (&rule::SOURCE_TYPE_MEMBER, Source, source(), "/directory", Value::Null),
        (&rule::CONSUMER_TYPE_MEMBER, Consumer, consumer(), "/webhook", Value::Null),
        (&rule::AUTHORITY_STAYS, Source, source(), "/authority/cvr", json!("87654321")),
        (&rule::ENVIRONMENT_STAYS, Source, source(), "/environment", json!("Production")),
        (&rule::SOURCE_REF_STAYS, Subscription, subscription(), "/sourceRef/name", json!("other")),
        (&rule::CONSUMER_REF_STAYS, Subscription, subscription(), "/consumerRef/name", json!("other")),
        (&rule::PERSON_RECORD_ORDERED, Source, source(), "/recordCodes", json!(["002"])),
        (&rule::NATIONWIDE_BY_NAME, Source, nationwide, "/allowed/0/subscriptions", json!([])),
        (&rule::MUNICIPALITIES_NAMED, Source, source(), "/allowed/0/selections/municipalityCodes", json!([])),
        (&rule::ONE_DESTINATION, Source, source(), "/allowed/0/destinations/0/cidr", json!("10.0.0.0/8")),
        (&rule::STATUS_IS_FREE, Consumer, consumer(), "/webhook/finalStatuses", json!([400, 410])),
        (&rule::CLAUSE_HAS_CONDITION, Subscription, subscription(), "/persons/anyOf/0", json!({})),
        (&rule::AGES_IN_ORDER, Subscription, subscription(), "/persons/anyOf/0/ageRange/from", json!(18)),
        (&rule::CHANGES_AMONG_CATEGORIES, Subscription, subscription(), "/notifyOn/changes", json!(["address"])),
    ];
    let mut seen = BTreeSet::new();
    for (rule, kind, accepted, pointer, value) in table {
        assert_eq!(problems(kind, accepted.clone(), Some(&accepted)), vec![], "{}", rule.message);
        let refused = with(accepted.clone(), pointer, value);
        let texts: Vec<String> = problems(kind, refused, Some(&accepted)).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, [rule.message], "{pointer}");
        seen.insert((rule.cel.to_owned(), rule.message.to_owned()));
    }
    // Only one type of each kind works today, so that no refused object can be written down yet.
    assert!(rule::TYPE_STAYS.holds(&json!("Webhook"), Some(&json!("Webhook"))));
    assert!(!rule::TYPE_STAYS.holds(&json!("Other"), Some(&json!("Webhook"))));
    seen.insert((rule::TYPE_STAYS.cel.into(), rule::TYPE_STAYS.message.into()));

    let mut attached = BTreeSet::new();
    for kind in Kind::ALL {
        rules_in(&kind.definition().unwrap(), &mut attached);
    }
    assert_eq!(attached, seen, "every rule in a schema is in the table and the other way round");
    assert_eq!(RULES.len(), seen.len());
}

/// Tries each wrong value in place of a right one; exactly this line is to come.
fn check(table: &[(Kind, &str, Value, &str)]) {
    for (kind, pointer, value, expected) in table {
        let found = problems(*kind, with(base(*kind), pointer, value.clone()), None);
        let found: Vec<String> = found.iter().map(|(field, text)| format!("{field}: {text}")).collect();
        assert_eq!(found, [*expected], "{pointer}");
    }
}

#[test]
fn each_wrong_value_is_named_with_its_field_and_what_to_do() {
    use Kind::Source;
    check(&[
        (Source, "/allowd", json!([]), "spec.allowd: unknown field; write allowed if that is meant"),
        (
            Source,
            "/directory/colour",
            json!("x"),
            "spec.directory.colour: unknown field; remove it, known here are filePattern, path, recordLength",
        ),
        (Source, "/environment", json!("Prod"), "spec.environment: must be Production or Test"),
        (Source, "/type", json!("Serviceplatformen"), "spec.type: must be Directory"),
        (Source, "/authority", Value::Null, "spec.authority: is missing; add it"),
        (Source, "/authority/cvr", json!(12_345_678), "spec.authority.cvr: must be text; write it in quotes"),
        (
            Source,
            "/authority/cvr",
            json!("1234"),
            "spec.authority.cvr: must be eight digits in quotes such as \"12345678\"",
        ),
        (Source, "/authority", json!("x"), "spec.authority: must be fields, one on each line and indented"),
        (Source, "/recordCodes", json!("001"), "spec.recordCodes: must be a list, such as [a, b]"),
        (Source, "/recordCodes", json!([]), "spec.recordCodes: must not be empty; add an item"),
        (Source, "/recordCodes", json!(["001", "001"]), "spec.recordCodes[1]: is listed twice; remove it"),
        (Source, "/suspend", json!("yes"), "spec.suspend: must be true or false, without quotes"),
        (Source, "/directory/recordLength", json!(105), "spec.directory.recordLength: must be from 106 to 4096"),
        (
            Source,
            "/allowed/0/destinations/0/port",
            json!(65536),
            "spec.allowed[0].destinations[0].port: must be from 1 to 65535",
        ),
        (
            Source,
            "/allowed/0/destinations/0/port",
            json!("443"),
            "spec.allowed[0].destinations[0].port: must be a whole number, without quotes",
        ),
    ]);
}

#[test]
fn so_is_each_wrong_value_of_a_consumer_and_a_subscription() {
    use Kind::{Consumer, Subscription};
    check(&[
        (Consumer, "/webhook/timeout", json!("2m"), "spec.webhook.timeout: must be 1s to 60s"),
        (Consumer, "/limits", json!({"concurrency": 0}), "spec.limits.concurrency: must be from 1 to 256"),
        (
            Consumer,
            "/retry",
            json!({"schedule": vec!["5s"; 33]}),
            "spec.retry.schedule: has 33 items, at most 32 are allowed; remove some",
        ),
        (
            Subscription,
            "/persons/anyOf/0/municipalityCodes",
            json!([751]),
            "spec.persons.anyOf[0].municipalityCodes[0]: must be text; write it in quotes",
        ),
        (Subscription, "/persons/anyOf", json!([]), "spec.persons.anyOf: must not be empty; add an item"),
        (Subscription, "/until", Value::Null, "spec.until: is missing; add it"),
        (Subscription, "/until", json!("2027-02-29"), "spec.until: must be a day that the calendar has"),
        (Subscription, "/purpose", Value::Null, "spec.purpose: is missing; add it"),
        (Subscription, "/purpose/owner", json!(" "), "spec.purpose.owner: must be some text"),
        (
            Subscription,
            "/purpose/owner",
            json!("x".repeat(501)),
            "spec.purpose.owner: has 501 characters, at most 500 are allowed; shorten it",
        ),
        (
            Subscription,
            "/categories",
            json!(["name", "church"]),
            "spec.categories[1]: must be name or address or status or protection or civilStatus",
        ),
    ]);
}

#[test]
fn every_mistake_is_found_at_once_and_none_repeats_a_value() {
    let number = ["010190", "1234"].concat();
    let spec = with(with(subscription(), "/until", json!(number)), "/purpose/owner", json!(number));
    let spec = with(with(spec, "/categories", json!([number])), &format!("/{number}"), json!(1));
    let found = problems(Kind::Subscription, spec, None);
    let fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["spec.(a field)", "spec.categories[0]", "spec.purpose.owner", "spec.until"]);
    assert!(!format!("{found:?}").contains(&number));
}

#[test]
fn a_field_without_a_value_counts_as_left_out() {
    let spec = with(with(consumer(), "/limits", Value::Null), "/webhook/tls", Value::Null);
    assert_eq!(problems(Kind::Consumer, spec, None), vec![]);
}

/// Walks a schema and complains about every list and text without an upper bound and every number without both.
fn unbounded(schema: &Value, path: &str, found: &mut Vec<String>) {
    let missing = match schema["type"].as_str() {
        Some("string") => schema["enum"].is_null() && schema["maxLength"].is_null(),
        Some("array") => schema["maxItems"].is_null(),
        Some("integer") => schema["minimum"].is_null() || schema["maximum"].is_null(),
        Some("object") => schema["properties"].is_null(),
        Some("boolean") => false,
        _ => true,
    };
    if missing {
        found.push(path.to_owned());
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        if schema["description"].is_null() {
            found.push(format!("{path}.{name} has no description"));
        }
        unbounded(schema, &format!("{path}.{name}"), found);
    }
    if !schema["items"].is_null() {
        unbounded(&schema["items"], &format!("{path}[]"), found);
    }
}

#[test]
fn every_list_text_and_number_is_bounded_and_every_field_described() {
    for kind in Kind::ALL {
        let mut found = Vec::new();
        unbounded(&kind.spec_schema().unwrap(), "spec", &mut found);
        assert_eq!(found, Vec::<String>::new(), "{kind}");
    }
}

#[test]
fn every_pattern_in_a_schema_has_its_function() {
    fn patterns(schema: &Value, found: &mut Vec<String>) {
        if let Some(regex) = schema["pattern"].as_str() {
            found.push(regex.to_owned());
        }
        match schema {
            Value::Object(fields) => fields.values().for_each(|value| patterns(value, found)),
            Value::Array(items) => items.iter().for_each(|value| patterns(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for kind in Kind::ALL {
        patterns(&kind.spec_schema().unwrap(), &mut found);
    }
    assert!(found.len() > 20);
    assert!(found.iter().all(|regex| pattern(regex).is_some()));
}

mod generated {
    use std::path::Path;

    /// Set it to write the files instead of comparing them.
    const RENEW: &str = "CPRBROKER_GENERATE";

    #[test]
    fn the_committed_definitions_are_the_generated_ones() {
        for (name, text) in crate::generated().unwrap() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&name);
            if std::env::var_os(RENEW).is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                committed == text,
                "crds/{name} is not what the types generate; run `{RENEW}=1 cargo test -p cprbroker-crds`"
            );
            let read: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
            assert_eq!(read["spec"]["group"], crate::GROUP);
        }
    }
}
