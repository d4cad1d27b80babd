//! A state cut down to the granted categories, under the JSON names of advisories.

use std::fmt;

use serde::Serialize;

use super::changes::with_protection;
use super::{Field, FieldSet, ProtectionType, State, Value};
use crate::date::{CprDate, Uncertain};
use crate::{Categories, Category};

/// Whether the address of a protected person is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// Everything granted is shown.
    Open,
    /// The address is replaced by `{"kind": …, "protected": true}`.
    Protected,
}

/// The values that a consumer may see: only what is granted and known. What is known and absent is an empty list, a
/// missing `status`, or a missing key inside of an entry. Serialize it; `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Projection {
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<Vec<Name>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<Address>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protections: Option<Vec<Protection>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    civil: Option<Vec<CivilStatus>>,
}

/// Which country's form an address has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AddressKind {
    /// Denmark.
    Dk,
    /// Greenland (municipalities 0900 to 0999).
    Gl,
}

/// Valid from: a date with the precision that CPR gives, and whether CPR reserves itself about it.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Since {
    #[serde(skip_serializing_if = "Option::is_none")]
    vf: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    vf_uncertain: bool,
}

#[derive(Clone, PartialEq, Eq, Default, Serialize)]
struct Name {
    #[serde(skip_serializing_if = "Option::is_none")]
    given: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    middle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    addressing: Option<String>,
    #[serde(flatten)]
    since: Since,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Address {
    Hidden { kind: AddressKind, protected: bool },
    Open(Box<OpenAddress>),
}

#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct OpenAddress {
    kind: AddressKind,
    #[serde(flatten)]
    parts: AddressParts,
    #[serde(flatten)]
    since: Since,
}

#[derive(Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressParts {
    #[serde(skip_serializing_if = "Option::is_none")]
    municipality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    street_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    house: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    door: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bnr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    co: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postcode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    district: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    supplementary: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Status {
    code: String,
    #[serde(flatten)]
    since: Since,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Protection {
    r#type: ProtectionType,
    #[serde(flatten)]
    since: Since,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct CivilStatus {
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(flatten)]
    since: Since,
    #[serde(skip_serializing_if = "Option::is_none")]
    separated_from: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    separated_from_uncertain: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Projection {
    /// What of `state` the categories grant, and the state knows. Protection travels with name and address.
    #[must_use]
    pub fn of(state: &State, granted: Categories, mask: Mask) -> Self {
        let visible = state.known().granted(with_protection(granted));
        let some = |category| visible.categories().contains(category);
        let view = View { state, visible };
        Self {
            names: some(Category::Name).then(|| view.names()),
            addresses: some(Category::Address).then(|| view.addresses(mask)),
            status: if some(Category::Status) { view.status() } else { None },
            protections: some(Category::Protection).then(|| view.protections()),
            civil: some(Category::CivilStatus).then(|| view.civil()),
        }
    }
}

impl fmt::Debug for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Projection(redacted)")
    }
}

/// A state through which only the visible fields are seen.
struct View<'a> {
    state: &'a State,
    visible: FieldSet,
}

impl View<'_> {
    fn get(&self, field: Field) -> Option<&Value> {
        self.state.get(field).filter(|_| self.visible.contains(field))
    }

    fn text(&self, field: Field) -> Option<String> {
        match self.get(field)? {
            Value::Text(text) | Value::Code(text) => Some(text.clone()),
            Value::Date(_) | Value::Lines(_) | Value::Protections(_) => None,
        }
    }

    fn since(&self, field: Field) -> Since {
        if let Some(Value::Date(date)) = self.get(field) { Since::of(Some(*date)) } else { Since::default() }
    }

    fn names(&self) -> Vec<Name> {
        let name = Name {
            given: self.text(Field::Given),
            middle: self.text(Field::Middle),
            family: self.text(Field::Family),
            addressing: self.text(Field::Addressing),
            since: self.since(Field::NameFrom),
        };
        if name == Name::default() { Vec::new() } else { vec![name] }
    }

    fn addresses(&self, mask: Mask) -> Vec<Address> {
        let lines = |field| if let Some(Value::Lines(lines)) = self.get(field) { lines.clone() } else { Vec::new() };
        let parts = AddressParts {
            municipality: self.text(Field::Municipality),
            street: self.text(Field::Street),
            street_name: self.text(Field::StreetName),
            house: self.text(Field::House),
            floor: self.text(Field::Floor),
            door: self.text(Field::Door),
            bnr: self.text(Field::Building),
            co: self.text(Field::CareOf),
            locality: self.text(Field::Locality),
            city: self.text(Field::Town),
            postcode: self.text(Field::Postcode),
            district: self.text(Field::District),
            lines: self.text(Field::AddressLine).into_iter().collect(),
            supplementary: lines(Field::Supplementary),
        };
        let greenland = parts.municipality.as_ref().is_some_and(|code| code.starts_with("09"));
        let kind = if greenland { AddressKind::Gl } else { AddressKind::Dk };
        match mask {
            _ if parts == AddressParts::default() => Vec::new(),
            Mask::Protected => vec![Address::Hidden { kind, protected: true }],
            Mask::Open => {
                let since = self.since(Field::AddressFrom);
                vec![Address::Open(Box::new(OpenAddress { kind, parts, since }))]
            }
        }
    }

    fn status(&self) -> Option<Status> {
        Some(Status { code: self.text(Field::Status)?, since: self.since(Field::StatusFrom) })
    }

    fn protections(&self) -> Vec<Protection> {
        let Some(Value::Protections(protections)) = self.get(Field::Protections) else { return Vec::new() };
        let shown = protections.iter();
        shown.map(|protection| Protection { r#type: protection.kind, since: Since::of(protection.from) }).collect()
    }

    fn civil(&self) -> Vec<CivilStatus> {
        let separated = self.since(Field::SeparatedFrom);
        let status = CivilStatus {
            state: self.text(Field::CivilStatus),
            since: self.since(Field::CivilStatusFrom),
            separated_from: separated.vf,
            separated_from_uncertain: separated.vf_uncertain,
        };
        if status.state.is_none() && status.separated_from.is_none() { Vec::new() } else { vec![status] }
    }
}

impl Since {
    fn of(date: Option<CprDate>) -> Self {
        let vf_uncertain = date.is_some_and(|date| date.uncertain == Uncertain::Yes);
        Self { vf: date.map(|date| date.to_string()), vf_uncertain }
    }
}
