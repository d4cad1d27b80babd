//! A reader of extracts of its own, so that the writer is not checked by what it was written with.

use std::collections::BTreeMap;

/// An extract in lines.
pub(crate) struct File {
    pub(crate) lines: Vec<Vec<u8>>,
}

/// Official start (1-based) and length of the fields that the tests look at, copied by hand from the descriptions.
pub(crate) fn field(line: &[u8], start: usize, length: usize) -> &str {
    let end = (start - 1 + length).min(line.len());
    line.get(start - 1..end).map_or("", |bytes| std::str::from_utf8(bytes).unwrap_or("?"))
}

impl File {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_suffix(&[0x1A]).unwrap_or(bytes);
        let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec());
        Self { lines: lines.filter(|line| !line.is_empty()).collect() }
    }

    /// Lines of one code.
    pub(crate) fn code(&self, code: &str) -> impl Iterator<Item = &[u8]> {
        let code = code.as_bytes().to_vec();
        self.lines.iter().map(Vec::as_slice).filter(move |line| line.starts_with(&code))
    }

    /// The one line of `code` per person.
    pub(crate) fn by_person(&self, code: &str) -> BTreeMap<String, &[u8]> {
        self.code(code).map(|line| (field(line, 4, 10).to_owned(), line)).collect()
    }

    /// All lines of one person and code.
    pub(crate) fn of_person(&self, code: &str, number: &str) -> Vec<&[u8]> {
        self.code(code).filter(|line| field(line, 4, 10) == number).collect()
    }

    /// The counter of 999 and the records it should count.
    pub(crate) fn counters(&self) -> (usize, usize) {
        let told = self.code("999").next().map_or("", |line| field(line, 14, 8)).parse().unwrap_or(usize::MAX);
        (told, self.lines.iter().filter(|line| !line.starts_with(b"000") && !line.starts_with(b"999")).count())
    }
}
