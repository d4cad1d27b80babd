//! The layout of every known record code, field by field (CPR extract descriptions U12160-P, U12170-P, U12180-P and CPR
//! Direkte OFF4; the layouts of one code are the same in all four).

mod control;
mod current;
mod history;
mod relative;

use crate::{Category, RecordCode};

/// One record code: its name, full length and fields.
#[derive(Debug)]
pub struct Layout {
    code: u16,
    /// What the record holds, in English.
    pub name: &'static str,
    /// The full length in bytes, with the three digits of the code.
    pub length: usize,
    /// The fields in order; they tile the record without gap or overlap.
    pub fields: &'static [FieldLayout],
}

/// One field of a record.
#[derive(Debug)]
pub struct FieldLayout {
    /// The field's name, snake case.
    pub name: &'static str,
    /// 1-based position of the first byte, as in the official descriptions.
    pub start: usize,
    /// Length in bytes.
    pub length: usize,
    /// How the bytes are to be read.
    pub kind: FieldKind,
    /// The one category that the field belongs to.
    pub category: Category,
}

/// The form of a field's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A coded value in text form, blank when absent.
    Code,
    /// Digits, zero padded, zeros when absent (official format N).
    Digits,
    /// A person number; blanks = no such person, ten zeros = a person without a Danish number.
    PersonNumber,
    /// Free text, left aligned.
    Text,
    /// A flag of one byte, blank when absent.
    Marker,
    /// `YYYYMMDD`, zeros when absent.
    DateDigits,
    /// `YYYY-MM-DD`, blanks when absent.
    Date,
    /// `YYYYMMDDHHMM`, zeros when absent.
    Timestamp,
    /// `YYYYMMDDHHMM` in a text field, blanks (or zeros) when absent.
    TimestampText,
}

impl Layout {
    /// The record code.
    #[must_use]
    pub fn code(&self) -> RecordCode {
        RecordCode::new(self.code).unwrap_or(RecordCode::START)
    }
}

impl FieldLayout {
    /// The field's bytes. Where the record was right-trimmed they are fewer or none; what is missing was blank.
    #[must_use]
    pub fn of<'a>(&self, record: &'a [u8]) -> &'a [u8] {
        let (start, end) = (self.start - 1, self.start - 1 + self.length);
        record.get(start..end.min(record.len())).unwrap_or_default()
    }
}

impl FieldLayout {
    /// Whether the field says if the date before it is uncertain.
    #[must_use]
    pub fn is_uncertainty_marker(&self) -> bool {
        self.kind == FieldKind::Marker && self.name.ends_with("_uncertain")
    }
}

/// The layout of `code`, if the code is known.
#[must_use]
pub fn layout(code: RecordCode) -> Option<&'static Layout> {
    static INDEX: [Option<&'static Layout>; 1000] = index();
    INDEX[usize::from(code.value())]
}

/// Every known layout.
pub fn layouts() -> impl Iterator<Item = &'static Layout> {
    GROUPS.iter().flat_map(|group| group.iter())
}

/// How many layouts there are.
pub(crate) const COUNT: usize = {
    let (mut count, mut group) = (0, 0);
    while group < GROUPS.len() {
        count += GROUPS[group].len();
        group += 1;
    }
    count
};

/// The layout of the known code `code` (for compile time).
pub(crate) const fn known(code: u16) -> &'static Layout {
    let mut group = 0;
    while group < GROUPS.len() {
        let mut at = 0;
        while at < GROUPS[group].len() {
            if GROUPS[group][at].code == code {
                return &GROUPS[group][at];
            }
            at += 1;
        }
        group += 1;
    }
    &GROUPS[0][0]
}

impl Layout {
    /// The code as a number (for compile time).
    pub(crate) const fn code_value(&self) -> u16 {
        self.code
    }

    /// The place of the field `name` in [`Layout::fields`] (for compile time, where an unknown name stops the build).
    pub(crate) const fn place(&self, name: &str) -> usize {
        let mut at = 0;
        while !same(self.fields[at].name.as_bytes(), name.as_bytes()) {
            at += 1;
        }
        at
    }

    /// The field `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static FieldLayout> {
        self.fields.iter().find(|field| field.name == name)
    }
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}

/// Every layout, by source file.
pub(crate) const GROUPS: [&[Layout]; 4] = [control::LAYOUTS, current::LAYOUTS, relative::LAYOUTS, history::LAYOUTS];

const fn index() -> [Option<&'static Layout>; 1000] {
    let mut index = [None; 1000];
    let mut group = 0;
    while group < GROUPS.len() {
        let mut at = 0;
        while at < GROUPS[group].len() {
            index[GROUPS[group][at].code as usize] = Some(&GROUPS[group][at]);
            at += 1;
        }
        group += 1;
    }
    index
}

const fn field(name: &'static str, start: usize, length: usize, kind: FieldKind, category: Category) -> FieldLayout {
    FieldLayout { name, start, length, kind, category }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_tile_every_record() {
        for layout in layouts() {
            let end = layout.fields.iter().fold(1, |position, field| {
                assert_eq!(field.start, position, "{} {}", layout.code(), field.name);
                position + field.length
            });
            assert_eq!(end - 1, layout.length, "{}", layout.code());
        }
        assert_eq!(layouts().count(), 40);
    }

    #[test]
    fn every_number_field_is_ten_bytes_wide() {
        for field in layouts().flat_map(|layout| layout.fields).filter(|field| field.kind == FieldKind::PersonNumber) {
            assert_eq!(field.length, 10);
        }
    }
}
