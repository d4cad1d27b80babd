use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::{CprDate, Uncertain};

fn number() -> impl Strategy<Value = PersonNumber> {
    (1..=28u64, 1..=12u64, 0..1_000_000u64)
        .prop_map(|(day, month, rest)| PersonNumber::from_value((day * 100 + month) * 1_000_000 + rest).unwrap())
}

fn reference() -> impl Strategy<Value = NumberField> {
    prop_oneof![Just(NumberField::Absent), Just(NumberField::NoDanishNumber), number().prop_map(NumberField::Number)]
}

/// Text as it can come back: no blanks at the ends, only characters that CPR has.
fn text(width: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![
        8 => prop::char::range('a', 'z'),
        4 => prop::char::range('A', 'Z'),
        2 => prop::char::range('0', '9'),
        2 => Just(' '),
        1 => prop::sample::select("%&'()*+,-./:;<=>?@ÆØÅæøåÉéÀÿ".chars().collect::<Vec<_>>()),
    ];
    prop::collection::vec(character, 0..=width)
        .prop_map(|characters| characters.into_iter().collect::<String>().trim_matches(' ').to_owned())
}

fn day(marked: bool, timed: bool) -> impl Strategy<Value = Option<CprDate>> {
    let clock = (0..=99u8, prop_oneof![3 => 0..60u8, 1 => Just(99u8)]);
    let date =
        (1..=9998u16, 0..=12u8, 0..=28u8, clock, any::<bool>()).prop_map(move |(year, month, day, time, uncertain)| {
            CprDate {
                year,
                month,
                day,
                time: timed.then_some(time),
                uncertain: if marked && uncertain { Uncertain::Yes } else { Uncertain::No },
            }
        });
    prop::option::weighted(0.8, date)
}

fn person(number: PersonNumber) -> impl Strategy<Value = Person> {
    let dates = (day(true, true), day(true, false), day(true, false), day(true, false));
    (reference(), 0..100u32, dates, text(1), text(34)).prop_map(
        move |(current_number, status, (status_from, born, number_from, number_to), gender, occupation)| Person {
            number: number.into(),
            current_number,
            status,
            status_from,
            gender,
            born,
            number_from,
            number_to,
            occupation,
        },
    )
}

fn address(number: PersonNumber) -> impl Strategy<Value = Address> {
    let codes = (0..10_000u32, 0..10_000u32, 0..10_000u32, 0..10_000u32);
    let parts = (text(4), text(2), text(4), text(4), text(34));
    let dates = (day(true, true), day(true, true), day(true, true), day(false, false), day(false, false));
    let lines = (text(34), text(34), text(34), text(34), text(34));
    (codes, parts, dates, lines).prop_map(move |(codes, parts, dates, lines)| Address {
        number: number.into(),
        municipality: codes.0,
        street: codes.1,
        house: parts.0,
        floor: parts.1,
        door: parts.2,
        building: parts.3,
        care_of: parts.4,
        moved_in: dates.0,
        municipality_moved_in: dates.1,
        previous_municipality: codes.2,
        previous_municipality_left: dates.2,
        supplementary_authority: codes.3,
        supplementary_1: lines.0,
        supplementary_2: lines.1,
        supplementary_3: lines.2,
        supplementary_4: lines.3,
        supplementary_5: lines.4,
        supplementary_from: dates.3,
        supplementary_planned_removal: dates.4,
    })
}

fn address_text(number: PersonNumber) -> impl Strategy<Value = AddressText> {
    let codes = (0..10_000u32, 0..10_000u32, 0..10_000u32);
    let names = (text(34), text(34), text(34), text(34), text(34), text(20), text(20));
    let parts = (text(4), text(2), text(4), text(4));
    (codes, names, parts).prop_map(move |(codes, names, parts)| AddressText {
        number: number.into(),
        addressing_name: names.0,
        care_of: names.1,
        locality: names.2,
        line_text: names.3,
        town: names.4,
        postcode: codes.0,
        district: names.5,
        municipality: codes.1,
        street: codes.2,
        house: parts.0,
        floor: parts.1,
        door: parts.2,
        building: parts.3,
        street_name: names.6,
    })
}

fn name(number: PersonNumber) -> impl Strategy<Value = Name> {
    let names = (text(50), text(40), text(40), text(34));
    (names, text(1), text(1), text(1), day(true, true)).prop_map(move |(names, given, middle, family, from)| Name {
        number: number.into(),
        given: names.0,
        given_marker: given,
        middle: names.1,
        middle_marker: middle,
        family: names.2,
        family_marker: family,
        from,
        addressing: names.3,
    })
}

fn civil_status(number: PersonNumber) -> impl Strategy<Value = CivilStatus> {
    let dates = (day(true, false), day(true, true), day(false, true));
    (text(1), reference(), dates, text(34), text(1)).prop_map(move |(state, spouse, dates, spouse_name, marker)| {
        CivilStatus {
            number: number.into(),
            state,
            spouse,
            spouse_born: dates.0,
            spouse_name,
            spouse_name_marker: marker,
            from: dates.1,
            separation: dates.2,
        }
    })
}

