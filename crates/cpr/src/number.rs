//! The person number (personnummer): ten digits, `DDMMYY` and four more.

use std::fmt;

/// A person number of ten digits. Never printed: `Debug` hides it and there is no `Display`.
///
/// Rules of the number: CPR office, "Opbygning af CPR-nummeret". The modulus 11 check is advice only, because numbers
/// without it have been issued since 2007.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonNumber(u64);

/// The legal gender of record 001, field KOEN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gender {
    /// `M`, mand; the last digit of the number is odd.
    Male,
    /// `K`, kvinde; the last digit of the number is even.
    Female,
}

/// Why ten bytes are not a person number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// Not exactly ten ASCII digits.
    #[error("not ten digits")]
    NotTenDigits,
    /// Ten zeros: "the person exists but has no Danish number".
    #[error("ten zeros stand for a person without a Danish number")]
    Zeros,
    /// Day or month cannot be; a day above 31 would be a replacement number, which CPR never delivers.
    #[error("the first six digits are no date")]
    NotADate,
}

/// Digits, weights 4 3 2 7 6 5 4 3 2 1, sum divisible by 11.
const WEIGHTS: [u64; 10] = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1];

/// The value of eight digits, all at once: every number field of every line is read. `None` if one is no digit.
fn eight_digits(bytes: [u8; 8]) -> Option<u64> {
    let digits = u64::from_le_bytes(bytes) ^ u64::from_le_bytes([b'0'; 8]);
    // a byte above 9 reaches the high bit, or had it; one without it carries into no other
    let beyond = (digits.wrapping_add(u64::from_le_bytes([0x76; 8])) | digits) & u64::from_le_bytes([0x80; 8]);
    if beyond != 0 {
        return None;
    }
    // the first digit is the lowest byte: neighbours become two digits, four, eight
    let two = (digits * 10 + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let four = (two * 100 + (two >> 16)) & 0x0000_FFFF_0000_FFFF;
    Some((four * 10_000 + (four >> 32)) & 0xFFFF_FFFF)
}

impl PersonNumber {
    /// Reads ten ASCII digits.
    ///
    /// # Errors
    /// [`NumberError`] if the bytes are not ten digits, all zeros, or begin with an impossible day or month.
    pub fn parse(bytes: &[u8]) -> Result<Self, NumberError> {
        let Some((first, &[tens, ones])) = bytes.split_first_chunk() else { return Err(NumberError::NotTenDigits) };
        let (Some(first), true, true) = (eight_digits(*first), tens.is_ascii_digit(), ones.is_ascii_digit()) else {
            return Err(NumberError::NotTenDigits);
        };
        Self::from_value(first * 100 + u64::from(tens - b'0') * 10 + u64::from(ones - b'0'))
    }

    /// The number whose decimal digits, padded to ten, are `value`.
    ///
    /// # Errors
    /// As [`PersonNumber::parse`].
    pub fn from_value(value: u64) -> Result<Self, NumberError> {
        let (day, month) = (value / 100_000_000, value / 1_000_000 % 100);
        match value {
            0 => Err(NumberError::Zeros),
            10_000_000_000.. => Err(NumberError::NotTenDigits),
            _ if day == 0 || day > 31 || month == 0 || month > 12 => Err(NumberError::NotADate),
            _ => Ok(Self(value)),
        }
    }

    /// The ten digits as one integer (for keys and columns; never for output).
    #[must_use]
    pub fn value(self) -> u64 {
        self.0
    }

    /// The ten ASCII digits.
    #[must_use]
    pub fn digits(self) -> [u8; 10] {
        let mut rest = self.0;
        let mut digits = [b'0'; 10];
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        digits
    }

    /// The gender in the last digit: odd is male. Prefer field KOEN of record 001.
    #[must_use]
    pub fn gender(self) -> Gender {
        if self.0 % 2 == 1 { Gender::Male } else { Gender::Female }
    }

    /// The birth year by position 7 and the two year digits. Prefer field `FOED_DT` of record 001.
    #[must_use]
    pub fn birth_year(self) -> i16 {
        let year = i16::try_from(self.0 / 10_000 % 100).unwrap_or(0);
        let century = match (self.0 / 1000 % 10, year) {
            (0..=3, _) | (4 | 9, 37..) => 1900,
            (4 | 9, _) | (_, ..=57) => 2000,
            _ => 1800,
        };
        century + year
    }

    /// Whether the digits satisfy modulus 11. Data from CPR is never refused for it.
    #[must_use]
    pub fn passes_modulus_11(self) -> bool {
        let sum: u64 = self.digits().iter().zip(WEIGHTS).map(|(digit, weight)| u64::from(digit - b'0') * weight).sum();
        sum.is_multiple_of(11)
    }
}

impl fmt::Debug for PersonNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonNumber(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn eight_digits_are_the_number_they_spell(value in 0..100_000_000u64, at in 0..8usize, byte: u8) {
            let mut bytes: [u8; 8] = format!("{value:08}").into_bytes().try_into().unwrap();
            proptest::prop_assert_eq!(eight_digits(bytes), Some(value));
            bytes[at] = byte;
            proptest::prop_assert_eq!(eight_digits(bytes).is_some(), byte.is_ascii_digit());
        }
    }

    fn of(text: &str) -> PersonNumber {
        PersonNumber::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn century_follows_position_seven() {
        // Impossible persons on purpose: only the digits matter here.
        for (digits, year) in [
            (["010136", "3000"].concat(), 1936),
            (["010136", "4000"].concat(), 2036),
            (["010137", "4000"].concat(), 1937),
            (["010157", "5000"].concat(), 2057),
            (["010158", "5000"].concat(), 1858),
            (["010136", "9000"].concat(), 2036),
            (["010137", "9000"].concat(), 1937),
        ] {
            assert_eq!(of(&digits).birth_year(), year);
        }
    }

    #[test]
    fn refuses_what_cannot_be_a_number() {
        assert_eq!(PersonNumber::parse(b"01013x4000"), Err(NumberError::NotTenDigits));
        assert_eq!(PersonNumber::parse(b"010136"), Err(NumberError::NotTenDigits));
        assert_eq!(PersonNumber::parse(b"0000000000"), Err(NumberError::Zeros));
        assert_eq!(PersonNumber::parse(["610136", "4000"].concat().as_bytes()), Err(NumberError::NotADate));
    }

    #[test]
    fn digits_come_back_and_debug_hides_them() {
        let digits = ["010136", "4000"].concat();
        assert_eq!(&of(&digits).digits(), digits.as_bytes());
        assert!(!format!("{:?}", of(&digits)).contains("0101"));
    }
}
