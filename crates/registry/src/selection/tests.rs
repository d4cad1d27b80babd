use cpr::date::{CprDate, Uncertain};
use jiff::ToSpan as _;
use jiff::civil::date;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{ConsumerId, ObjectRef, Purpose, SourceId, SubscriptionId};

const TODAY: Date = date(2026, 6, 15);
const CHILDREN: AgeRange = AgeRange { from: 0, to: Some(17) };
const ADULTS: AgeRange = AgeRange { from: 18, to: None };

fn born(year: u16, month: u8, day: u8) -> CprDate {
    CprDate { year, month, day, time: None, uncertain: Uncertain::No }
}

fn facts(municipality: u16, status: u8) -> Facts {
    Facts { municipality: Some(municipality), born: Some(born(1990, 2, 3)), status: Some(status) }
}

fn lives_in(municipalities: &[u16]) -> Clause {
    Clause { municipalities: municipalities.to_vec(), age: None }
}

fn aged(age: AgeRange) -> Clause {
    Clause { municipalities: vec![], age: Some(age) }
}

fn subscription(clauses: Vec<Clause>, until: Date) -> Subscription {
    Subscription {
        id: SubscriptionId(Uuid::nil()),
        object: ObjectRef { namespace: "a".into(), name: "b".into() },
        origin: "a.yaml".into(),
        source: SourceId(Uuid::nil()),
        consumer: ConsumerId(Uuid::nil()),
        purpose: Purpose { description: "d".into(), legal_basis: "l".into(), owner: "o".into() },
        until,
        clauses,
        notify_on: cpr::Categories::NONE,
        notify_entered: true,
        categories: cpr::Categories::NONE,
        initial_load: false,
    }
}

#[test]
fn the_birthday_itself_counts() {
    let born = born(2008, 5, 20);
    for (today, child) in [(date(2026, 5, 19), true), (date(2026, 5, 20), false), (date(2026, 5, 21), false)] {
        assert_eq!(CHILDREN.contains(born, today), child, "{today}");
        assert_eq!(ADULTS.contains(born, today), !child, "{today}");
    }
}

#[test]
fn born_on_29_february_grows_older_on_1_march_of_a_common_year() {
    let born = born(2008, 2, 29);
    for (today, adult) in [(date(2026, 2, 28), false), (date(2026, 3, 1), true)] {
        assert_eq!(ADULTS.contains(born, today), adult, "{today}");
    }
    let twenty = AgeRange { from: 20, to: Some(20) };
    assert!(!twenty.contains(born, date(2028, 2, 28)));
    assert!(twenty.contains(born, date(2028, 2, 29)));
}

#[test]
fn a_partly_unknown_birth_date_is_inside_only_if_every_age_is() {
    for (year, month, child, adult) in [
        (2008, 0, false, false),
        (2007, 0, false, true),
        (2009, 0, true, false),
        (2008, 5, false, true),
        (2008, 6, false, false),
        (2008, 7, true, false),
    ] {
        assert_eq!(CHILDREN.contains(born(year, month, 0), TODAY), child, "{year}-{month}");
        assert_eq!(ADULTS.contains(born(year, month, 0), TODAY), adult, "{year}-{month}");
    }
}

#[test]
fn the_unborn_are_outside() {
    assert!(!CHILDREN.contains(born(2026, 6, 16), TODAY));
    assert!(CHILDREN.contains(born(2026, 6, 15), TODAY));
}

#[test]
fn only_the_living_in_denmark_live_in_a_municipality() {
    let clause = lives_in(&[751]);
    for (status, expected) in [
        (1, true),
        (3, true),
        (5, true),
        (7, true),
        (20, true),
        (30, false),
        (50, false),
        (60, false),
        (70, false),
        (80, false),
        (90, false),
    ] {
        assert_eq!(clause.selects(&facts(751, status), TODAY), expected, "status {status}");
    }
    assert!(!clause.selects(&facts(101, 1), TODAY));
    assert!(!lives_in(&[0, 751]).selects(&facts(0, 1), TODAY), "code 0 is no municipality");
    assert!(!clause.selects(&Facts { municipality: None, ..facts(751, 1) }, TODAY));
    assert!(clause.selects(&Facts { status: None, ..facts(751, 1) }, TODAY));
}

