//! The checker finds each breach of the consumer's rule, and none where there is none.

use bytes::Bytes;
use cprbroker_simulator::checker::Finding;
use cprbroker_simulator::{Checker, Received};
use jiff::Timestamp;

fn one(sequence: u64, subject: &str) -> Received {
    let id = format!("c-1-{sequence}");
    Received {
        path: "/payroll".into(),
        webhook_id: id.clone(),
        sent: Timestamp::UNIX_EPOCH,
        headers: Vec::new(),
        id,
        source: "urn:cprbroker:test:c:1".into(),
        kind: "dk.cprbroker.person.changed.v1".into(),
        subject: subject.into(),
        sequence,
        time: Timestamp::UNIX_EPOCH,
        missed: Vec::new(),
        at: Timestamp::UNIX_EPOCH,
        accepted: true,
        duplicate: false,
        body: Bytes::new(),
    }
}

fn findings(received: &[Received]) -> Vec<Finding> {
    Checker::check(received).findings
}

fn path() -> String {
    "/payroll".to_owned()
}

#[test]
fn persons_may_overtake_one_another_and_repeats_are_dropped() {
    let received = [one(2, "b"), one(1, "a"), one(2, "b"), one(4, "a"), one(3, "b"), one(1, "a")];
    let checked = Checker::check(&received);
    assert!(checked.holds(), "{:?}", checked.findings);
    assert_eq!((checked.accepted, checked.distinct, checked.duplicates, checked.missed), (6, 4, 2, 0));
}

#[test]
fn what_was_answered_with_an_error_does_not_count() {
    let failed = Received { accepted: false, ..one(1, "a") };
    assert!(findings(&[failed.clone(), one(1, "a"), one(2, "a")]).is_empty());
    assert_eq!(findings(&[failed, one(2, "a")]), [Finding::Unexplained { path: path(), sequence: 1 }]);
}

#[test]
fn one_person_s_advisories_must_not_overtake() {
    assert_eq!(
        findings(&[one(1, "a"), one(3, "a"), one(2, "a")]),
        [Finding::Overtaken { path: path(), sequence: 2, after: 3 }]
    );
}

#[test]
fn a_gap_is_explained_by_missed_only() {
    assert_eq!(findings(&[one(1, "a"), one(3, "a")]), [Finding::Unexplained { path: path(), sequence: 2 }]);
    let explained = Received { missed: vec![2], ..one(3, "a") };
    let checked = Checker::check(&[one(1, "a"), explained]);
    assert!(checked.holds());
    assert_eq!(checked.missed, 1);
}

#[test]
fn ids_are_stable_and_one_per_sequence() {
    let moved = Received { id: "c-1-1".into(), webhook_id: "c-1-1".into(), ..one(2, "a") };
    let found = findings(&[one(1, "a"), moved]);
    assert_eq!(found, [Finding::Unstable { path: path(), sequence: 1 }]);
    let twin = Received { id: "other".into(), webhook_id: "other".into(), ..one(1, "b") };
    assert_eq!(findings(&[one(1, "a"), twin]), [Finding::TwoIds { path: path(), sequence: 1 }]);
    let other = Received { webhook_id: "x".into(), ..one(1, "a") };
    assert_eq!(findings(&[other]), [Finding::HeaderDiffers { path: path(), sequence: 1 }]);
}

#[test]
fn consumers_and_sources_are_told_apart() {
    let other_path = Received { path: "/casework".into(), ..one(1, "a") };
    let other_source = Received {
        source: "urn:cprbroker:test:d:1".into(),
        id: "d-1-1".into(),
        webhook_id: "d-1-1".into(),
        ..one(1, "a")
    };
    assert!(findings(&[one(1, "a"), one(2, "a"), other_path, other_source]).is_empty());
}

#[test]
fn findings_speak_in_words_without_persons() {
    let found = findings(&[one(1, "the-person"), one(3, "the-person"), one(2, "the-person"), one(5, "x")]);
    let words: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        ["/payroll: sequence 2 came after 3 of the same person and is dropped", "/payroll: sequence 4 never came"]
    );
}
