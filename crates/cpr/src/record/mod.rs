//! The records of one person: bytes first, typed views on demand.

mod check;
mod parse;
mod plan;
mod typed;
pub mod write;

use std::fmt;

pub use check::{BadField, Fault};
pub use typed::{
    Address, AddressText, AddressTextView, AddressView, CivilStatus, CivilStatusView, End, EndView, Event, EventView,
    InputError, InputErrorView, Name, NameView, Person, PersonView, Protection, ProtectionView, Receipt, ReceiptView,
    Separation, SeparationView, Start, StartView,
};

pub(crate) use check::{check, surely_right};
pub(crate) use parse::Parser;

use crate::layout::{FieldKind, FieldLayout, Layout, layout};
use crate::{PersonNumber, RecordCode};

/// The longest line that is read; a longer one is never buffered.
pub const MAX_LINE: usize = 4096;

/// The most bytes that one person's records may have together.
pub const MAX_PERSON: usize = 1 << 20;

/// One record of a known code: a line without its terminator, right-trimmed and not longer than its layout.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    layout: &'static Layout,
    bytes: &'a [u8],
}

/// All records of one person, in the order of the file, identical lines once. `Debug` hides them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Records {
    /// The right-trimmed lines, each with a final `\n`: the stored form, but for the numbers.
    buffer: Vec<u8>,
    /// Where each line begins in `buffer`.
    starts: Vec<u32>,
}

/// What a field for a person number holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum NumberField {
    /// Blank: there is no such person.
    #[default]
    Absent,
    /// Ten zeros: the person exists and has no Danish number.
    NoDanishNumber,
    /// A person number.
    Number(PersonNumber),
    /// The token of a number in stored records (see [`crate::token`]).
    Token(u64),
}

/// CPR's own event code, such as `A01`: open text, never the logic.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct EventCode([u8; 3]);

/// A record that cannot be accepted. Holds no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {code}{}: {fault}", field.map(|name| format!(", field {name}")).unwrap_or_default())]
pub struct BadRecord {
    /// Which of the lines given, counted from 0.
    pub index: usize,
    /// The record's code; 000 if it could not be read.
    pub code: RecordCode,
    /// The field, if one field is to blame.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub fault: Fault,
}

impl<'a> Record<'a> {
    /// Reads one line of a known code: cuts what is longer than the layout, trims blanks on the right. Fields are not
    /// checked.
    ///
    /// `None` if the line does not begin with the code of a known layout.
    #[must_use]
    pub fn new(line: &'a [u8]) -> Option<Self> {
        let layout = layout(RecordCode::parse(line.get(..3)?)?)?;
        let bytes = trim_end(&line[..line.len().min(layout.length)]);
        Some(Self { layout, bytes })
    }

    /// The record of `layout` in a line that begins with its code; for a check only, as it keeps blanks on the right.
    pub(crate) fn uncut(layout: &'static Layout, line: &'a [u8]) -> Self {
        Self { layout, bytes: &line[..line.len().min(layout.length)] }
    }

    /// The record's code.
    #[must_use]
    pub fn code(self) -> RecordCode {
        self.layout.code()
    }

    /// The ten bytes of the person key, if records of this code have one.
    pub(crate) fn key(self) -> Option<[u8; 10]> {
        self.layout.fields.get(1).filter(|field| check::is_key(field))?;
        self.bytes.get(3..13)?.try_into().ok()
    }

    /// The record's layout.
    #[must_use]
    pub fn layout(self) -> &'static Layout {
        self.layout
    }

    /// The line, right-trimmed.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The bytes of `field`, which must be of this record's layout. Trailing blanks may be missing.
    #[must_use]
    pub fn field(self, field: &FieldLayout) -> &'a [u8] {
        field.of(self.bytes)
    }

    /// The fields that hold person numbers, the record's own key included.
    pub fn numbers(self) -> impl Iterator<Item = NumberField> + 'a {
        let fields = self.layout.fields.iter().filter(|field| field.kind == FieldKind::PersonNumber);
        fields.map(move |field| NumberField::read(self.field(field)))
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({}, redacted)", self.code())
    }
}

