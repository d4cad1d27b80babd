use jiff::civil::date;
use registry::Destination;

use super::*;
use crate::folder::tests::folder;

const TODAY: Date = date(2026, 6, 15);

const SOURCE: &str = "\
apiVersion: cprbroker.dk/v1alpha1
kind: CprSource
metadata: {namespace: cpr, name: register}
spec:
  authority: {cvr: '12345678', name: Eksempel Kommune}
  environment: Test
  type: Directory
  directory: {path: inbox}
  recordCodes: ['008', '001']
  allowed:
  - namespaces: {names: [team]}
    selections: {kinds: [Municipality], municipalityCodes: ['0751', '0101']}
    categories: [name, address]
    destinations: [{hostSuffix: .eksempel.dk, port: 443}]
";

const CONSUMER: &str = "\
apiVersion: cprbroker.dk/v1alpha1
kind: CprConsumer
metadata: {namespace: team, name: system}
spec:
  type: Webhook
  webhook:
    url: https://a.eksempel.dk/hook
    signingSecretRef: {name: signing}
    tls: {caRef: {name: roots}}
";

const SUBSCRIPTION: &str = "\
apiVersion: cprbroker.dk/v1alpha1
kind: CprSubscription
metadata: {namespace: team, name: movers}
spec:
  sourceRef: {namespace: cpr, name: register}
  consumerRef: {name: system}
  purpose: {description: Flytning, legalBasis: Lov 1, owner: team}
  until: '2027-12-31'
  persons: {anyOf: [{municipalityCodes: ['0751'], ageRange: {from: 0, to: 17}}]}
  notifyOn: {changes: [address]}
  categories: [name, address]
";

fn installation() -> Installation {
    Installation { name: "demo".into(), authority: None, environment: None }
}

fn compiled(files: &[(&str, &str)], previous: Option<&Registry>) -> Compiled {
    compile(&folder(files), previous, &installation(), TODAY)
}

fn all<'a>(source: &'a str, consumer: &'a str, subscription: &'a str) -> [(&'static str, &'a str); 3] {
    [("source.yaml", source), ("consumer.yaml", consumer), ("subscription.yaml", subscription)]
}

fn good() -> Registry {
    let Compiled { registry, mistakes } = compiled(&all(SOURCE, CONSUMER, SUBSCRIPTION), None);
    assert_eq!(lines(&mistakes), Vec::<String>::new());
    registry
}

fn lines(mistakes: &[Mistake]) -> Vec<String> {
    mistakes.iter().map(ToString::to_string).collect()
}

/// Compiles and expects exactly one mistake.
fn one_mistake(files: &[(&str, &str)], previous: Option<&Registry>, expected: &str) -> Registry {
    let Compiled { registry, mistakes } = compiled(files, previous);
    assert_eq!(lines(&mistakes), [expected]);
    registry
}

#[test]
fn what_is_declared_is_compiled_with_its_defaults() {
    let registry = good();
    insta::assert_json_snapshot!(registry);
    let stored = registry.to_stored().unwrap();
    assert_eq!(Registry::from_stored(&stored).unwrap(), registry);
    let again = compiled(&all(SOURCE, CONSUMER, SUBSCRIPTION), Some(&registry));
    assert_eq!(again.registry, registry, "the same declarations never make a new version");
}

#[test]
fn the_categories_of_manifests_are_the_grantable_ones() {
    let ours = crds::Category::ALL.map(form::category);
    assert_eq!(ours, cpr::Category::GRANTABLE);
    for (declared, meant) in crds::Category::ALL.iter().zip(ours) {
        assert_eq!(serde_json::to_value(declared).unwrap(), serde_json::to_value(meant).unwrap());
    }
}

