//! Text as CPR delivers it: ISO 8859-1, one byte a character.

use std::fmt;

/// A slice of ISO 8859-1 text, not yet copied. `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// The text of a field, without blanks at either end.
    #[must_use]
    pub fn new(field: &'a [u8]) -> Self {
        Self(field.trim_ascii())
    }

    /// The bytes, ISO 8859-1.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether the field was blank.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The text as UTF-8: the only place where it is copied.
    #[must_use]
    pub fn decode(self) -> String {
        self.0.iter().map(|byte| char::from(*byte)).collect()
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(redacted)")
    }
}

/// Encodes `text` as ISO 8859-1 (for writers of extracts).
///
/// Returns `None` if a character has no place in that set.
#[must_use]
pub fn encode(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}

/// Whether CPR may deliver this byte: blank, `% & ' ( ) * + , - . /`, digits, `: ; < = > ? @`, letters, and 0xC0-0xFF
/// but 0xD7 and 0xF7 (table of CPR's character set in the extract guide for public users, 143 characters).
#[must_use]
pub const fn is_legal(byte: u8) -> bool {
    matches!(byte, b' ' | b'%'..=b'@' | b'A'..=b'Z' | b'a'..=b'z' | 0xC0..=0xD6 | 0xD8..=0xF6 | 0xF8..=0xFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legal_set_has_143_characters() {
        assert_eq!((0..=u8::MAX).filter(|byte| is_legal(*byte)).count(), 143);
    }

    #[test]
    fn text_is_trimmed_decoded_and_encoded() {
        let text = Text::new(b"  \xD8sterg\xE5rd  ");
        assert_eq!(text.decode(), "Østergård");
        assert_eq!(encode("Østergård").unwrap(), text.bytes());
        assert_eq!(encode("日"), None);
        assert_eq!(format!("{text:?}"), "Text(redacted)");
    }
}