/// The records of one person, in the order in which they are compared.
#[derive(Debug, PartialEq)]
struct Whole {
    person: Person,
    address: Option<Address>,
    protections: Vec<Protection>,
    name: Name,
    civil_status: CivilStatus,
    separation: Option<Separation>,
    events: Vec<Event>,
    address_text: AddressText,
}

fn whole() -> impl Strategy<Value = Whole> {
    number().prop_flat_map(|number| {
        let protection = (0..10_000u32, day(false, false), day(false, false)).prop_map(move |(kind, from, removal)| {
            Protection { number: number.into(), kind, from, planned_removal: removal }
        });
        let separation = (day(false, true), day(true, false)).prop_map(move |(reference, from)| Separation {
            number: number.into(),
            reference,
            from,
        });
        let event = (day(false, true), "[A-Z][0-9]{2}", text(2), text(15)).prop_map(
            move |(registered, code, derived, key_constant)| Event {
                number: number.into(),
                registered,
                code: EventCode::new(code.as_bytes()),
                derived,
                key_constant,
            },
        );
        let lists = (prop::collection::vec(protection, 0..4), prop::collection::vec(event, 0..4));
        let optional = (prop::option::of(address(number)), prop::option::of(separation));
        (person(number), optional, lists, name(number), civil_status(number), address_text(number)).prop_map(
            |(person, (address, separation), (protections, events), name, civil_status, address_text)| Whole {
                person,
                address,
                protections,
                name,
                civil_status,
                separation,
                events,
                address_text,
            },
        )
    })
}

fn write(whole: &Whole) -> Vec<Vec<u8>> {
    let mut lines = vec![whole.person.line()];
    lines.extend(whole.address.iter().map(Address::line));
    lines.extend(whole.protections.iter().map(Protection::line));
    lines.extend([whole.name.line(), whole.civil_status.line()]);
    lines.extend(whole.separation.iter().map(Separation::line));
    lines.extend(whole.events.iter().map(Event::line));
    lines.push(whole.address_text.line());
    lines.into_iter().map(|line| line.unwrap()).collect()
}

fn read(records: &Records) -> Whole {
    Whole {
        person: records.person().unwrap().to_plain(),
        address: records.address().map(AddressView::to_plain),
        protections: records.protections().map(ProtectionView::to_plain).collect(),
        name: records.name().unwrap().to_plain(),
        civil_status: records.civil_status().unwrap().to_plain(),
        separation: records.separation().map(SeparationView::to_plain),
        events: records.events().map(EventView::to_plain).collect(),
        address_text: records.address_text().unwrap().to_plain(),
    }
}

proptest! {
    #[test]
    fn parse_of_write_is_the_person(mut whole in whole()) {
        let lines = write(&whole);
        for line in &lines {
            prop_assert_eq!(line.len(), Record::new(line).unwrap().layout().length);
        }
        let records = Records::parse(lines.iter().map(Vec::as_slice)).unwrap();
        // Identical lines collapse, wherever they stand.
        let mut seen = Vec::new();
        whole.protections.retain(|one| !seen.contains(one) && { seen.push(one.clone()); true });
        let mut seen = Vec::new();
        whole.events.retain(|one| !seen.contains(one) && { seen.push(one.clone()); true });
        prop_assert_eq!(&read(&records), &whole);
        // Trimmed lines, as older extracts have them, say the same.
        let trimmed: Vec<&[u8]> = lines.iter().map(|line| trim_end(line)).collect();
        prop_assert_eq!(&Records::parse(trimmed).unwrap(), &records);
        // And so does the stored form, but for the numbers.
        let stored = records.tokenise(&mut |number| number.value() % 1_000_000_007);
        let from_stored = Records::from_stored(&stored).unwrap();
        prop_assert_eq!(from_stored.len(), records.len());
        prop_assert_eq!(from_stored.name().unwrap().to_plain().given, whole.name.given);
        prop_assert!(from_stored.numbers().next().is_none());
    }
}

const KEY: u64 = 107_610_001;

fn line(rest: &str) -> Vec<u8> {
    let number = PersonNumber::from_value(KEY).unwrap();
    [&rest.as_bytes()[..3], &number.digits(), &rest.as_bytes()[3..]].concat()
}

fn parse(lines: &[Vec<u8>]) -> Result<Records, BadRecord> {
    Records::parse(lines.iter().map(Vec::as_slice))
}

