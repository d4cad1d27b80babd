//! The receiver: who is believed, how doors behave, what is kept.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cprbroker_simulator::receiver::{Door, ReceiverError, Refusal, Secret};
use cprbroker_simulator::{Behaviour, Checker, Receiver};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::client::{Client, NOW, SECRET, event};

const LONG: Duration = Duration::from_secs(20);

async fn receiver() -> (Receiver, String) {
    let receiver = Receiver::new(Arc::new(|| Timestamp::from_second(NOW).unwrap())).unwrap();
    let door = Door { path: "/payroll".into(), port: 0, secrets: vec![Secret::parse(SECRET).unwrap()] };
    let url = receiver.open(door).await.unwrap();
    assert_eq!(receiver.url("/payroll").unwrap(), url);
    (receiver, url)
}

async fn client(receiver: &Receiver, url: &str) -> Client {
    Client::connect(url, receiver.ca_pem()).await.unwrap()
}

#[tokio::test]
async fn a_foreign_signer_is_believed_and_kept_in_order() {
    let (receiver, url) = receiver().await;
    let mut client = client(&receiver, &url).await;
    let mut followed = receiver.follow();
    for sequence in 1..=3 {
        assert_eq!(client.advise(sequence, "somebody").await, Some(204));
    }
    let kept = receiver.wait_for(3, LONG).await.unwrap();
    assert_eq!(kept.iter().map(|one| one.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    let first = &kept[0];
    assert_eq!((first.path.as_str(), first.webhook_id.as_str(), first.id.as_str()), ("/payroll", "c-1-1", "c-1-1"));
    assert_eq!((first.kind.as_str(), first.subject.as_str()), ("dk.cprbroker.person.changed.v1", "somebody"));
    assert_eq!((first.sent, first.at), (first.at, Timestamp::from_second(NOW).unwrap()));
    assert_eq!(first.body, event(1, "somebody"));
    assert!(first.headers.iter().any(|(name, value)| name == "traceparent" && value.ends_with("-01")));
    assert!(first.accepted && !first.duplicate);
    assert_eq!(followed.recv().await.unwrap().sequence, 1);
    assert!(Checker::check(&kept).holds());
    assert!(!format!("{first:?} {receiver:?}").contains("somebody"), "debug tells no person");
}

#[tokio::test]
async fn what_is_changed_old_or_unsigned_is_refused() {
    let (receiver, url) = receiver().await;
    let mut client = client(&receiver, &url).await;
    let body = event(1, "somebody");
    let signer = standardwebhooks::Webhook::new(SECRET).unwrap();
    let sign = |at| signer.sign("c-1-1", at, body.as_bytes()).unwrap();
    let changed = body.replace("somebody", "somebodx");
    let stranger = standardwebhooks::Webhook::new("whsec_bm90IHRoZSBzZWNyZXQ=").unwrap();
    let forged = stranger.sign("c-1-1", NOW, body.as_bytes()).unwrap();
    let cases = [
        (NOW, sign(NOW), changed.as_str(), Refusal::Signature),
        (NOW, forged, &body, Refusal::Signature),
        (NOW, sign(NOW).replace("v1,", "v2,"), &body, Refusal::Signature),
        (NOW + 1, sign(NOW), &body, Refusal::Signature),
        (NOW - 301, sign(NOW - 301), &body, Refusal::Timestamp),
        (NOW + 301, sign(NOW + 301), &body, Refusal::Timestamp),
        (NOW, signer.sign("c-1-1", NOW, b"{}").unwrap(), "{}", Refusal::Event),
    ];
    for (at, signature, body, refusal) in cases {
        let answer = client.send_signed("c-1-1", at, &signature, body).await.unwrap();
        assert_eq!(answer.status().as_u16(), if refusal == Refusal::Event { 400 } else { 401 });
        assert_eq!(receiver.refused().last().unwrap().refusal, refusal);
    }
    let other = Request::post("/other").header("host", "x").body(Full::new(Bytes::new())).unwrap();
    assert_eq!(client.raw(other).await.unwrap().status().as_u16(), 404);
    let bare = Request::post("/payroll").header("host", "x").body(Full::new(Bytes::new())).unwrap();
    assert_eq!(client.raw(bare).await.unwrap().status().as_u16(), 401);
    assert_eq!(receiver.refused().last().unwrap().refusal, Refusal::Headers);
    assert!(receiver.received().is_empty());
    let edge = client.send_signed("c-1-1", NOW - 300, &sign(NOW - 300), &body).await.unwrap();
    assert_eq!(edge.status().as_u16(), 204, "five minutes are tolerated");
}

#[tokio::test]
async fn either_secret_will_do_during_a_rotation() {
    let (receiver, url) = receiver().await;
    let mut client = client(&receiver, &url).await;
    let next = "whsec_dGhlIG5leHQgc2VjcmV0IG9mIGFsbA==";
    let body = event(1, "somebody");
    let sign = |secret| standardwebhooks::Webhook::new(secret).unwrap().sign("c-1-1", NOW, body.as_bytes()).unwrap();
    let both = [sign(next), sign(SECRET)].join(" ");
    for secrets in [vec![SECRET], vec![next], vec![SECRET, next]] {
        let secrets = secrets.into_iter().map(|secret| Secret::parse(secret).unwrap()).collect();
        receiver.accept_secrets("/payroll", secrets).unwrap();
        assert_eq!(client.send_signed("c-1-1", NOW, &both, &body).await.unwrap().status().as_u16(), 204);
    }
    receiver.accept_secrets("/payroll", vec![Secret::parse(next).unwrap()]).unwrap();
    assert_eq!(client.advise(1, "somebody").await, Some(401));
    for wrong in ["MTIz", "whsec_", "whsec_%%"] {
        assert!(matches!(Secret::parse(wrong), Err(ReceiverError::Secret)));
    }
}

#[tokio::test]
async fn repeats_are_kept_and_marked() {
    let (receiver, url) = receiver().await;
    let mut client = client(&receiver, &url).await;
    receiver.behave("/payroll", Behaviour::Status(500, Vec::new())).await.unwrap();
    assert_eq!(client.advise(1, "a").await, Some(500));
    receiver.behave("/payroll", Behaviour::Accept).await.unwrap();
    assert_eq!(client.advise(1, "a").await, Some(204));
    assert_eq!(client.advise(1, "a").await, Some(204));
    let marks: Vec<_> = receiver.received_on("/payroll").iter().map(|one| (one.accepted, one.duplicate)).collect();
    assert_eq!(marks, [(false, false), (true, false), (true, true)]);
    let checked = Checker::check(&receiver.received());
    assert_eq!((checked.accepted, checked.distinct, checked.duplicates), (2, 1, 1));
    assert!(checked.holds());
    let late = receiver.wait_for(2, Duration::from_millis(20)).await;
    assert!(matches!(late, Err(ReceiverError::Deadline { wanted: 2, seen: 1 })));
}

#[tokio::test]
async fn doors_answer_as_they_are_told() {
    let (receiver, url) = receiver().await;
    let mut client = client(&receiver, &url).await;
    let retry = vec![("retry-after".to_owned(), "7".to_owned())];
    receiver.behave("/payroll", Behaviour::Status(429, retry)).await.unwrap();
    let answer = client.send("c-1-1", &event(1, "a")).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    receiver.behave("/payroll", Behaviour::Redirect("https://elsewhere.example/".into())).await.unwrap();
    let answer = client.send("c-1-1", &event(1, "a")).await.unwrap();
    assert_eq!(answer.status().as_u16(), 301);
    assert_eq!(answer.headers()["location"].to_str().unwrap(), "https://elsewhere.example/");
    receiver.behave("/payroll", Behaviour::Gone).await.unwrap();
    assert_eq!(client.advise(1, "a").await, Some(410));
    assert!(receiver.received().iter().all(|one| !one.accepted), "none of these is a success");
    receiver.behave("/payroll", Behaviour::Slow(Duration::from_millis(60))).await.unwrap();
    let before = Instant::now();
    assert_eq!(client.advise(1, "a").await, Some(204));
    assert!(before.elapsed() >= Duration::from_millis(60));
    assert!(matches!(receiver.behave("/other", Behaviour::Gone).await, Err(ReceiverError::NoPath(_))));
}

#[tokio::test]
async fn bodies_can_be_endless_or_cut() {
    let (receiver, url) = receiver().await;
    let mut sender = client(&receiver, &url).await;
    receiver.behave("/payroll", Behaviour::EndlessBody).await.unwrap();
    let mut body = sender.send("c-1-1", &event(1, "a")).await.unwrap().into_body();
    let mut read = 0;
    while read < 4 << 20 {
        read += body.frame().await.unwrap().unwrap().into_data().unwrap().len();
    }
    drop((body, sender));
    let mut sender = client(&receiver, &url).await;
    receiver.behave("/payroll", Behaviour::CutBody).await.unwrap();
    let answer = sender.send("c-1-2", &event(2, "a")).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.into_body().collect().await.is_err());
    assert!(receiver.received().iter().all(|one| one.accepted), "the status told success");
}

#[tokio::test]
async fn a_closed_door_refuses_connections_and_opens_at_the_same_place() {
    let (receiver, url) = receiver().await;
    let mut living = client(&receiver, &url).await;
    assert_eq!(living.advise(1, "a").await, Some(204));
    for _ in 0..3 {
        receiver.behave("/payroll", Behaviour::Down).await.unwrap();
        assert_eq!(living.advise(2, "a").await, None, "living connections are cut");
        let refused = Client::connect(&url, receiver.ca_pem()).await.err().unwrap();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        receiver.behave("/payroll", Behaviour::Accept).await.unwrap();
        living = client(&receiver, &url).await;
        assert_eq!(living.advise(2, "a").await, Some(204));
    }
}

#[tokio::test]
async fn a_door_can_show_a_foreign_certificate() {
    let (receiver, url) = receiver().await;
    let mut living = client(&receiver, &url).await;
    receiver.behave("/payroll", Behaviour::WrongCertificate).await.unwrap();
    assert_eq!(living.advise(1, "a").await, None);
    let refused = Client::connect(&url, receiver.ca_pem()).await.err().unwrap();
    assert!(refused.to_string().contains("certificate"), "{refused}");
    receiver.behave("/payroll", Behaviour::Accept).await.unwrap();
    assert_eq!(client(&receiver, &url).await.advise(1, "a").await, Some(204));
}

#[tokio::test]
async fn one_bad_door_does_not_disturb_another() {
    let (receiver, url) = receiver().await;
    let secrets = vec![Secret::parse(SECRET).unwrap()];
    let other = receiver.open(Door { path: "/casework".into(), port: 0, secrets }).await.unwrap();
    receiver.behave("/payroll", Behaviour::Down).await.unwrap();
    assert_eq!(client(&receiver, &other).await.advise(1, "a").await, Some(204));
    assert!(Client::connect(&url, receiver.ca_pem()).await.is_err());
    assert_eq!(receiver.received_on("/casework").len(), 1);
}

#[tokio::test]
async fn a_hook_runs_after_keeping_and_before_answering() {
    let (receiver, url) = receiver().await;
    let mut client = client(&receiver, &url).await;
    let (reached, mut reports) = mpsc::channel(1);
    let (release, gate) = oneshot::channel::<()>();
    let gate = Arc::new(Mutex::new(Some(gate)));
    let hook = Behaviour::hook(move |received| {
        let (reached, gate) = (reached.clone(), gate.lock().unwrap().take());
        async move {
            reached.send(received.sequence).await.unwrap();
            gate.unwrap().await.unwrap();
        }
    });
    receiver.behave("/payroll", hook).await.unwrap();
    let sending = tokio::spawn(async move { client.advise(9, "a").await });
    assert_eq!(reports.recv().await, Some(9));
    assert_eq!(receiver.received().len(), 1, "kept already");
    assert!(!sending.is_finished(), "not answered yet");
    release.send(()).unwrap();
    assert_eq!(sending.await.unwrap(), Some(204));
}

#[tokio::test]
async fn a_sink_answers_everything_and_keeps_nothing() {
    let (receiver, url) = receiver().await;
    receiver.behave("/payroll", Behaviour::Sink).await.unwrap();
    let mut client = client(&receiver, &url).await;
    for _ in 0..10 {
        let answer = client.send_signed("x", 0, "none", "no event at all").await.unwrap();
        assert_eq!(answer.status().as_u16(), 204);
    }
    assert_eq!((receiver.sunk(), receiver.received().len(), receiver.refused().len()), (10, 0, 0));
}

#[tokio::test]
async fn a_port_is_never_shared_with_another_receiver() {
    let (_first, url) = receiver().await;
    let port = url.trim_end_matches("/payroll").rsplit(':').next().unwrap().parse().unwrap();
    let second = Receiver::new(Arc::new(|| Timestamp::from_second(NOW).unwrap())).unwrap();
    let refused = second.open(Door { path: "/payroll".into(), port, secrets: Vec::new() }).await;
    assert!(matches!(refused, Err(ReceiverError::Listen { port: named, .. }) if named == port), "{refused:?}");
}
