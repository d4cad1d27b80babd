//! Writing records: full-width lines in ISO 8859-1, as CPR does since 2010. For simulators and tests.

use super::NumberField;
use crate::date::{CprDate, Uncertain};
use crate::layout::{FieldKind, FieldLayout, Layout, layout};
use crate::{RecordCode, text};

/// A value that cannot stand in its field. Holds no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The code has no layout.
    #[error("record {0}: no layout is known for this code")]
    UnknownCode(RecordCode),
    /// The layout has no such field.
    #[error("record {0} has no field {1}")]
    UnknownField(RecordCode, &'static str),
    /// The value is wider than the field.
    #[error("record {0}, field {1}: the value does not fit")]
    TooWide(RecordCode, &'static str),
    /// A character that CPR cannot deliver.
    #[error("record {0}, field {1}: a character that CPR cannot deliver")]
    IllegalCharacter(RecordCode, &'static str),
    /// A value of another kind than the field's, such as a date with time in a field without.
    #[error("record {0}, field {1}: the value is of another kind than the field")]
    OtherKind(RecordCode, &'static str),
}

/// One record being written. Fields not set stay absent: zeros or blanks as their kind wants.
pub struct Line {
    layout: &'static Layout,
    bytes: Vec<u8>,
}

impl Line {
    /// An empty record of `code`.
    ///
    /// # Errors
    /// [`WriteError::UnknownCode`].
    pub fn new(code: RecordCode) -> Result<Self, WriteError> {
        layout(code).map(Self::of).ok_or(WriteError::UnknownCode(code))
    }

    pub(super) fn of(layout: &'static Layout) -> Self {
        let mut bytes = vec![b' '; layout.length];
        for field in layout.fields {
            if matches!(field.kind, FieldKind::Digits | FieldKind::DateDigits | FieldKind::Timestamp) {
                slot(&mut bytes, field).fill(b'0');
            }
        }
        let code = layout.code().to_string();
        bytes.iter_mut().zip(code.bytes()).for_each(|(to, from)| *to = from);
        Self { layout, bytes }
    }

    /// Sets a field of text, code or marker: encoded, left-aligned (letters of a door stand on the right).
    ///
    /// # Errors
    /// [`WriteError`] if the text does not fit or cannot be delivered by CPR.
    pub fn text(&mut self, name: &'static str, value: &str) -> Result<&mut Self, WriteError> {
        let encoded = text::encode(value).ok_or_else(|| WriteError::IllegalCharacter(self.layout.code(), name))?;
        self.bytes(name, &encoded)
    }

    /// Sets the bytes of a field, left-aligned (letters of a door stand on the right).
    ///
    /// # Errors
    /// As [`Line::text`].
    pub fn bytes(&mut self, name: &'static str, value: &[u8]) -> Result<&mut Self, WriteError> {
        let (field, code) = self.find(name)?;
        if !value.iter().copied().all(text::is_legal) {
            return Err(WriteError::IllegalCharacter(code, name));
        }
        let slot = slot(&mut self.bytes, field);
        let Some(room) = slot.len().checked_sub(value.len()) else { return Err(WriteError::TooWide(code, name)) };
        slot.fill(b' ');
        let right = name == "door" && value.first().is_some_and(u8::is_ascii_alphabetic);
        let start = if right { room } else { 0 };
        slot[start..start + value.len()].copy_from_slice(value);
        Ok(self)
    }

    /// Sets a field of digits, zero padded.
    ///
    /// # Errors
    /// [`WriteError`] if the field is none of digits, or too narrow.
    pub fn digits(&mut self, name: &'static str, value: u64) -> Result<&mut Self, WriteError> {
        let (field, code) = self.find(name)?;
        if field.kind != FieldKind::Digits {
            return Err(WriteError::OtherKind(code, name));
        }
        let digits = format!("{value:0width$}", width = field.length);
        self.bytes(name, digits.as_bytes())
    }

    /// Sets a field for a person number. A token is written as it is stored.
    ///
    /// # Errors
    /// [`WriteError`] if the field is of another kind.
    pub fn number(&mut self, name: &'static str, value: NumberField) -> Result<&mut Self, WriteError> {
        let (field, code) = self.find(name)?;
        if field.kind != FieldKind::PersonNumber {
            return Err(WriteError::OtherKind(code, name));
        }
        let bytes = match value {
            NumberField::Absent => [b' '; 10],
            NumberField::NoDanishNumber => [b'0'; 10],
            NumberField::Number(number) => number.digits(),
            NumberField::Token(token) => crate::token::write(token),
        };
        slot(&mut self.bytes, field).copy_from_slice(&bytes);
        Ok(self)
    }

    /// Sets a date or timestamp and, if the field has one, its marker. `None` is written as the kind wants it.
    ///
    /// # Errors
    /// [`WriteError`] if the field is no date, the date has a time where the field has none or the other way round, or
    /// it is uncertain and the field has no marker.
    pub fn date(&mut self, name: &'static str, value: Option<CprDate>) -> Result<&mut Self, WriteError> {
        let (field, code) = self.find(name)?;
        let Some(date) = value else { return Ok(self) };
        let CprDate { year, month, day, .. } = date;
        let written = match (field.kind, date.time) {
            (FieldKind::Date, None) => format!("{year:04}-{month:02}-{day:02}"),
            (FieldKind::DateDigits, None) => format!("{year:04}{month:02}{day:02}"),
            (FieldKind::Timestamp | FieldKind::TimestampText, Some((hour, minute))) => {
                format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}")
            }
            _ => return Err(WriteError::OtherKind(code, name)),
        };
        self.bytes(name, written.as_bytes())?;
        if date.uncertain == Uncertain::Yes {
            let marker = self.layout.fields.iter().find(|next| next.start == field.start + field.length);
            let marker = marker.filter(|next| next.is_uncertainty_marker());
            let marker = marker.ok_or(WriteError::OtherKind(code, name))?;
            slot(&mut self.bytes, marker).fill(b'*');
        }
        Ok(self)
    }

    /// The full-width line, without terminator.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn find(&self, name: &'static str) -> Result<(&'static FieldLayout, RecordCode), WriteError> {
        let code = self.layout.code();
        Ok((self.layout.field(name).ok_or(WriteError::UnknownField(code, name))?, code))
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({}, redacted)", self.layout.code())
    }
}

fn slot<'a>(bytes: &'a mut [u8], field: &FieldLayout) -> &'a mut [u8] {
    &mut bytes[field.start - 1..field.start - 1 + field.length]
}
