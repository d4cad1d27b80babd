//! Mistakes: what is wrong in a folder of manifests, one sentence each.

use std::fmt;

use crds::hides_person_number;

/// Where a mistake is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file relative to the folder.
    pub file: String,
    /// `KIND NAMESPACE/NAME`, as far as it can be told; otherwise the document's place in the file.
    pub object: String,
    /// The field, such as `spec.persons.anyOf[0].municipalityCodes[1]`; empty for the whole object.
    pub field: String,
}

impl Place {
    /// A place; what looks like a person number is masked.
    #[must_use]
    pub fn new(file: &str, object: &str, field: &str) -> Self {
        Self { file: masked(file), object: masked(object), field: masked(field) }
    }
}

/// Whether something does not work or only looks unintended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Something declared does not work.
    Error,
    /// It works, and is perhaps not what was meant.
    Warning,
}

/// One mistake. Displays as `FILE: KIND NAMESPACE/NAME: FIELD PATH: what is wrong, what to do`, on one line, without any
/// text of the file but names of fields and objects.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// How bad.
    pub severity: Severity,
    /// What is wrong and what to do.
    pub text: String,
}

impl Mistake {
    pub(crate) fn error(place: Place, text: impl Into<String>) -> Self {
        Self { place, severity: Severity::Error, text: text.into() }
    }

    pub(crate) fn warning(place: Place, text: impl Into<String>) -> Self {
        Self { place, severity: Severity::Warning, text: text.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, object, field } = &self.place;
        for part in [file, object, field].into_iter().filter(|part| !part.is_empty()) {
            write!(f, "{part}: ")?;
        }
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        f.write_str(&self.text)
    }
}

/// The text on one line, with every digit masked if it holds what looks like a person number.
fn masked(text: &str) -> String {
    let hide = hides_person_number(text);
    let mask = |each: char| {
        if each.is_control() {
            '?'
        } else if hide && each.is_ascii_digit() {
            '*'
        } else {
            each
        }
    };
    text.chars().map(mask).collect()
}
