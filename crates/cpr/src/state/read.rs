//! From records to the projected fields.

use super::{Field, ProtectionInForce, ProtectionType, Value};
use crate::text::Text;
use crate::{CprDate, Records};

type Values = [Option<Value>; Field::ALL.len()];

/// Every projected field that has a value.
pub(super) fn values(records: &Records) -> Values {
    let mut values = [const { None }; Field::ALL.len()];
    person(records, &mut values);
    name(records, &mut values);
    address(records, &mut values);
    address_text(records, &mut values);
    civil_status(records, &mut values);
    values[Field::Protections as usize] = Some(protections(records));
    values
}

fn person(records: &Records, values: &mut Values) {
    let Some(person) = records.person() else { return };
    // Status 00 does not exist: digits of zero are an absent value.
    values[Field::Status as usize] = code(person.status(), 2);
    values[Field::StatusFrom as usize] = date(person.status_from());
    values[Field::Born as usize] = date(person.born());
    values[Field::Gender as usize] = text_code(person.gender());
}

fn name(records: &Records, values: &mut Values) {
    let Some(name) = records.name() else { return };
    values[Field::Given as usize] = text(name.given());
    values[Field::Middle as usize] = text(name.middle());
    values[Field::Family as usize] = text(name.family());
    values[Field::Addressing as usize] = text(name.addressing());
    values[Field::NameFrom as usize] = date(name.from());
}

fn address(records: &Records, values: &mut Values) {
    let Some(address) = records.address() else { return };
    values[Field::Municipality as usize] = code(address.municipality(), 4);
    values[Field::Street as usize] = code(address.street(), 4);
    values[Field::House as usize] = text_code(address.house());
    values[Field::Floor as usize] = text_code(address.floor());
    values[Field::Door as usize] = text_code(address.door());
    values[Field::Building as usize] = text_code(address.building());
    values[Field::CareOf as usize] = text(address.care_of());
    values[Field::AddressFrom as usize] = date(address.moved_in());
    let mut lines = [
        address.supplementary_1(),
        address.supplementary_2(),
        address.supplementary_3(),
        address.supplementary_4(),
        address.supplementary_5(),
    ]
    .map(Text::decode)
    .to_vec();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    values[Field::Supplementary as usize] = (!lines.is_empty()).then_some(Value::Lines(lines));
}

fn address_text(records: &Records, values: &mut Values) {
    let Some(address) = records.address_text() else { return };
    values[Field::StreetName as usize] = text(address.street_name());
    values[Field::Locality as usize] = text(address.locality());
    values[Field::Town as usize] = text(address.town());
    values[Field::Postcode as usize] = code(address.postcode(), 4);
    values[Field::District as usize] = text(address.district());
    values[Field::AddressLine as usize] = text(address.line_text());
}

fn civil_status(records: &Records, values: &mut Values) {
    if let Some(status) = records.civil_status() {
        values[Field::CivilStatus as usize] = text_code(status.state());
        values[Field::CivilStatusFrom as usize] = date(status.from());
    }
    values[Field::SeparatedFrom as usize] = records.separation().and_then(|separation| date(separation.from()));
}

/// In the order of type and start, so that the order of records is no change.
fn protections(records: &Records) -> Value {
    let mut protections: Vec<ProtectionInForce> = records
        .protections()
        .map(|protection| ProtectionInForce {
            kind: ProtectionType::from_code(u16::try_from(protection.kind()).unwrap_or(u16::MAX)),
            from: protection.from(),
        })
        .collect();
    let key = |from: Option<CprDate>| from.map(|date| (date.year, date.month, date.day));
    protections.sort_by_key(|protection| (protection.kind, key(protection.from)));
    protections.dedup();
    Value::Protections(protections)
}

fn text(text: Text<'_>) -> Option<Value> {
    (!text.is_empty()).then(|| Value::Text(text.decode()))
}

fn text_code(text: Text<'_>) -> Option<Value> {
    (!text.is_empty()).then(|| Value::Code(text.decode()))
}

fn code(value: u32, width: usize) -> Option<Value> {
    (value != 0).then(|| Value::Code(format!("{value:0width$}")))
}

fn date(date: Option<CprDate>) -> Option<Value> {
    date.map(Value::Date)
}
