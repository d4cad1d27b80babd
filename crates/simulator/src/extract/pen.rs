//! Writing one record field by field, by the layout's names.

use cpr::layout::{FieldKind, FieldLayout, Layout, layout};
use cpr::{PersonNumber, RecordCode, text};

use super::WriteError;
use crate::moment::{Moment, Registered};

/// A pen with one record in hand; the buffer is used again and again.
#[derive(Default)]
pub(super) struct Pen {
    layout: Option<&'static Layout>,
    code: u16,
    bytes: Vec<u8>,
    /// Where the next field is looked for: fields are mostly filled in order.
    at: usize,
}

impl Pen {
    /// Begins a record in which every field is absent: blanks, or zeros where the layout says so.
    pub(super) fn begin(&mut self, code: u16) -> Result<(), WriteError> {
        let layout =
            RecordCode::new(code).and_then(layout).ok_or(WriteError::NoField { code, field: "record_type" })?;
        (self.layout, self.code, self.at) = (Some(layout), code, 0);
        self.bytes.clear();
        for field in layout.fields {
            let zeros = matches!(field.kind, FieldKind::Digits | FieldKind::Timestamp | FieldKind::DateDigits);
            self.bytes.resize(self.bytes.len() + field.length, if zeros { b'0' } else { b' ' });
        }
        self.digits("record_type", u64::from(code))
    }

    /// Begins a record about a person.
    pub(super) fn begin_of(&mut self, code: u16, number: PersonNumber) -> Result<(), WriteError> {
        self.begin(code)?;
        // in record 022 the field has another name, but the place is the same in all
        match self.bytes.get_mut(3..13) {
            Some(key) => key.copy_from_slice(&number.digits()),
            None => return Err(self.no_field("pnr")),
        }
        Ok(())
    }

    /// Text, left aligned. Leading blanks of a door code are the caller's.
    pub(super) fn text(&mut self, field: &'static str, value: &str) -> Result<(), WriteError> {
        let unfit = WriteError::Unfit { code: self.code, field };
        let Some(encoded) = text::encode(value) else { return Err(unfit) };
        let place = self.place(field)?;
        match place.get_mut(..encoded.len()) {
            Some(place) => place.copy_from_slice(&encoded),
            None => return Err(unfit),
        }
        Ok(())
    }

    /// A marker of one letter; a blank is none.
    pub(super) fn marker(&mut self, field: &'static str, marker: char) -> Result<(), WriteError> {
        self.text(field, marker.encode_utf8(&mut [0; 4]))
    }

    /// A whole number, zero padded to the field's width.
    pub(super) fn digits(&mut self, field: &'static str, value: u64) -> Result<(), WriteError> {
        let code = self.code;
        let mut rest = value;
        for digit in self.place(field)?.iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        if rest == 0 { Ok(()) } else { Err(WriteError::Unfit { code, field }) }
    }

    /// A reference to a person.
    pub(super) fn number(&mut self, field: &'static str, number: PersonNumber) -> Result<(), WriteError> {
        self.digits(field, number.value())
    }

    /// A date in text form.
    pub(super) fn date(&mut self, field: &'static str, date: Registered) -> Result<(), WriteError> {
        self.text(field, &date.text())
    }

    /// A date and its mark of uncertainty.
    pub(super) fn marked_date(
        &mut self,
        field: &'static str,
        mark: &'static str,
        date: Registered,
    ) -> Result<(), WriteError> {
        self.date(field, date)?;
        self.marker(mark, if date.uncertain { '*' } else { ' ' })
    }

    /// A time and its mark of uncertainty.
    pub(super) fn moment(&mut self, field: &'static str, mark: &'static str, moment: Moment) -> Result<(), WriteError> {
        self.digits(field, moment.digits())?;
        self.marker(mark, if moment.uncertain { '*' } else { ' ' })
    }

    /// The record's code and bytes, at full length.
    pub(super) fn record(&mut self) -> (u16, &mut Vec<u8>) {
        (self.code, &mut self.bytes)
    }

    fn place(&mut self, name: &'static str) -> Result<&mut [u8], WriteError> {
        let fields = self.layout.map_or(&[] as &[FieldLayout], |layout| layout.fields);
        let order = (self.at..fields.len()).chain(0..self.at.min(fields.len()));
        let Some(found) = order.into_iter().find(|at| fields[*at].name == name) else {
            return Err(self.no_field(name));
        };
        self.at = found + 1;
        let field = &fields[found];
        let missing = self.no_field(name);
        self.bytes.get_mut(field.start - 1..field.start - 1 + field.length).ok_or(missing)
    }

    fn no_field(&self, field: &'static str) -> WriteError {
        WriteError::NoField { code: self.code, field }
    }
}
