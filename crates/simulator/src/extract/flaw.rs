//! What can be wrong with a file.

use jiff::civil::Date;

/// One planted fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// The file has no byte.
    Empty,
    /// Start and end record, and no person.
    NoPersons,
    /// Cut in the middle of the last person's record: no 999.
    Truncated,
    /// The counter in 999 is one too high.
    WrongCounter,
    /// A record of a code that no description knows (077), in the layout's form, about the first person.
    UnknownCode,
    /// A line of this many bytes (a known code, then filler) after the first person's records. Streamed.
    OverlongLine(u64),
    /// Text in UTF-8 in place of ISO 8859-1: letters beyond ASCII take two bytes and shift the columns.
    Utf8,
    /// This production date in 000.
    ProductionDate(Date),
    /// The n-th person (from 0) has a 001 whose birth date and status are unreadable.
    BrokenPerson(usize),
    /// The first person's 001 stands there twice, byte for byte.
    Duplicated001,
    /// The first person has two 001 that differ in the occupation.
    Differing001,
}

/// A code that no description knows.
const UNKNOWN: &[u8; 3] = b"077";

/// Makes status and birth date of a 001 unreadable.
pub(super) fn break_person(record: &mut [u8]) {
    set(record, 23, b"X?");
    set(record, 39, b"19?0-99-41");
}

/// Gives a 001 another occupation.
pub(super) fn differ(record: &mut [u8]) {
    set(record, 72, b"Anden stilling");
}

/// A record of an unknown code about the person whose 001 is given.
pub(super) fn unknown(person: &[u8]) -> Vec<u8> {
    [UNKNOWN, person.get(3..13).unwrap_or_default(), b"2031-01-01 ny oplysning"].concat()
}

fn set(record: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = record.get_mut(at..at + value.len()) {
        place.copy_from_slice(value);
    }
}