#[test]
fn a_field_that_breaks_its_kind_is_named_without_its_content() {
    for (rest, code, field, fault) in [
        ("001          X1", 1, "status", Fault::NotDigits),
        ("001          01196113070000", 1, "status_start", Fault::NotADate),
        ("001ABCDEFGHIJ01", 1, "current_pnr", Fault::NotANumber),
        ("001          01000000000000 K1961-02-30", 1, "birth_date", Fault::NotADate),
        ("0020751123", 2, "road_code", Fault::NotDigits),
        ("008Anna{", 8, "first_names", Fault::IllegalCharacter),
        ("008Anna\tB", 8, "first_names", Fault::IllegalCharacter),
    ] {
        let bad = parse(&[line("001          01"), line(rest)]).unwrap_err();
        let code = RecordCode::new(code).unwrap();
        assert_eq!(bad, BadRecord { index: 1, code, field: Some(field), fault }, "{rest}");
        assert!(bad.to_string().contains(field));
        assert!(!bad.to_string().contains("Anna"));
    }
}

#[test]
fn codes_are_open_text_and_absent_digits_may_be_blank() {
    let records =
        parse(&[line("001          01000000000000 Q"), line("012?"), line("009    "), line("0040009")]).unwrap();
    assert_eq!(records.civil_status().unwrap().state().decode(), "?");
    assert_eq!(records.person().unwrap().gender().decode(), "Q");
    assert_eq!(records.protections().next().unwrap().kind(), 9);
}

#[test]
fn identical_lines_collapse_and_differing_ones_of_a_single_code_are_refused() {
    let records =
        parse(&[line("001          01"), line("0040001"), line("001          01   "), line("0040001")]).unwrap();
    assert_eq!(records.iter().map(Record::code).collect::<Vec<_>>(), [RecordCode::PERSON, RecordCode::PROTECTION]);
    let bad = parse(&[line("001          01"), line("0040001"), line("0040001"), line("001          03")]).unwrap_err();
    assert_eq!((bad.index, bad.code, bad.fault), (3, RecordCode::PERSON, Fault::TwoRecords));
}

#[test]
fn what_is_no_record_of_the_person_is_refused() {
    let fault = |lines: &[Vec<u8>]| parse(lines).unwrap_err().fault;
    assert_eq!(fault(&[line("777")]), Fault::UnknownCode);
    assert_eq!(fault(&[b"xyz".to_vec()]), Fault::UnknownCode);
    assert_eq!(fault(&[line("000")]), Fault::OtherPerson);
    assert_eq!(fault(&[b"001".to_vec()]), Fault::OtherPerson);
    let other = [b"001", PersonNumber::from_value(KEY + 1).unwrap().digits().as_slice()].concat();
    assert_eq!(fault(&[line("001"), other]), Fault::OtherPerson);
    assert_eq!(fault(&[[b"001".as_slice(), &[b'9'; 10]].concat()]), Fault::NotANumber);
    let mut long = line("001");
    long.resize(MAX_LINE + 1, b' ');
    assert_eq!(fault(&[long]), Fault::LineTooLong);
    let many: Vec<Vec<u8>> = (0..20_000).map(|at| line(&format!("019{:02}{at:040}", at % 100))).collect();
    assert_eq!(fault(&many), Fault::TooMuch);
}

#[test]
fn longer_lines_are_cut_at_their_layout() {
    let long = [line("009075100000000000000000000"), b"new field".to_vec()].concat();
    let records = parse(&[line("001          01"), long]).unwrap();
    assert_eq!(records.iter().last().unwrap().bytes().len(), 37);
}

#[test]
fn a_door_in_letters_stands_on_the_right() {
    let mut written = write::Line::new(RecordCode::ADDRESS).unwrap();
    written.text("door", "th").unwrap();
    assert_eq!(&written.finish()[27..31], b"  th");
}

#[test]
fn values_that_do_not_fit_are_refused() {
    let mut line = write::Line::new(RecordCode::PERSON).unwrap();
    let day = Some(CprDate::from_day(date(2026, 1, 2)));
    let code = RecordCode::PERSON;
    assert_eq!(line.digits("status", 100).err(), Some(write::WriteError::TooWide(code, "status")));
    assert_eq!(line.text("gender", "日").err(), Some(write::WriteError::IllegalCharacter(code, "gender")));
    assert_eq!(line.text("gender", "{").err(), Some(write::WriteError::IllegalCharacter(code, "gender")));
    assert_eq!(line.date("status_start", day).err(), Some(write::WriteError::OtherKind(code, "status_start")));
    assert_eq!(line.text("sex", "M").err(), Some(write::WriteError::UnknownField(code, "sex")));
    assert!(write::Line::new(RecordCode::new(777).unwrap()).is_err());
}

#[test]
fn nothing_that_holds_a_person_shows_it() {
    let records = parse(&[line("001          01"), line("008Anna")]).unwrap();
    let name = records.name().unwrap();
    let shown = format!("{records:?} {name:?} {:?} {:?}", name.to_plain(), records.iter().next().unwrap());
    assert!(!shown.contains("Anna") && !shown.contains("0107"), "{shown}");
}
