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
