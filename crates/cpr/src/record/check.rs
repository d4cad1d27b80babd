//! The typed check of one record: does every field have the form of its kind.
//!
//! [`looks_right`] answers for nearly every record by comparing all bytes at once with what their places may hold; where
//! it is not sure, [`inspect`] goes field by field and decides.

use super::Record;
use super::plan::{Plan, plan};
use crate::date::CprDate;
use crate::layout::{FieldKind, FieldLayout};
use crate::{PersonNumber, text};

/// What is wrong with a record or with the set of a person's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A byte outside of CPR's character set.
    #[error("a character that CPR cannot deliver")]
    IllegalCharacter,
    /// A field of digits has something else.
    #[error("not all digits")]
    NotDigits,
    /// A date or timestamp that is none.
    #[error("not a date of the expected form")]
    NotADate,
    /// A person number that is none.
    #[error("neither a person number nor blank nor ten zeros")]
    NotANumber,
    /// No layout is known for the code.
    #[error("unknown record code")]
    UnknownCode,
    /// A line over [`super::MAX_LINE`] bytes.
    #[error("line longer than 4096 bytes")]
    LineTooLong,
    /// The person's records are over [`super::MAX_PERSON`] bytes.
    #[error("more than 1 MiB of records for one person")]
    TooMuch,
    /// No record 001, which every delivered person has.
    #[error("person without record 001")]
    NoPersonRecord,
    /// A record under another person key, or of the file itself, among a person's records.
    #[error("a record of another person")]
    OtherPerson,
    /// Two different records of a code that a person has once.
    #[error("two different records of a code that a person has once")]
    TwoRecords,
}

/// A field that breaks its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadField {
    /// The field's name.
    pub field: &'static str,
    /// What is wrong.
    pub fault: Fault,
}

/// What a glance at a record tells.
pub(crate) struct Glance {
    /// Whether every field has its form.
    pub(crate) right: Result<(), BadField>,
    /// Whether any byte is outside of ASCII.
    pub(crate) beyond_ascii: bool,
}

/// Checks every field of `record` but the person key.
pub(crate) fn check(record: Record<'_>) -> Glance {
    let plan = plan(record.layout);
    let (clean, beyond_ascii) = plan.map_or((false, true), |plan| looks_right(plan, record.bytes));
    Glance { right: if clean { Ok(()) } else { inspect(record) }, beyond_ascii }
}

/// Whether any byte is outside of ASCII, of a record that is right in every byte, the person key included; `None` if that
/// is not sure at a glance.
pub(crate) fn surely_right(record: Record<'_>) -> Option<bool> {
    let (clean, beyond_ascii) = looks_right(plan(record.layout)?, record.bytes);
    clean.then_some(beyond_ascii)
}

/// Whether all fields surely have their form, and whether any byte is outside of ASCII.
fn looks_right(plan: &Plan, bytes: &[u8]) -> (bool, bool) {
    let length = bytes.len();
    if length < LANES || length > plan.low.len() {
        return (false, !bytes.is_ascii());
    }
    // Most lines are ASCII alone, and then the letters beyond it cost nothing.
    let (mut clean, high) = compare(plan, bytes, illegal_in_ascii);
    if high {
        clean = compare(plan, bytes, illegal).0;
    }
    let clean = clean && !plan.cuts_field(length);
    (
        clean && plan.numbers().all(|at| number_is_right(bytes, at)) && plan.dates().all(|date| date.is_right(bytes)),
        high,
    )
}

/// How many bytes are compared at once.
const LANES: usize = 16;
/// The bit that no ASCII byte has, in each of them.
const HIGH_BITS: u128 = u128::from_ne_bytes([0x80; LANES]);

/// Whether every byte is what its place may hold and none is `illegal`, and whether any byte is outside of ASCII.
#[inline]
fn compare(plan: &Plan, bytes: &[u8], illegal: impl Fn(u8) -> u8) -> (bool, bool) {
    let (mut wrong, mut high) = ([0; LANES], [0; LANES]);
    let (low, span) = (plan.low.as_chunks::<LANES>().0, plan.span.as_chunks::<LANES>().0);
    for ((bytes, low), span) in bytes.as_chunks::<LANES>().0.iter().zip(low).zip(span) {
        lanes(bytes, low, span, &illegal, &mut wrong, &mut high);
    }
    // What is left over is less than a chunk: the last whole chunk overlaps what was compared already.
    let (from, to) = (bytes.len() - LANES, bytes.len());
    if let (Some(last), Some(low), Some(span)) =
        (bytes.last_chunk::<LANES>(), plan.low[from..to].as_array(), plan.span[from..to].as_array())
    {
        lanes(last, low, span, &illegal, &mut wrong, &mut high);
    }
    (wrong == [0; LANES], u128::from_ne_bytes(high) & HIGH_BITS != 0)
}

