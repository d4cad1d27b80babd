//! Tokens: what stands for person numbers in stored records. A number field of ten bytes becomes `#` and nine base-36
//! digits of the number's id; blanks and ten zeros stay as they are.

use crate::PersonNumber;
use crate::record::Records;

/// Stored bytes that are not the records of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// A line of a code without layout, or longer than its layout.
    #[error("stored records: line {0} is no record of a known code")]
    NotARecord(usize),
    /// A person number in clear.
    #[error("stored records: line {0} holds a person number in clear")]
    NumberInClear(usize),
}

impl Records {
    /// The stored form: every number in a number field replaced by the token of what `id` says (below 36^9), lines
    /// right-trimmed and joined by `\n`. The same number is asked for each time it occurs.
    pub fn tokenise(&self, id: &mut impl FnMut(PersonNumber) -> u64) -> Vec<u8> {
        let _ = id;
        unimplemented!()
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`StoredError`] if a line is no record of a known code or holds a number in clear.
    pub fn from_stored(bytes: &[u8]) -> Result<Self, StoredError> {
        let _ = bytes;
        unimplemented!()
    }
}

/// Reads the nine digits of a token.
pub(crate) fn read(digits: &[u8]) -> Option<u64> {
    let _ = digits;
    unimplemented!()
}

/// The ten bytes that stand for the number with this id.
pub(crate) fn write(id: u64) -> [u8; 10] {
    let _ = id;
    unimplemented!()
}