#[test]
fn the_dead_have_no_age_and_those_abroad_have() {
    for (status, expected) in [(1, true), (70, true), (80, true), (90, false), (60, false), (50, false), (30, false)] {
        assert_eq!(aged(ADULTS).selects(&facts(751, status), TODAY), expected, "status {status}");
    }
    assert!(!aged(ADULTS).selects(&Facts { born: None, ..facts(751, 1) }, TODAY));
}

#[test]
fn conditions_join_with_and_clauses_with_or() {
    let child_here = Clause { municipalities: vec![751], age: Some(CHILDREN) };
    assert!(!child_here.selects(&facts(751, 1), TODAY));
    assert!(child_here.selects(&Facts { born: Some(born(2015, 1, 1)), ..facts(751, 1) }, TODAY));
    assert!(!child_here.selects(&Facts { born: Some(born(2015, 1, 1)), ..facts(101, 1) }, TODAY));
    let either = subscription(vec![child_here, lives_in(&[101])], TODAY);
    assert!(either.selects(&facts(101, 1), TODAY));
    assert!(!either.selects(&facts(751, 1), TODAY));
}

#[test]
fn what_is_empty_selects_nobody() {
    assert!(!Clause { municipalities: vec![], age: None }.selects(&facts(751, 1), TODAY));
    assert!(!subscription(vec![], TODAY).selects(&facts(751, 1), TODAY));
}

#[test]
fn until_is_the_last_day() {
    let ending = subscription(vec![lives_in(&[751])], TODAY);
    assert!(ending.selects(&facts(751, 1), TODAY));
    assert!(!ending.selects(&facts(751, 1), TODAY.tomorrow().unwrap()));
    let mut registry = Registry::empty("demo");
    registry.subscriptions = vec![ending];
    assert_eq!(registry.selected(&facts(751, 1), TODAY).len(), 1);
    assert_eq!(registry.selected(&facts(751, 1), TODAY.tomorrow().unwrap()).len(), 0);
}

proptest! {
    #[test]
    fn a_partial_date_is_inside_exactly_if_all_its_days_are(
        year in 1900_u16..2026, month in 1_u8..=12, from in 0_u8..120, span in 0_u8..40, offset in 0_i32..20_000,
    ) {
        let range = AgeRange { from, to: Some(from + span) };
        let today = date(2026, 1, 1).checked_add(offset.days()).unwrap();
        let days = |month: u8| {
            let first = date(year.cast_signed(), month.cast_signed(), 1);
            (1..=first.days_in_month().cast_unsigned()).map(move |day| born(year, month, day))
        };
        prop_assert_eq!(range.contains(born(year, month, 0), today), days(month).all(|day| range.contains(day, today)));
        let all = (1..=12).flat_map(days).all(|day| range.contains(day, today));
        prop_assert_eq!(range.contains(born(year, 0, 0), today), all);
    }

    #[test]
    fn everybody_has_one_age_a_day(year in 1900_u16..2010, month in 1_u8..=12, day in 1_u8..=28, offset in 0_i32..20_000) {
        let today = date(2010, 12, 31).checked_add(offset.days()).unwrap();
        let ages = (0..=200_u8).filter(|age| {
            AgeRange { from: *age, to: Some(*age) }.contains(born(year, month, day), today)
        });
        prop_assert_eq!(ages.count(), 1);
    }

    #[test]
    fn more_municipalities_never_select_fewer(
        codes in proptest::collection::btree_set(1_u16..1000, 1..20), extra in 1_u16..1000, municipality in 0_u16..1000,
    ) {
        let narrow = lives_in(&codes.iter().copied().collect::<Vec<_>>());
        let mut more = codes;
        more.insert(extra);
        let wide = lives_in(&more.into_iter().collect::<Vec<_>>());
        let facts = facts(municipality, 1);
        prop_assert!(!narrow.selects(&facts, TODAY) || wide.selects(&facts, TODAY));
        prop_assert_eq!(wide.selects(&facts, TODAY), wide.municipalities.contains(&municipality));
    }
}