#[test]
fn one_broken_object_is_named_and_the_others_keep_working() {
    let other = SUBSCRIPTION.replace("movers", "other");
    for (from, to, expected) in [
        ("until: '2027-12-31'", "until: '2027-02-29'", "spec.until: must be a day that the calendar has"),
        ("purpose:", "purose:", "spec.purose: unknown field; write purpose if that is meant"),
        ("['0751']", "[751]", "spec.persons.anyOf[0].municipalityCodes[0]: must be text; write it in quotes"),
        ("[{municipalityCodes", "[{x: 1}, {municipalityCodes", "spec.persons.anyOf[0].x: unknown field; remove it"),
        (
            "changes: [address]",
            "changes: [status]",
            "spec: notifyOn.changes names a category that is not in categories; add it there or remove it here",
        ),
        (
            "name: register}",
            "name: registre}",
            "spec.sourceRef: names a source that is not in force; declare it, correct its mistakes or correct the name",
        ),
        (
            "consumerRef: {name: system}",
            "consumerRef: {name: systme}",
            "spec.consumerRef: names a consumer that is not in force; declare it",
        ),
        (
            "['0751'], ageRange: {from: 0, to: 17}",
            "['0461']",
            "spec.persons.anyOf: selects persons in municipalities, or nationwide, in a way that is not allowed by source cpr/register",
        ),
        ("municipalityCodes: ['0751'], ", "", "spec.persons.anyOf: selects persons in municipalities, or nationwide"),
    ] {
        let broken = SUBSCRIPTION.replacen(from, to, 1);
        assert_ne!(broken, SUBSCRIPTION, "{from}");
        let files = [("a.yaml", SOURCE), ("b.yaml", CONSUMER), ("c.yaml", &broken), ("d.yaml", &other)];
        let Compiled { registry, mistakes } = compiled(&files, None);
        let found = lines(&mistakes);
        let expected = format!(": {expected}");
        assert!(
            found.iter().any(|line| line.contains(&expected) && line.starts_with("c.yaml: CprSubscription ")),
            "{from}: {found:?}"
        );
        let names: Vec<&str> = registry.subscriptions.iter().map(|each| each.object.name.as_str()).collect();
        assert_eq!(names, ["other"], "{from}");
    }
}

#[test]
fn an_object_that_cannot_be_read_keeps_its_last_form_and_says_so() {
    let before = good();
    for (source, consumer, subscription, expected) in [
        (
            SOURCE.replace("'001'", "'1'"),
            CONSUMER.to_owned(),
            SUBSCRIPTION.to_owned(),
            "source.yaml: CprSource cpr/register: spec.recordCodes[1]: must be a record code of three digits in quotes \
             such as \"001\" (its last good form stays in force)",
        ),
        (
            SOURCE.to_owned(),
            CONSUMER.replace("https:", "http:"),
            SUBSCRIPTION.to_owned(),
            "consumer.yaml: CprConsumer team/system: spec.webhook.url: must begin with https:// (its last good form stays in force)",
        ),
        (SOURCE.to_owned(), CONSUMER.to_owned(), SUBSCRIPTION.replace("until:", "untill:"), ""),
    ] {
        let Compiled { registry, mistakes } = compiled(&all(&source, &consumer, &subscription), Some(&before));
        assert_eq!(registry, before);
        let found = lines(&mistakes);
        assert!(
            !found.is_empty() && found.iter().all(|line| line.ends_with("(its last good form stays in force)")),
            "{found:?}"
        );
        assert!(expected.is_empty() || found == [expected], "{found:?}");
    }
}

#[test]
fn a_broken_file_keeps_what_it_declared_and_a_deleted_one_does_not() {
    let before = good();
    let broken = compiled(&all(SOURCE, CONSUMER, "a: [\n"), Some(&before));
    assert_eq!(broken.registry, before);
    let [line] = &lines(&broken.mistakes)[..] else { panic!("{:?}", broken.mistakes) };
    assert!(line.starts_with("subscription.yaml: document at line 1: not readable as YAML at line "), "{line}");
    assert!(line.ends_with("(what this file declared before stays in force)"), "{line}");

    let deleted = compiled(&[("source.yaml", SOURCE), ("consumer.yaml", CONSUMER)], Some(&before));
    assert_eq!(lines(&deleted.mistakes), Vec::<String>::new());
    assert!(deleted.registry.subscriptions.is_empty());

    let elsewhere = compiled(
        &[("source.yaml", SOURCE), ("consumer.yaml", "a: [\n"), ("subscription.yaml", SUBSCRIPTION)],
        Some(&before),
    );
    assert_eq!(elsewhere.registry, before, "a kept consumer keeps its subscriptions");
}

