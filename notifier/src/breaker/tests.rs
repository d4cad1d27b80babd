use super::*;
use uuid::Uuid;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

/// Feeds (second, person, sign) and returns at which step the breaker opened.
fn opened_at(steps: impl IntoIterator<Item = (i64, i64, Sign)>) -> Option<usize> {
    let mut breaker = Breaker::new(at(0));
    steps
        .into_iter()
        .position(|(second, who, sign)| breaker.observe(at(second), person(who.unsigned_abs().into()), sign))
}

use Sign::{Answer, Success, TransportFailure as Down};

#[test]
fn ten_failures_on_five_persons_open_it() {
    assert_eq!(opened_at((0..20).map(|n| (n, n, Down))), Some(9));
    assert_eq!(opened_at((0..20).map(|n| (0, n, Down))), Some(9));
}

#[test]
fn four_persons_are_not_enough() {
    assert_eq!(opened_at((0..59).map(|n| (n, (n % 4), Down))), None);
    assert_eq!(opened_at((0..59).map(|n| (n, (n % 5), Down))), Some(9));
}

#[test]
fn seven_of_ten_are_enough_and_six_are_not() {
    let run = |good: i64| opened_at((0..10).map(|n| (n, n, if n < good { Success } else { Down })));
    assert_eq!(run(3), Some(9));
    assert_eq!(run(4), None);
}

#[test]
fn old_attempts_fall_out_of_the_window() {
    let spread = (0..20).map(|n| (n * 7, n, Down));
    assert_eq!(opened_at(spread), None, "only 9 attempts fit in 60 seconds");
}

#[test]
fn three_in_a_row_open_it_after_ten_minutes_without_success() {
    assert_eq!(opened_at([(0, 1, Down), (300, 1, Down), (599, 1, Down), (600, 1, Down)]), Some(3));
    assert_eq!(opened_at([(0, 1, Down), (600, 1, Down), (601, 1, Down)]), Some(2));
    assert_eq!(opened_at([(300, 1, Success), (600, 1, Down), (601, 1, Down), (602, 1, Down)]), None);
    assert_eq!(opened_at([(0, 1, Down), (600, 1, Answer), (601, 1, Down), (602, 1, Down)]), None);
}

#[test]
fn other_answers_never_open_it() {
    assert_eq!(opened_at((0..2000).map(|n| (n, n, Answer))), None);
}

#[test]
fn a_clock_set_back_neither_opens_nor_blocks() {
    let mut breaker = Breaker::new(at(10_000));
    for n in 0..9 {
        assert!(!breaker.observe(at(0), person(n), Down));
    }
    assert!(breaker.observe(at(0), person(9), Down));
}

#[test]
fn memory_is_bounded_at_any_rate() {
    let mut breaker = Breaker::new(at(0));
    for n in 0..100_000u32 {
        breaker.observe(at(i64::from(n / 1000)), person(n.into()), Success);
    }
    assert!(breaker.seconds.len() <= 60);
    assert!(breaker.seconds.iter().all(|s| s.persons.len() <= 5));
}
