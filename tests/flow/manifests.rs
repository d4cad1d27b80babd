//! Bad manifests: each gets one sentence with file, resource and field, and the others keep working.

use serde_json::{Value, json};

use crate::story::Story;
use crate::world::plan::{Consumer, Subscription};
use crate::world::{Plan, World};

/// A mistake: what is written, and what the one sentence about it holds.
struct Bad {
    name: &'static str,
    text: String,
    says: Vec<&'static str>,
}

fn bad_manifests() -> Vec<Bad> {
    let subscription = |change: &dyn Fn(&mut Value)| {
        let mut manifest = Subscription::new("forkert", "sag").manifest();
        change(&mut manifest);
        manifest.to_string()
    };
    let object = "CprSubscription fag/forkert";
    vec![
        Bad { name: "kaput", text: "kind: CprConsumer\n  metadata: [".to_owned(), says: vec!["kaput.yaml"] },
        Bad {
            name: "ukendt-felt",
            text: subscription(&|manifest| manifest["spec"]["municipality"] = json!("0751")),
            says: vec!["ukendt-felt.yaml", object, "spec.municipality"],
        },
        Bad {
            name: "uden-formaal",
            text: subscription(&|manifest| drop(manifest["spec"].as_object_mut().unwrap().remove("purpose"))),
            says: vec!["uden-formaal.yaml", object, "purpose"],
        },
        Bad {
            name: "forkert-kode",
            text: subscription(&|manifest| {
                manifest["spec"]["persons"]["anyOf"][0]["municipalityCodes"] = json!(["0751", "751"]);
            }),
            says: vec!["forkert-kode.yaml", object, "spec.persons.anyOf[0].municipalityCodes[1]"],
        },
        Bad {
            name: "ingen-modtager",
            text: subscription(&|manifest| manifest["spec"]["consumerRef"]["name"] = json!("findes-ikke")),
            says: vec!["ingen-modtager.yaml", object, "consumerRef"],
        },
        Bad {
            name: "ikke-tilladt",
            text: subscription(&|manifest| {
                manifest["spec"]["persons"]["anyOf"][0]["municipalityCodes"] = json!(["0860"]);
            }),
            says: vec!["ikke-tilladt.yaml", object, "spec.persons.anyOf"],
        },
        Bad {
            name: "anden-slags",
            text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: fag, name: x}\n".to_owned(),
            says: vec!["anden-slags.yaml", "ConfigMap"],
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_manifest_gets_one_sentence_and_the_others_keep_working() {
    let mut world = World::new(Plan::new("bad_manifests")).await;
    for bad in bad_manifests() {
        // alone among good ones, so that two of one name do not meet
        world.write_text(bad.name, &bad.text);
        let manifests = world.manifests();
        let (code, out, err) = world.verb(&["check", manifests.to_str().unwrap()], false);
        assert_eq!(code, Some(3), "{}: {out}{err}", bad.name);
        let file = format!("{}.yaml: ", bad.name);
        let mistakes: Vec<&str> = out.lines().filter(|line| line.starts_with(&file)).collect();
        assert_eq!(mistakes.len(), 1, "{}: one sentence: {out}", bad.name);
        for says in bad.says {
            assert!(mistakes[0].contains(says), "{}: `{says}` is not in: {}", bad.name, mistakes[0]);
        }
        if bad.name != "kaput" {
            world.remove_manifest(bad.name);
        }
    }
    // and beside a running process: told, and the others work on
    world.start().await;
    let mut story = Story::new(&world, 71, 100, 3);
    story.load(&mut world);
    story.settle(&world).await;
    for bad in bad_manifests() {
        world.write_text(bad.name, &bad.text);
        world.broker().says(&format!("{}.yaml", bad.name)).await;
        if bad.name != "kaput" {
            world.remove_manifest(bad.name);
        }
    }
    story.day(&mut world);
    story.settle(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_turns_bad_keeps_its_last_good_form() {
    let mut world = World::new(Plan::new("turned_bad")).await;
    world.start().await;
    let mut story = Story::new(&world, 72, 150, 4);
    story.load(&mut world);
    story.settle(&world).await;
    // the subscription and its consumer become unreadable: nobody leaves, and delivery goes on
    world.write_text("borgere", "spec: {persons: [");
    world.broker().says("borgere.yaml").await;
    let mut consumer = Consumer::new("sag").manifest(&world.url("sag"));
    consumer["spec"]["retry"]["schedule"] = json!(["soon"]);
    world.write_manifest("sag", &consumer);
    world.broker().says("spec.retry.schedule[0]").await;
    story.day(&mut world);
    story.settle(&world).await;
    // a restart finds the same last good form in the store
    world.stop().await;
    world.start().await;
    story.day(&mut world);
    story.settle(&world).await;
}