#[test]
fn an_object_that_may_have_moved_into_a_broken_file_is_kept() {
    let before = good();
    let moved = [("source.yaml", SOURCE), ("consumer.yaml", CONSUMER), ("renamed.yaml", "a: [\n")];
    assert_eq!(compiled(&moved, Some(&before)).registry, before);
    // A broken file that declared something before has not taken over what another file declared.
    let both = [("source.yaml", SOURCE), ("consumer.yaml", "a: [\n")];
    assert!(compiled(&both, Some(&before)).registry.subscriptions.is_empty());
}

#[test]
fn deleting_a_source_or_a_consumer_ends_its_subscriptions() {
    let before = good();
    let files = [("consumer.yaml", CONSUMER), ("subscription.yaml", SUBSCRIPTION)];
    let text = "subscription.yaml: CprSubscription team/movers: spec.sourceRef: names a source that is not in force; \
                declare it, correct its mistakes or correct the name";
    let registry = one_mistake(&files, Some(&before), text);
    assert!(registry.subscriptions.is_empty() && registry.sources.is_empty());
    assert_eq!(registry.authority, before.authority, "the store still belongs to it");
    assert_eq!(registry.consumers[0].destinations, before.consumers[0].destinations, "its `left` must arrive");
    let files = [("source.yaml", SOURCE), ("subscription.yaml", SUBSCRIPTION)];
    let text = text.replace("sourceRef", "consumerRef").replace("a source", "a consumer");
    assert!(one_mistake(&files, Some(&before), &text).subscriptions.is_empty());
}

#[test]
fn a_withdrawn_grant_counts_at_once_even_for_what_cannot_be_read() {
    let before = good();
    for subscription in [SUBSCRIPTION.to_owned(), SUBSCRIPTION.replace("until:", "untill:"), "a: [\n".to_owned()] {
        let narrowed = SOURCE.replace("[name, address]", "[address]");
        let registry = compiled(&all(&narrowed, CONSUMER, &subscription), Some(&before)).registry;
        let address = cpr::Categories::NONE.with(cpr::Category::Address);
        assert_eq!(registry.subscriptions[0].categories, address);
        let withdrawn = SOURCE.replace("[team]", "[other]");
        let Compiled { registry, mistakes } = compiled(&all(&withdrawn, CONSUMER, &subscription), Some(&before));
        assert!(registry.subscriptions.is_empty());
        let text = "CprSubscription team/movers: is not allowed by source cpr/register; ask its owner for an entry in \
                    allowed for this namespace and subscription";
        assert!(lines(&mistakes).iter().any(|line| line.contains(text)), "{mistakes:?}");
    }
}

#[test]
fn what_is_not_granted_is_cut_off_and_reported() {
    let wide = SUBSCRIPTION
        .replace("['0751'], ageRange: {from: 0, to: 17}}", "['0751', '0461']}, {ageRange: {from: 0}}")
        .replace("[name, address]", "[name, address, status]")
        .replace("[address]", "[address, status]");
    let Compiled { registry, mistakes } = compiled(&all(SOURCE, CONSUMER, &wide), None);
    assert_eq!(
        lines(&mistakes),
        [
            "subscription.yaml: CprSubscription team/movers: spec.categories: names a category that is not allowed by \
             source cpr/register; remove it or ask the source's owner",
            "subscription.yaml: CprSubscription team/movers: spec.persons.anyOf: selects persons in municipalities, or \
             nationwide, in a way that is not allowed by source cpr/register; remove it or ask the source's owner",
        ]
    );
    let [subscription] = &registry.subscriptions[..] else { panic!() };
    assert_eq!(subscription.clauses, [registry::Clause { municipalities: vec![751], age: None }]);
    assert_eq!(subscription.categories, cpr::Categories::NONE.with(cpr::Category::Name).with(cpr::Category::Address));
    assert_eq!(subscription.notify_on, cpr::Categories::NONE.with(cpr::Category::Address));
}

