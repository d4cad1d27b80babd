//! From records to what a consumer sees.

use cpr::record::{Address, AddressText, CivilStatus, Name, Person, Protection, Separation};
use cpr::state::{ProtectionType, changes_json};
use cpr::{
    Categories, Category, CprDate, Field, FieldSet, Mask, Projection, RecordCode, Records, State, Uncertain, Value,
};
use serde_json::{Value as Json, json};

use crate::file::{code, day, number, timed};

/// A person with every projected field, as changed by `edit`.
fn citizen(edit: impl FnOnce(&mut Citizen)) -> Records {
    let number = number(3).into();
    let uncertain = |date| CprDate { uncertain: Uncertain::Yes, ..timed(date) };
    let mut citizen = Citizen {
        person: Person {
            number,
            status: 1,
            status_from: Some(uncertain(day(1961, 1, 4))),
            gender: "K".into(),
            born: Some(day(1961, 1, 4)),
            ..Person::default()
        },
        address: Address {
            number,
            municipality: 751,
            street: 1234,
            house: "007A".into(),
            floor: "st".into(),
            door: "th".into(),
            care_of: "c/o Hansen".into(),
            moved_in: Some(CprDate { month: 3, day: 0, time: Some((12, 99)), ..day(1990, 5, 1) }),
            supplementary_1: "Gården".into(),
            supplementary_3: "bagerst".into(),
            ..Address::default()
        },
        text: AddressText {
            number,
            line_text: "Ærøvej 7 A, st th".into(),
            town: "Åby".into(),
            postcode: 800,
            district: "Høje Taastrup".into(),
            street_name: "Ærøvej".into(),
            ..AddressText::default()
        },
        name: Name {
            number,
            given: "Søren".into(),
            family: "Østergård".into(),
            addressing: "Søren Østergård".into(),
            from: Some(timed(day(1961, 2, 1))),
            ..Name::default()
        },
        civil: CivilStatus { number, state: "G".into(), from: Some(timed(day(1990, 6, 2))), ..CivilStatus::default() },
        separation: Some(Separation { number, from: Some(day(2020, 1, 1)), ..Separation::default() }),
        protections: vec![(3, None), (1, Some(day(2025, 9, 1)))],
    };
    edit(&mut citizen);
    citizen.records()
}

struct Citizen {
    person: Person,
    address: Address,
    text: AddressText,
    name: Name,
    civil: CivilStatus,
    separation: Option<Separation>,
    protections: Vec<(u32, Option<CprDate>)>,
}

impl Citizen {
    fn records(self) -> Records {
        let number = self.person.number;
        let protections = self.protections.into_iter();
        let protections =
            protections.map(|(kind, from)| Protection { number, kind, from, planned_removal: None }.line());
        let mut lines =
            vec![self.person.line(), self.address.line(), self.name.line(), self.civil.line(), self.text.line()];
        lines.extend(self.separation.map(|separation| separation.line()));
        let lines: Vec<Vec<u8>> = lines.into_iter().chain(protections).map(Result::unwrap).collect();
        Records::parse(lines.iter().map(Vec::as_slice)).unwrap()
    }
}

fn all_known() -> FieldSet {
    FieldSet::known_from(&[1, 2, 3, 4, 8, 12, 13].map(code))
}

fn state(edit: impl FnOnce(&mut Citizen)) -> State {
    State::of(&citizen(edit), all_known())
}

fn granted(categories: &[Category]) -> Categories {
    categories.iter().copied().collect()
}

fn shown(state: &State, categories: &[Category], mask: Mask) -> Json {
    serde_json::to_value(Projection::of(state, granted(categories), mask)).unwrap()
}

#[test]
fn everything_granted_is_shown_under_the_names_of_advisories() {
    let expected = json!({
        "names": [{"given": "Søren", "family": "Østergård", "addressing": "Søren Østergård", "vf": "1961-02-01T12:00"}],
        "addresses": [{
            "kind": "dk", "municipality": "0751", "street": "1234", "streetName": "Ærøvej", "house": "007A",
            "floor": "st", "door": "th", "co": "c/o Hansen", "city": "Åby", "postcode": "0800",
            "district": "Høje Taastrup", "lines": ["Ærøvej 7 A, st th"], "supplementary": ["Gården", "", "bagerst"],
            "vf": "1990-03",
        }],
        "status": {"code": "01", "vf": "1961-01-04T12:00", "vfUncertain": true},
        "protections": [{"type": "nameAddress", "vf": "2025-09-01"}, {"type": "marketing"}],
        "civil": [{"state": "G", "vf": "1990-06-02T12:00", "separatedFrom": "2020-01-01"}],
    });
    assert_eq!(shown(&state(|_| ()), &Category::GRANTABLE, Mask::Open), expected);
}