impl Records {
    /// Adds one record at the end.
    pub(crate) fn push(&mut self, record: Record<'_>) {
        self.starts.push(u32::try_from(self.buffer.len()).unwrap_or(u32::MAX));
        self.buffer.extend_from_slice(record.bytes);
        self.buffer.push(b'\n');
    }

    /// Every record.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        let ends = self.starts.iter().skip(1).map(|start| *start as usize).chain([self.buffer.len()]);
        self.starts.iter().zip(ends).filter_map(|(start, end)| Record::new(self.buffer.get(*start as usize..end - 1)?))
    }

    /// The records of one code.
    pub fn records(&self, code: RecordCode) -> impl Iterator<Item = Record<'_>> {
        self.iter().filter(move |record| record.code() == code)
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Every person number in a number field, the person's own included, with repetitions.
    pub fn numbers(&self) -> impl Iterator<Item = PersonNumber> {
        self.iter().flat_map(Record::numbers).filter_map(NumberField::number)
    }

    /// 001.
    #[must_use]
    pub fn person(&self) -> Option<PersonView<'_>> {
        self.records(RecordCode::PERSON).next().map(PersonView)
    }

    /// 008.
    #[must_use]
    pub fn name(&self) -> Option<NameView<'_>> {
        self.records(RecordCode::NAME).next().map(NameView)
    }

    /// 002.
    #[must_use]
    pub fn address(&self) -> Option<AddressView<'_>> {
        self.records(RecordCode::ADDRESS).next().map(AddressView)
    }

    /// 003.
    #[must_use]
    pub fn address_text(&self) -> Option<AddressTextView<'_>> {
        self.records(RecordCode::ADDRESS_TEXT).next().map(AddressTextView)
    }

    /// Every 004.
    pub fn protections(&self) -> impl Iterator<Item = ProtectionView<'_>> {
        self.records(RecordCode::PROTECTION).map(ProtectionView)
    }

    /// 012.
    #[must_use]
    pub fn civil_status(&self) -> Option<CivilStatusView<'_>> {
        self.records(RecordCode::CIVIL_STATUS).next().map(CivilStatusView)
    }

    /// 013.
    #[must_use]
    pub fn separation(&self) -> Option<SeparationView<'_>> {
        self.records(RecordCode::SEPARATION).next().map(SeparationView)
    }

    /// Every 099.
    pub fn events(&self) -> impl Iterator<Item = EventView<'_>> {
        self.records(RecordCode::EVENT).map(EventView)
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Records({}, redacted)", self.starts.len())
    }
}

impl NumberField {
    /// Reads the ten bytes of the field; what is no number, no zeros and no token counts as blank.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        match bytes {
            b"0000000000" => Self::NoDanishNumber,
            [b'#', token @ ..] => crate::token::read(token).map_or(Self::Absent, Self::Token),
            _ => PersonNumber::parse(bytes).map_or(Self::Absent, Self::Number),
        }
    }

    /// The number, if it is one in clear.
    #[must_use]
    pub fn number(self) -> Option<PersonNumber> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    /// The token, if it is one.
    #[must_use]
    pub fn token(self) -> Option<u64> {
        if let Self::Token(token) = self { Some(token) } else { None }
    }
}

impl From<PersonNumber> for NumberField {
    fn from(number: PersonNumber) -> Self {
        Self::Number(number)
    }
}

impl EventCode {
    /// Reads up to three bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let mut code = [b' '; 3];
        for (to, from) in code.iter_mut().zip(bytes) {
            *to = *from;
        }
        Self(code)
    }

    /// The three bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for EventCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::text::Text::new(&self.0).decode())
    }
}

impl serde::Serialize for EventCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Trims blanks on the right, eight at a time: a full-width line ends in a hundred of them.
pub(crate) fn trim_end(mut line: &[u8]) -> &[u8] {
    while let Some((rest, b"        ")) = line.split_last_chunk::<8>() {
        line = rest;
    }
    while let [rest @ .., b' '] = line {
        line = rest;
    }
    line
}

#[cfg(test)]
mod tests;
