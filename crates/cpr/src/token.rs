//! Tokens: what stands for person numbers in stored records. A number field of ten bytes becomes `#` and nine base-36
//! digits of the number's id; blanks and ten zeros stay as they are.

use crate::PersonNumber;
use crate::layout::FieldKind;
use crate::record::{NumberField, Record, Records};

const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Stored bytes that are not the records of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// A line of a code without layout, or not as it was written.
    #[error("stored records: line {0} is no right-trimmed record of a known code")]
    NotARecord(usize),
    /// A person number in clear.
    #[error("stored records: line {0} holds a person number in clear")]
    NumberInClear(usize),
}

impl Records {
    /// The stored form: every number in a number field replaced by the token of what `id` says (below 36^9), lines
    /// right-trimmed and joined by `\n`. The same number is asked for each time it occurs.
    pub fn tokenise(&self, id: &mut impl FnMut(PersonNumber) -> u64) -> Vec<u8> {
        let mut stored = Vec::new();
        for (at, record) in self.iter().enumerate() {
            if at > 0 {
                stored.push(b'\n');
            }
            let start = stored.len();
            stored.extend_from_slice(record.bytes());
            for field in record.layout().fields.iter().filter(|field| field.kind == FieldKind::PersonNumber) {
                if let NumberField::Number(number) = NumberField::read(record.field(field)) {
                    let place = start + field.start - 1;
                    stored[place..place + field.length].copy_from_slice(&write(id(number)));
                }
            }
        }
        stored
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`StoredError`] if a line is no record of a known code or holds a number in clear.
    pub fn from_stored(bytes: &[u8]) -> Result<Self, StoredError> {
        let mut records = Self::default();
        if bytes.is_empty() {
            return Ok(records);
        }
        for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let record = Record::new(line).filter(|record| record.bytes() == line);
            let record = record.ok_or(StoredError::NotARecord(at + 1))?;
            if record.numbers().any(|number| number.number().is_some()) {
                return Err(StoredError::NumberInClear(at + 1));
            }
            records.push(record);
        }
        Ok(records)
    }
}

/// The ten bytes that stand for the number with this id.
pub(crate) fn write(id: u64) -> [u8; 10] {
    let mut rest = id;
    let mut token = [b'#'; 10];
    for digit in token[1..].iter_mut().rev() {
        *digit = DIGITS[usize::try_from(rest % 36).unwrap_or(0)];
        rest /= 36;
    }
    token
}

/// Reads the nine digits of a token.
pub(crate) fn read(digits: &[u8]) -> Option<u64> {
    if digits.len() != 9 {
        return None;
    }
    digits.iter().try_fold(0, |id, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'A'..=b'Z' => digit - b'A' + 10,
            _ => return None,
        };
        Some(id * 36 + u64::from(value))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(serial: u64) -> PersonNumber {
        PersonNumber::from_value(107_610_000 + serial).unwrap()
    }

    fn family() -> Records {
        let key = |serial| String::from_utf8(number(serial).digits().to_vec()).unwrap();
        let lines = [
            format!("001{}          01", key(1)),
            format!("014{}{}", key(1), key(2)),
            format!("014{}{}", key(1), key(3)),
            format!("012{}G0000000000", key(1)),
        ];
        Records::parse(lines.iter().map(String::as_bytes)).unwrap()
    }

    #[test]
    fn numbers_become_tokens_of_the_same_width() {
        let mut asked = Vec::new();
        let stored = family().tokenise(&mut |number| {
            asked.push(number);
            number.value() - 107_610_000
        });
        let expected =
            "001#000000001          01\n014#000000001#000000002\n014#000000001#000000003\n012#000000001G0000000000";
        assert_eq!(String::from_utf8(stored.clone()).unwrap(), expected);
        assert_eq!(asked.len(), 6);
        let read = Records::from_stored(&stored).unwrap();
        assert_eq!(read.len(), 4);
        assert_eq!(read.numbers().count(), 0);
        assert_eq!(read.person().unwrap().number(), NumberField::Token(1));
        assert_eq!(read.civil_status().unwrap().spouse(), NumberField::NoDanishNumber);
        assert_eq!(read.tokenise(&mut |_| unreachable!()), stored);
    }

    #[test]
    fn stored_records_without_tokens_are_refused() {
        let clear = family().iter().next().unwrap().bytes().to_vec();
        assert_eq!(Records::from_stored(&clear), Err(StoredError::NumberInClear(1)));
        assert_eq!(Records::from_stored(b"001#000000001\n\n"), Err(StoredError::NotARecord(2)));
        assert_eq!(Records::from_stored(b"001#000000001 "), Err(StoredError::NotARecord(1)));
        assert!(Records::from_stored(b"").unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn a_token_comes_back(id in 0..36u64.pow(9)) {
            let token = write(id);
            prop_assert_eq!(token[0], b'#');
            prop_assert_eq!(read(&token[1..]), Some(id));
        }
    }
}