#[test]
fn only_what_is_granted_and_known_is_shown() {
    let state_of = state(|_| ());
    let keys = |json: Json| json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(shown(&state_of, &[Category::Status], Mask::Open)), ["status"]);
    assert_eq!(keys(shown(&state_of, &[], Mask::Open)), [] as [&str; 0]);
    assert_eq!(keys(shown(&state_of, &[Category::Birth, Category::Spouse], Mask::Open)), [] as [&str; 0]);
    // Protection travels with name and address.
    assert_eq!(keys(shown(&state_of, &[Category::Name], Mask::Open)), ["names", "protections"]);
    assert_eq!(keys(shown(&state_of, &[Category::Address], Mask::Open)), ["addresses", "protections"]);
    // Without record 004 in the file nobody can say that there is no protection.
    let unknowing = State::of(&citizen(|_| ()), FieldSet::known_from(&[RecordCode::NAME]));
    assert_eq!(keys(shown(&unknowing, &Category::GRANTABLE, Mask::Open)), ["names"]);
    assert_eq!((unknowing.get(Field::Municipality), unknowing.is_protected()), (None, false));
}

#[test]
fn what_is_known_and_absent_is_an_empty_list() {
    let bare = state(|citizen| {
        let number = citizen.person.number;
        citizen.address = Address { number, ..Address::default() };
        citizen.text = AddressText { number, ..AddressText::default() };
        citizen.name = Name { number, ..Name::default() };
        citizen.protections.clear();
        citizen.civil.state.clear();
        citizen.separation = None;
    });
    let json = shown(&bare, &Category::GRANTABLE, Mask::Open);
    for list in ["names", "addresses", "protections", "civil"] {
        assert_eq!(json[list], json!([]), "{list}");
    }
}

#[test]
fn a_protected_address_shows_nothing_but_its_country() {
    let json = shown(&state(|_| ()), &[Category::Address], Mask::Protected);
    assert_eq!(json["addresses"], json!([{"kind": "dk", "protected": true}]));
    let greenland = state(|citizen| citizen.address.municipality = 956);
    let json = shown(&greenland, &[Category::Address], Mask::Protected);
    assert_eq!(json["addresses"], json!([{"kind": "gl", "protected": true}]));
    assert!(!format!("{:?} {greenland:?}", Projection::of(&greenland, Categories::NONE, Mask::Open)).contains("956"));
}

#[test]
fn only_what_differs_and_is_known_on_both_sides_is_changed() {
    let before = state(|_| ());
    assert!(State::changed(&before, &state(|_| ())).is_empty());
    let moved = state(|citizen| {
        citizen.address.municipality = 101;
        citizen.text.postcode = 2300;
        citizen.protections = vec![(1, Some(day(2025, 9, 1))), (3, None)];
    });
    let changed = State::changed(&before, &moved);
    assert_eq!(changed.iter().collect::<Vec<_>>(), [Field::Municipality, Field::Postcode]);
    let codes = State::of(&citizen(|citizen| citizen.address.municipality = 101), FieldSet::known_from(&[code(3)]));
    assert!(State::changed(&before, &codes).is_empty());
    let uncertain = state(|citizen| {
        citizen.civil.from = citizen.civil.from.map(|date| CprDate { uncertain: Uncertain::Yes, ..date });
    });
    assert_eq!(State::changed(&before, &uncertain).iter().collect::<Vec<_>>(), [Field::CivilStatusFrom]);
}

#[test]
fn changes_are_told_by_granted_category() {
    let before = state(|_| ());
    let after = state(|citizen| {
        citizen.address.municipality = 101;
        citizen.address.house = "1".into();
        citizen.name.given = "Sara".into();
        citizen.protections.clear();
        citizen.person.born = Some(day(1961, 1, 5));
    });
    let changed = State::changed(&before, &after);
    let told =
        |categories: &[Category], mask| serde_json::to_value(changes_json(changed, granted(categories), mask)).unwrap();
    assert_eq!(
        told(&[Category::Address], Mask::Open),
        json!([
            {"category": "address", "fields": ["municipality", "house"]},
            {"category": "protection", "fields": ["protections"]},
        ])
    );
    assert_eq!(
        told(&[Category::Address, Category::Name], Mask::Protected),
        json!([
            {"category": "name", "fields": ["given"]},
            {"category": "address", "fields": []},
            {"category": "protection", "fields": ["protections"]},
        ])
    );
    assert_eq!(told(&[Category::Status], Mask::Open), json!([]));
}

#[test]
fn facts_are_what_selection_looks_at() {
    let state_of = state(|_| ());
    let facts = state_of.facts();
    assert_eq!((facts.municipality, facts.born, facts.status), (Some(751), Some(day(1961, 1, 4)), Some(1)));
    assert!(state_of.is_protected());
    let open = state(|citizen| {
        citizen.protections = vec![(2, None), (77, None)];
        citizen.address.municipality = 0;
    });
    assert!(!open.is_protected());
    assert_eq!(open.facts().municipality, None);
    let Some(Value::Protections(protections)) = open.get(Field::Protections) else { panic!("no protections") };
    assert_eq!(
        protections.iter().map(|one| one.kind).collect::<Vec<_>>(),
        [ProtectionType::LocalDirectory, ProtectionType::Other(77)]
    );
    let json = shown(&open, &[Category::Protection], Mask::Open);
    assert_eq!(json["protections"], json!([{"type": "localDirectory"}, {"type": "other0077"}]));
    assert!(!format!("{facts:?}").contains("751"));
}

#[test]
fn tokenised_records_show_the_same_state() {
    let records = citizen(|_| ());
    let stored = Records::from_stored(&records.tokenise(&mut |_| 42)).unwrap();
    assert_eq!(State::of(&stored, all_known()), State::of(&records, all_known()));
}