/// Compares one chunk, without branches, so that the compiler takes it as one vector.
#[inline]
fn lanes(
    bytes: &[u8; LANES],
    low: &[u8; LANES],
    span: &[u8; LANES],
    illegal: &impl Fn(u8) -> u8,
    wrong: &mut [u8; LANES],
    high: &mut [u8; LANES],
) {
    for at in 0..LANES {
        let byte = bytes[at];
        wrong[at] |= u8::from(byte.wrapping_sub(low[at]) > span[at]) | illegal(byte);
        high[at] |= byte;
    }
}

/// 1 if CPR cannot deliver the byte: [`text::is_legal`] without branches.
#[inline]
fn illegal(byte: u8) -> u8 {
    let upper_half = byte >= 0xC0 && byte & 0xDF != 0xD7;
    illegal_in_ascii(byte) & u8::from(!upper_half)
}

/// As [`illegal`], for a byte that is ASCII; of others 1.
#[inline]
fn illegal_in_ascii(byte: u8) -> u8 {
    let blank = byte == b' ';
    let middle = byte.wrapping_sub(b'%') <= b'Z' - b'%';
    let lower = byte.wrapping_sub(b'a') <= b'z' - b'a';
    u8::from(!(blank | middle | lower))
}

/// Whether the ten bytes at `at` are blank, trimmed away, or a person number.
fn number_is_right(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at..).and_then(|field| field.first_chunk::<10>()) {
        None => true,
        Some(field) => matches!(field, b"          " | b"0000000000") || PersonNumber::parse(field).is_ok(),
    }
}

/// Whether the field is the person key at characters 4 to 13. Who groups records by it has read it already.
pub(super) fn is_key(field: &FieldLayout) -> bool {
    field.start == 4 && field.kind == FieldKind::PersonNumber
}

/// Goes through the fields one by one.
fn inspect(record: Record<'_>) -> Result<(), BadField> {
    let mut fields = record.layout.fields.iter().filter(|field| !is_key(field));
    let wrong = fields.find_map(|field| fault(record, field).map(|fault| BadField { field: field.name, fault }));
    wrong.map_or(Ok(()), Err)
}

fn fault(record: Record<'_>, field: &FieldLayout) -> Option<Fault> {
    let bytes = record.field(field);
    if !bytes.iter().copied().all(text::is_legal) {
        return Some(Fault::IllegalCharacter);
    }
    let blank = bytes.iter().all(|byte| *byte == b' ');
    match field.kind {
        FieldKind::Code | FieldKind::Text | FieldKind::Marker => None,
        _ if blank => None,
        FieldKind::Digits if bytes.len() == field.length && bytes.iter().all(u8::is_ascii_digit) => None,
        FieldKind::Digits => Some(Fault::NotDigits),
        FieldKind::PersonNumber if bytes == b"0000000000" || PersonNumber::parse(bytes).is_ok() => None,
        FieldKind::PersonNumber => Some(Fault::NotANumber),
        kind if CprDate::parse(kind, bytes, b' ').is_ok() => None,
        _ => Some(Fault::NotADate),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layout::layouts;

    #[test]
    fn branchless_legality_is_the_table() {
        for byte in 0..=u8::MAX {
            assert_eq!(illegal(byte) == 0, text::is_legal(byte), "{byte:#x}");
        }
    }

    proptest! {
        /// The glance must never call a record right that the inspection would refuse.
        #[test]
        fn glance_and_inspection_agree(
            at in 0..40usize,
            bytes in prop::collection::vec(prop_oneof![6 => b'0'..=b'9', 3 => Just(b' '), 1 => any::<u8>(), 1 => Just(b'-')], 0..320),
        ) {
            let layout = layouts().nth(at).unwrap();
            let mut line = layout.code().to_string().into_bytes();
            line.extend(&bytes);
            let record = Record::new(&line).unwrap();
            let glance = check(record);
            prop_assert_eq!(glance.right, inspect(record));
            prop_assert_eq!(glance.beyond_ascii, !record.bytes().is_ascii());
        }
    }
}
