//! What comes out for what went in: exactly the right advisories, with the right content.

use std::collections::BTreeMap;

use serde_json::Value;
use simulator::{LineForm, Received};

use crate::oracle::{Kind, Number};
use crate::story::Story;
use crate::world::database::Backend;
use crate::world::plan::{Consumer, Subscription};
use crate::world::{Plan, World};

fn both() -> (Vec<Consumer>, Vec<Subscription>) {
    let consumers = vec![Consumer::new("sag").with_values(), Consumer::new("skole")];
    let pupils = Subscription { ages: Some((6, 16)), ..Subscription::new("elever", "skole") };
    let elsewhere = Subscription { municipalities: vec![101, 461], ..Subscription::new("naboer", "skole") };
    let subscriptions = vec![
        Subscription::new("borgere", "sag"),
        pupils.about(&["name", "address"]),
        Subscription { initial_load: false, ..elsewhere.about(&["status"]) },
    ];
    (consumers, subscriptions)
}

async fn extracts_in_advisories_out(name: &'static str, backend: Backend, form: LineForm) {
    let (consumers, subscriptions) = both();
    let mut world = World::new(Plan::new(name).on(backend).with(consumers, subscriptions)).await;
    world.start().await;
    let mut story = Story::new(&world, 11, 400, 4).in_form(form);
    story.load(&mut world);
    story.settle(&world).await;
    for _ in 0..4 {
        story.day(&mut world);
        story.settle(&world).await;
    }
    let kinds: BTreeMap<Kind, usize> = story.expected.iter().fold(BTreeMap::new(), |mut kinds, expected| {
        *kinds.entry(expected.kind).or_default() += 1;
        kinds
    });
    assert_eq!(kinds.len(), 3, "the story has moves in and out and changes: {kinds:?}");
    contents_are_right(&world, &story).await;
    assert!(world.receiver.refused().is_empty(), "every signature is good");
    world.stop().await;
}

/// Thin advisories hold no values, others the granted ones, and no protected address.
async fn contents_are_right(world: &World, story: &Story) {
    let persons = story.subjects(world).await;
    let mut shown = 0;
    let mut hidden = 0;
    for received in world.receiver.received() {
        let event: Value = serde_json::from_slice(&received.body).unwrap();
        let data = &event["data"];
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["id"], received.webhook_id.as_str());
        assert!(event["traceparent"].is_string());
        if received.path == "/skole" || received.kind.contains(".left.") {
            assert!(data.get("values").is_none(), "no values in {}", received.kind);
            continue;
        }
        let person = &story.seen(&received, &persons[&received.subject]);
        let values = &data["values"];
        let address = &values["addresses"][0];
        assert_eq!(values["names"][0]["family"].as_str().unwrap_or_default(), person.surname, "the name of the event");
        if person.protected {
            hidden += 1;
            assert_eq!(address["protected"], true);
            assert_eq!(address.as_object().unwrap().len(), 2, "kind and protected alone");
        } else {
            shown += 1;
            assert_eq!(address["streetName"].as_str().unwrap_or_default(), person.road, "the address of the event");
        }
    }
    assert!(shown > 50 && hidden > 0, "{shown} addresses shown, {hidden} hidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn extracts_in_advisories_out_on_sqlite() {
    extracts_in_advisories_out("advisories_sqlite", Backend::Sqlite, LineForm::LfFull).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn extracts_in_advisories_out_on_postgresql() {
    extracts_in_advisories_out("advisories_postgresql", Backend::Postgres, LineForm::CrLfTrimmed).await;
}

/// The headers of an attempt as a foreign library wants them.
fn headers(received: &Received) -> axum::http::HeaderMap {
    let mut headers = axum::http::HeaderMap::new();
    headers.insert("webhook-id", received.webhook_id.parse().unwrap());
    headers.insert("webhook-timestamp", received.sent.as_second().to_string().parse().unwrap());
    let (_, signature) = received.headers.iter().find(|(name, _)| name == "webhook-signature").unwrap();
    headers.insert("webhook-signature", signature.parse().unwrap());
    headers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_verifier_accepts_an_advisory_and_refuses_it_after_one_changed_byte() {
    let mut world = World::new(Plan::new("foreign_verifier")).await;
    world.start().await;
    let mut story = Story::new(&world, 12, 60, 1);
    story.load(&mut world);
    story.settle(&world).await;
    let received = world.receiver.received().into_iter().next().unwrap();
    let verifier = standardwebhooks::Webhook::new(&world.signing_key("sag")).unwrap();
    verifier.verify(&received.body, &headers(&received)).unwrap();
    for at in [0, received.body.len() / 2, received.body.len() - 1] {
        let mut body = received.body.to_vec();
        body[at] ^= 1;
        assert!(verifier.verify(&body, &headers(&received)).is_err(), "byte {at} was changed");
    }
    let other = standardwebhooks::Webhook::new(&world.signing_key("sag").replace("whsec_c", "whsec_d")).unwrap();
    assert!(other.verify(&received.body, &headers(&received)).is_err(), "another secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_delivered_twice_makes_no_advisory() {
    let mut world = World::new(Plan::new("delivered_twice")).await;
    world.start().await;
    let mut story = Story::new(&world, 13, 300, 2);
    story.load(&mut world);
    story.day(&mut world);
    story.settle(&world).await;
    let before = world.receiver.received().len();
    for (name, bytes) in story.files.clone() {
        // again under its own name, and as another transfer under another name
        for name in [name.clone(), format!("{name}9")] {
            world.place(&name, &bytes);
            world.gone(&name).await;
        }
    }
    story.settle(&world).await;
    assert_eq!(world.receiver.received().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_which_nothing_granted_changed_makes_no_advisory() {
    let subscriptions = vec![Subscription::new("borgere", "sag").about(&["status"])];
    let mut world = World::new(Plan::new("nothing_granted").with(vec![Consumer::new("sag")], subscriptions)).await;
    world.start().await;
    let mut story = Story::new(&world, 14, 300, 3);
    story.load(&mut world);
    story.settle(&world).await;
    let before = world.receiver.received().len();
    // everybody again, on a later day: nothing changed at all
    story.repeat(&mut world);
    story.settle(&world).await;
    assert_eq!(world.receiver.received().len(), before);
    // and everybody under another name: name is not granted
    story.rename_everybody(&mut world, *b"Aabenraae ");
    story.settle(&world).await;
    assert_eq!(world.receiver.received().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn moves_make_entered_and_left_and_a_left_is_the_last() {
    let mut world = World::new(Plan::new("moves")).await;
    world.start().await;
    let mut story = Story::new(&world, 15, 200, 3);
    story.load(&mut world);
    story.settle(&world).await;
    let (inside, outside) =
        (story.oracle.selected("borgere"), story.edit(&mut world, |line| swap(line, *b"0751", *b"0101")));
    story.settle(&world).await;
    let left = outside.iter().filter(|expected| expected.kind == Kind::Left).count();
    assert!(left == inside.len() && left > 50, "all of {} left: {left}", inside.len());
    let numbers: Vec<Number> = outside.iter().map(|expected| expected.number).collect();
    // they come back
    let back = story.edit(&mut world, |line| swap(line, *b"0101", *b"0751"));
    story.settle(&world).await;
    assert!(back.iter().all(|expected| expected.kind == Kind::Entered) && back.len() >= numbers.len());
}

/// Changes the municipality of an address.
fn swap(line: &mut [u8], from: [u8; 4], to: [u8; 4]) {
    if line.starts_with(b"002") && line[13..17] == from {
        line[13..17].copy_from_slice(&to);
    }
}
