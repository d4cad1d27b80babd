//! Mistakes: what is wrong in a folder of manifests, one sentence each.

use std::fmt;

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

/// One mistake. Displays as `FILE: KIND NAMESPACE/NAME: FIELD PATH: what is wrong, what to do`, on one line, without any
/// text of the file but names of fields and objects; what looks like a person number is masked there too.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// What is wrong and what to do.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, object, field } = &self.place;
        let parts = [file, object, field, &self.text];
        let line = parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(": ");
        f.write_str(&line)
    }
}
