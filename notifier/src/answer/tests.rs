use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn retry(jitter_percent: u8) -> Retry {
    Retry { schedule: vec![SECOND * 5, SECOND * 300, SECOND * 1800], jitter_percent }
}

fn decided(reply: Reply, attempts: u32, breaker_open: bool) -> Verdict {
    let retry = retry(0);
    let policy = Policy { retry: &retry, final_statuses: &[400, 422] };
    decide(&reply, policy, attempts, breaker_open, &Chance::seeded(1))
}

fn status(status: u16) -> Reply {
    Reply::Status { status, retry_after: None }
}

fn later(status: u16, seconds: u64) -> Reply {
    Reply::Status { status, retry_after: Some(SECOND * u32::try_from(seconds).unwrap()) }
}

#[test]
fn every_answer_has_its_row() {
    use Verdict::{Delivered, Failed, Parked, Postponed};
    let again = Failed { delay: SECOND * 5 };
    let wait = |seconds| Postponed(Pause::RetryAfter(SECOND * seconds));
    let cases = [
        (status(200), Delivered),
        (status(204), Delivered),
        (status(299), Delivered),
        (later(200, 60), Delivered),
        (status(100), again),
        (status(301), again),
        (status(304), again),
        (status(400), Parked(ParkReason::FinalStatus)),
        (status(422), Parked(ParkReason::FinalStatus)),
        (status(401), again),
        (status(404), again),
        (status(410), Postponed(Pause::Gone)),
        (later(410, 60), Postponed(Pause::Gone)),
        (status(429), again),
        (later(429, 90), wait(90)),
        (later(429, 0), wait(1)),
        (later(429, 7200), wait(3600)),
        (status(500), again),
        (later(500, 60), again),
        (status(502), again),
        (status(503), again),
        (later(503, 10), wait(10)),
        (status(504), again),
        (Reply::Failed(Failure::Connection), again),
        (Reply::Failed(Failure::Tls), again),
        (Reply::Failed(Failure::Timeout), again),
        (Reply::Failed(Failure::NotAllowed), again),
    ];
    for (reply, expected) in cases {
        assert_eq!(decided(reply, 0, false), expected, "{reply:?}");
    }
}

#[test]
fn the_schedule_is_followed_and_then_spent() {
    let verdicts: Vec<_> = (0..5).map(|attempts| decided(status(500), attempts, false)).collect();
    let failed = |seconds| Verdict::Failed { delay: SECOND * seconds };
    let spent = Verdict::Parked(ParkReason::ScheduleSpent);
    assert_eq!(verdicts, [failed(5), failed(300), failed(1800), spent, spent]);
}

#[test]
fn an_open_breaker_counts_nothing_and_parks_only_by_a_final_status() {
    for attempts in [0, 99] {
        for reply in [status(500), status(404), Reply::Failed(Failure::Connection)] {
            assert_eq!(decided(reply, attempts, true), Verdict::Postponed(Pause::BreakerOpen), "{reply:?}");
        }
    }
    assert_eq!(decided(status(200), 0, true), Verdict::Delivered);
    assert_eq!(decided(status(422), 0, true), Verdict::Parked(ParkReason::FinalStatus));
    assert_eq!(decided(later(503, 5), 99, true), Verdict::Postponed(Pause::RetryAfter(SECOND * 5)));
}

#[test]
fn a_declared_final_status_ends_it_even_with_a_retry_after() {
    let retry = retry(0);
    let policy = Policy { retry: &retry, final_statuses: &[429] };
    let verdict = decide(&later(429, 5), policy, 0, false, &Chance::seeded(1));
    assert_eq!(verdict, Verdict::Parked(ParkReason::FinalStatus));
}

#[test]
fn delays_are_spread_by_the_jitter() {
    let retry = retry(20);
    let policy = Policy { retry: &retry, final_statuses: &[] };
    let chance = Chance::seeded(5);
    let delays: Vec<_> = (0..200)
        .map(|_| match decide(&status(500), policy, 1, false, &chance) {
            Verdict::Failed { delay } => delay.as_secs_f64(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(delays.iter().all(|d| (240.0..=360.0).contains(d)));
    assert!(delays.iter().any(|d| *d < 270.0) && delays.iter().any(|d| *d > 330.0));
}

#[test]
fn transport_failures_are_told_apart() {
    let cases = [
        (status(200), false),
        (status(404), false),
        (status(500), false),
        (status(501), false),
        (status(502), true),
        (status(503), true),
        (later(503, 5), false),
        (status(504), true),
        (Reply::Failed(Failure::Timeout), true),
    ];
    for (reply, expected) in cases {
        assert_eq!(reply.is_transport_failure(), expected, "{reply:?}");
    }
}