#[test]
fn grants_are_never_added_up_and_the_first_that_allows_all_is_used() {
    let second = "  - namespaces: {names: [team]}
    subscriptions: [movers]
    selections: {kinds: [Age, Municipality], municipalityCodes: ['0461']}
    categories: [name, address, status]
    destinations: [{cidr: 10.0.0.0/8, port: 443}]
";
    let source = format!("{SOURCE}{second}");
    let nationwide =
        SUBSCRIPTION.replace("municipalityCodes: ['0751'], ", "").replace("[name, address]", "[address, status]");
    let Compiled { registry, mistakes } = compiled(&all(&source, CONSUMER, &nationwide), None);
    assert_eq!(lines(&mistakes), Vec::<String>::new());
    let net = Destination::Cidr { net: "10.0.0.0/8".parse().unwrap(), port: 443 };
    assert_eq!(registry.consumers[0].destinations, [net]);
    // 0751 is in the first grant and status in the second: together they are in none.
    let mixed = SUBSCRIPTION.replace("[name, address]", "[address, status]");
    let Compiled { registry, mistakes } = compiled(&all(&source, CONSUMER, &mixed), None);
    assert_eq!(mistakes.len(), 1);
    assert!(!registry.subscriptions[0].categories.contains(cpr::Category::Status));
}

#[test]
fn a_destination_that_no_grant_names_is_refused() {
    let text = "subscription.yaml: CprSubscription team/movers: spec.consumerRef: the consumer's url is a destination that \
                is not allowed by source cpr/register; remove it or ask the source's owner";
    for url in ["https://a.andet.dk/", "https://a.eksempel.dk:8443/", "https://93.184.216.34/", "https://eksempel.dk/"]
    {
        let consumer = CONSUMER.replace("https://a.eksempel.dk/hook", url);
        let registry = one_mistake(&all(SOURCE, &consumer, SUBSCRIPTION), None, text);
        assert!(registry.subscriptions.is_empty(), "{url}");
    }
    let inside = SOURCE.replace("hostSuffix: .eksempel.dk", "cidr: 10.0.0.0/8");
    for (url, allowed) in [("https://10.1.2.3/", true), ("https://11.1.2.3/", false), ("https://any.name/", true)] {
        let consumer = CONSUMER.replace("https://a.eksempel.dk/hook", url);
        let registry = compiled(&all(&inside, &consumer, SUBSCRIPTION), None).registry;
        assert_eq!(registry.subscriptions.len(), usize::from(allowed), "{url}");
    }
}

#[test]
fn a_slip_in_what_is_asked_for_ends_nothing() {
    let before = good();
    let url = CONSUMER.replace("a.eksempel.dk", "a.eksempl.dk");
    let text = "consumer.yaml: CprConsumer team/system: spec.webhook.url: is no destination that source cpr/register \
                allows; correct it or ask its owner (its last good form stays in force)";
    assert_eq!(one_mistake(&all(SOURCE, &url, SUBSCRIPTION), Some(&before), text), before);
    for (from, to) in [("['0751'], ageRange: {from: 0, to: 17}", "['0461']"), ("[name, address]", "[address, status]")]
    {
        // A category too many is cut off; a municipality that is not granted leaves nobody.
        let subscription = SUBSCRIPTION.replace(from, to);
        let registry = compiled(&all(SOURCE, CONSUMER, &subscription), Some(&before)).registry;
        assert_eq!(registry.subscriptions[0].clauses, before.subscriptions[0].clauses, "{to}");
        let both = compiled(&all(SOURCE, &url, &subscription), Some(&before)).registry;
        assert_eq!(both.consumers, before.consumers, "{to}");
        assert_eq!(both.subscriptions.len(), 1, "{to}");
    }
    // A grant that is withdrawn at the same time counts.
    let elsewhere = SOURCE.replace(".eksempel.dk", ".andet.dk");
    let moved = CONSUMER.replace("a.eksempel.dk", "a.andet.dk");
    assert_eq!(compiled(&all(&elsewhere, &url, SUBSCRIPTION), Some(&before)).registry.subscriptions, []);
    assert_eq!(
        compiled(&all(&elsewhere, &moved, SUBSCRIPTION), Some(&before)).registry.consumers[0].webhook.url,
        "https://a.andet.dk/hook"
    );
}

