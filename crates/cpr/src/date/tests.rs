use jiff::civil::date;

use super::*;

fn parse(kind: FieldKind, text: &str) -> Result<Option<CprDate>, DateError> {
    CprDate::parse(kind, text.as_bytes(), b' ')
}

fn shown(kind: FieldKind, text: &str) -> String {
    parse(kind, text).unwrap().unwrap().to_string()
}

#[test]
fn the_four_forms_are_read() {
    assert_eq!(shown(FieldKind::Date, "1961-03-07"), "1961-03-07");
    assert_eq!(shown(FieldKind::DateDigits, "19610307"), "1961-03-07");
    assert_eq!(shown(FieldKind::Timestamp, "196103071205"), "1961-03-07T12:05");
    assert_eq!(shown(FieldKind::TimestampText, "196103071205"), "1961-03-07T12:05");
}

#[test]
fn what_is_absent_is_no_date() {
    for (kind, text) in [
        (FieldKind::Date, "          "),
        (FieldKind::Date, ""),
        (FieldKind::Date, "0000-00-00"),
        (FieldKind::DateDigits, "00000000"),
        (FieldKind::Timestamp, "000000000000"),
        (FieldKind::TimestampText, "            "),
        (FieldKind::TimestampText, "000000000000"),
    ] {
        assert_eq!(parse(kind, text), Ok(None), "{kind:?} {text:?}");
    }
}

#[test]
fn partial_dates_and_placeholder_times_are_kept_and_shown_as_far_as_known() {
    for (text, expected) in [
        ("196100000000", "1961"),
        ("196103000000", "1961-03"),
        ("196100070000", "1961"),
        ("199103201299", "1991-03-20"),
        ("196100001299", "1961"),
        ("196110072000", "1961-10-07T20:00"),
        ("196110079900", "1961-10-07"),
        ("999999990000", "9999"),
        ("999988880000", "9999"),
    ] {
        assert_eq!(shown(FieldKind::Timestamp, text), expected, "{text}");
    }
    let placeholder = parse(FieldKind::Timestamp, "199103201299").unwrap().unwrap();
    assert_eq!((placeholder.time, placeholder.clock()), (Some((12, 99)), None));
}

#[test]
fn the_marker_makes_a_date_uncertain() {
    let marked = CprDate::parse(FieldKind::Date, b"1899-12-30", b'*').unwrap().unwrap();
    assert_eq!(marked.uncertain, Uncertain::Yes);
    assert_ne!(Some(marked), parse(FieldKind::Date, "1899-12-30").unwrap());
    assert_eq!(format!("{marked:?}"), "CprDate(redacted)");
}

#[test]
fn other_bytes_are_refused() {
    for (kind, text) in [
        (FieldKind::Date, "1961-13-07"),
        (FieldKind::Date, "1961-02-29"),
        (FieldKind::Date, "1961-13-00"),
        (FieldKind::Date, "1961/03/07"),
        (FieldKind::Date, "19610307"),
        (FieldKind::Date, "0000-01-01"),
        (FieldKind::Date, "1961-03- 7"),
        (FieldKind::DateDigits, "1961-03-07"),
        (FieldKind::Timestamp, "196103071260"),
        (FieldKind::Timestamp, "19610307120"),
        (FieldKind::Text, "1961-03-07"),
    ] {
        assert_eq!(parse(kind, text), Err(DateError), "{kind:?} {text:?}");
    }
}

#[test]
fn a_day_is_a_date_and_back() {
    let day = date(2000, 2, 29);
    assert_eq!(CprDate::from_day(day).day(), Some(day));
    assert_eq!(parse(FieldKind::Date, "1961-03-00").unwrap().unwrap().day(), None);
}

#[test]
fn ages_follow_what_the_date_leaves_open() {
    let ages = |born: &str, today: Date| {
        let ages = parse(FieldKind::Date, born).unwrap().unwrap().ages_on(today)?;
        Some((ages.youngest, ages.oldest))
    };
    let today = date(2026, 6, 15);
    assert_eq!(ages("2008-06-15", today), Some((18, 18)));
    assert_eq!(ages("2008-06-16", today), Some((17, 17)));
    assert_eq!(ages("2008-06-00", today), Some((17, 18)));
    assert_eq!(ages("2008-05-00", today), Some((18, 18)));
    assert_eq!(ages("2008-00-00", today), Some((17, 18)));
    assert_eq!(ages("2026-06-16", today), None);
    assert_eq!(ages("2026-00-00", today), Some((0, 0)));
    assert_eq!(ages("9999-99-99", today), None);
}

#[test]
fn a_birthday_on_29_february_is_1_march_in_other_years() {
    let born = CprDate::from_day(date(2008, 2, 29));
    let age = |today| born.ages_on(today).unwrap().oldest;
    assert_eq!((age(date(2026, 2, 28)), age(date(2026, 3, 1))), (17, 18));
    assert_eq!((age(date(2024, 2, 28)), age(date(2024, 2, 29))), (15, 16));
}
