//! The leak sweep: finds any of many secrets in any amount of text, in one pass.

use std::collections::{HashMap, HashSet};
use std::path::Path;

/// What must not be found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    /// Ten digits.
    numbers: HashSet<[u8; 10]>,
    /// Everything else, by its first word: an underscore is part of no name, so words are runs of letters and digits.
    texts: HashMap<String, Vec<String>>,
}

/// A short word may stand anywhere; a name part has at least this many letters.
const SHORTEST: usize = 5;

impl Secrets {
    /// Adds secrets: numbers with or without a hyphen, names, name parts, lines of addresses.
    pub(crate) fn add(&mut self, secrets: impl IntoIterator<Item = String>) {
        for secret in secrets {
            let secret = secret.trim();
            if let Ok(number) = <[u8; 10]>::try_from(digits(secret).as_slice())
                && secret.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
            {
                self.numbers.insert(number);
            } else if secret.chars().count() >= SHORTEST {
                let first = words(secret).next().map(|(_, word)| word.to_owned());
                let texts = self.texts.entry(first.unwrap_or_default()).or_default();
                if !texts.iter().any(|text| text == secret) {
                    texts.push(secret.to_owned());
                }
            }
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len() + self.texts.values().map(Vec::len).sum::<usize>()
    }

    /// Where `text` holds one, in words that may be printed: the offset and the kind, never the secret.
    pub(crate) fn find(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (at, run) in number_runs(text) {
            let hit = run.windows(10).any(|window| self.numbers.contains(window));
            if hit {
                found.push(format!("a person number at byte {at}"));
            }
        }
        for (at, word) in words(text) {
            let texts = self.texts.get(word).map_or(&[][..], Vec::as_slice);
            for secret in texts.iter().filter(|secret| stands_at(text, at, secret)) {
                let kind = if secret.contains(' ') { "a full name or address line" } else { "a name part" };
                found.push(format!("{kind} of {} letters at byte {at}", secret.chars().count()));
            }
        }
        found
    }

    /// Where a file below `folder` holds one.
    pub(crate) fn find_below(&self, folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(self.find_below(&path));
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            // as text in either character set, and as escaped bytes
            let latin: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            for text in [String::from_utf8_lossy(&bytes).into_owned(), latin] {
                let unescaped = unescape(&text);
                let hits = self.find(&text).into_iter().chain(self.find(&unescaped));
                found.extend(hits.map(|hit| format!("{}: {hit}", path.display())));
            }
        }
        found.sort();
        found.dedup();
        found
    }
}

/// Runs of letters and digits with their offsets.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let outside = |c: char| !c.is_alphanumeric();
    text.split(outside)
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

/// Whether `secret` stands at `at` and no letter or digit follows it.
fn stands_at(text: &str, at: usize, secret: &str) -> bool {
    text[at..].starts_with(secret) && !text[at + secret.len()..].starts_with(char::is_alphanumeric)
}

fn digits(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).collect()
}

/// Runs of ten digits or more with their offsets, among them six digits and four with a hyphen or blank between, as well
/// as digits written as a list of bytes (`[48, 49, …]`).
fn number_runs(text: &str) -> Vec<(usize, Vec<u8>)> {
    let mut runs: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut before: Option<(usize, &str)> = None;
    for (at, run) in digit_runs(text) {
        if let Some((start, date)) = before
            && date.len() == 6
            && at == start + 7
            && matches!(text.as_bytes()[at - 1], b'-' | b' ')
            && run.len() >= 4
        {
            runs.push((start, [date.as_bytes(), &run.as_bytes()[..4]].concat()));
        }
        if run.len() >= 10 {
            runs.push((at, run.as_bytes().to_vec()));
        }
        before = Some((at, run));
    }
    runs.extend(byte_lists(text).into_iter().filter(|(_, run)| run.len() >= 10));
    runs
}

/// Runs of digits with their offsets.
fn digit_runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let runs = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    runs.map(move |run| (run.as_ptr() as usize - text.as_ptr() as usize, run))
}

fn byte_lists(text: &str) -> Vec<(usize, Vec<u8>)> {
    let lists = text.match_indices('[').filter_map(|(at, _)| Some((at, text[at + 1..].split_once(']')?.0)));
    lists
        .filter_map(|(at, list)| {
            let bytes: Option<Vec<u8>> = list.split(',').map(|byte| byte.trim().parse().ok()).collect();
            Some((at, digits(std::str::from_utf8(&bytes?).ok()?)))
        })
        .collect()
}

/// The text with `\u00f8`, `\u{f8}` and `\xf8` turned back into letters, for a `Debug` or JSON output that escapes them.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let hex = |from: usize, to: usize| {
            tail.get(from..to).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32)
        };
        let (letter, taken) = match tail.as_bytes().get(1) {
            Some(b'x') => (hex(2, 4), 4),
            Some(b'u') if tail.as_bytes().get(2) == Some(&b'{') => {
                let end = tail.find('}').unwrap_or(3);
                (hex(3, end), end + 1)
            }
            Some(b'u') => (hex(2, 6), 6),
            _ => (None, 1),
        };
        if let Some(letter) = letter {
            out.push(letter);
            rest = &tail[taken..];
        } else {
            out.push('\\');
            rest = &tail[1..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted() -> Secrets {
        let mut secrets = Secrets::default();
        let number = ["010170", "9996"].concat();
        secrets.add([number, "Søren Kierkegård".to_owned(), "Kierkegård".to_owned(), "Ryleallé 12, 2. tv".to_owned()]);
        secrets
    }

    #[test]
    fn each_form_of_a_secret_is_found() {
        let (date, tail) = ("010170", "9996");
        let bytes: Vec<String> = [date, tail].concat().bytes().map(|byte| byte.to_string()).collect();
        for text in [
            format!("number={date}{tail}"),
            format!("x{date}{tail}5"),
            format!("\"{date}-{tail}\""),
            format!("{date} {tail}"),
            format!("[{}]", bytes.join(", ")),
            "name: Søren Kierkegård".to_owned(),
            "Kierkegård".to_owned(),
            "at Ryleallé 12, 2. tv!".to_owned(),
            r#"b"Kierkeg\xe5rd""#.to_owned(),
            r#""Kierkeg\u00e5rd""#.to_owned(),
            r"Kierkeg\u{e5}rd".to_owned(),
        ] {
            let found = [planted().find(&text), planted().find(&unescape(&text))].concat();
            assert!(!found.is_empty(), "{text}");
        }
    }

    #[test]
    fn other_text_is_left_alone() {
        for text in ["2026-11-21T10:00:00.123456Z", "Ryleallé 123", "Kierkegårds", "[48, 49, 300]", "0123456789abc"] {
            assert_eq!(planted().find(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn bytes_of_a_file_are_read_in_both_character_sets() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.log"), b"error in Kierkeg\xe5rd").unwrap();
        assert_eq!(planted().find_below(folder.path()).len(), 1);
    }
}