#[test]
fn the_wrong_authority_or_environment_is_refused() {
    let other = SOURCE.replace("12345678", "87654321").replace("name: register", "name: second").replace("inbox", "b");
    let text = "z.yaml: CprSource cpr/second: spec.authority.cvr: AuthorityMismatch, this installation belongs to another \
                data controller; correct the number or use an installation of its own";
    let files = [("a.yaml", SOURCE), ("z.yaml", &other)];
    assert_eq!(one_mistake(&files, None, text).sources.len(), 1);
    assert_eq!(one_mistake(&files[1..], Some(&good()), text).sources.len(), 0);
    let fixed = Installation { authority: Some("12345678".into()), ..installation() };
    let found = compile(&folder(&files[1..]), None, &fixed, TODAY);
    assert_eq!(lines(&found.mistakes), [text]);
    let real = SOURCE.replace("environment: Test", "environment: Production");
    let text = "a.yaml: CprSource cpr/register: spec.environment: AuthorityMismatch, this installation holds data of the \
                other environment; correct it or use an installation of its own (its last good form stays in force)";
    assert_eq!(one_mistake(&[("a.yaml", &real)], Some(&good()), text).environment, Some(Environment::Test));
}

#[test]
fn two_sources_never_share_a_folder() {
    let other = SOURCE.replace("name: register", "name: second").replace("path: inbox", "path: ./inbox/");
    let text = "b.yaml: CprSource cpr/second: spec.directory.path: is the folder of source cpr/register too; give each its own";
    assert_eq!(one_mistake(&[("a.yaml", SOURCE), ("b.yaml", &other)], None, text).sources.len(), 1);
}

#[test]
fn references_never_change() {
    let before = good();
    let second = CONSUMER.replace("name: system", "name: second");
    let moved = SUBSCRIPTION.replace("consumerRef: {name: system}", "consumerRef: {name: second}");
    let files =
        [("source.yaml", SOURCE), ("consumer.yaml", CONSUMER), ("d.yaml", &second), ("subscription.yaml", &moved)];
    let text = "subscription.yaml: CprSubscription team/movers: spec.consumerRef: consumerRef cannot change; make a new \
                subscription, then delete this one (its last good form stays in force)";
    assert_eq!(one_mistake(&files, Some(&before), text).subscriptions, before.subscriptions);
}

#[test]
fn an_ended_subscription_is_compiled_with_a_warning() {
    let ended = SUBSCRIPTION.replace("2027-12-31", "2026-06-14");
    let text = "subscription.yaml: CprSubscription team/movers: spec.until: warning: lies in the past, so that nobody is \
                selected; move it or delete the subscription";
    assert_eq!(one_mistake(&all(SOURCE, CONSUMER, &ended), None, text).subscriptions.len(), 1);
    let last_day = SUBSCRIPTION.replace("2027-12-31", "2026-06-15");
    assert_eq!(lines(&compiled(&all(SOURCE, CONSUMER, &last_day), None).mistakes), Vec::<String>::new());
}

#[test]
fn what_a_schema_cannot_say_of_a_url_is_refused_too() {
    for (url, text) in [
        ("https://a.eksempel.dk:0/", "has a port that cannot be; write one from 1 to 65535"),
        ("https://a.eksempel.dk:65536/", "has a port that cannot be; write one from 1 to 65535"),
        ("https://[1.2.3]/", "has brackets around something that is no IPv6 address; correct it"),
    ] {
        let consumer = CONSUMER.replace("https://a.eksempel.dk/hook", url);
        let line = format!("consumer.yaml: CprConsumer team/system: spec.webhook.url: {text}");
        let registry = one_mistake(&[("consumer.yaml", &consumer)], None, &line);
        assert!(registry.consumers.is_empty());
    }
}

#[test]
fn the_revision_follows_what_a_consumer_says_and_nothing_else() {
    let revision = |consumer: &str| compiled(&[("c.yaml", consumer)], None).registry.consumers[0].revision.clone();
    let spelled_out = format!("# a comment\n{CONSUMER}  content: Thin\n");
    assert_eq!(revision(CONSUMER), revision(&spelled_out), "a default that is written down says nothing new");
    assert_ne!(revision(CONSUMER), revision(&format!("{CONSUMER}  suspend: true\n")));
}

#[test]
fn a_registry_of_another_installation_is_no_former_one() {
    let other = Registry { installation: "other".into(), ..good() };
    assert_eq!(compiled(&all(SOURCE, CONSUMER, "a: [\n"), Some(&other)).registry.subscriptions, []);
}
