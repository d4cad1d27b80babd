//! The folder of manifests.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use uuid::Uuid;

use crate::compile::{Installation, compile};
use crate::document::{self, Document, Object, Schemas};
use crate::mistake::{Mistake, Place};

/// The largest manifest that is read, in bytes.
const LARGEST: u64 = 4 << 20;
/// How deep folders may lie in each other; a link to a folder above would never end.
const DEEPEST: usize = 16;

/// What a complete reading of a folder found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// The objects whose kind and name can be told, by file and place; a second declaration of one is left out.
    pub objects: Vec<Object>,
    /// The files in which a document cannot be told apart from any object.
    pub unclear: BTreeSet<String>,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
}

/// The files of a folder as they were read, and a fingerprint of names and contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    files: Vec<(String, Result<Vec<u8>, TooLarge>)>,
    /// Equal for equal names and contents.
    pub fingerprint: Uuid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TooLarge;

/// The folder could not be read completely; nothing may be concluded from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A folder or file is not readable.
    #[error("cannot read {}; manifests are read all or not at all, so see to it that it exists and is readable", path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Folders lie too deep, probably in a circle of links.
    #[error("the folders below {} lie deeper than {DEEPEST}; remove links that lead upwards", path.display())]
    TooDeep {
        /// The folder.
        path: PathBuf,
    },
    /// The generated schemas are damaged.
    #[error("the schemas of the resources cannot be read; report this as a fault")]
    Schemas(#[source] serde_json::Error),
}

/// Reads every file in `dir` and below whose name ends in `.yaml` or `.yml`, by path. Names that begin with a dot are
/// left out.
///
/// # Errors
/// [`FolderError`] if any folder or file in it cannot be read: a partial reading would look like deletions.
pub fn files(dir: &Path) -> Result<Files, FolderError> {
    let mut paths = Vec::new();
    list(dir, 0, &mut paths)?;
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let content = content(&path).map_err(|source| FolderError::Unreadable { path: path.clone(), source })?;
        let name = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        files.push((name, content));
    }
    Ok(Files::of(files))
}

impl Files {
    fn of(mut files: Vec<(String, Result<Vec<u8>, TooLarge>)>) -> Self {
        files.sort_by(|one, other| one.0.cmp(&other.0));
        let fingerprint = files.iter().fold(Uuid::nil(), |before, (name, content)| {
            let named = Uuid::new_v5(&before, name.as_bytes());
            Uuid::new_v5(&named, content.as_deref().unwrap_or(b"too large"))
        });
        Self { files, fingerprint }
    }
}

fn list(dir: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), FolderError> {
    if depth > DEEPEST {
        return Err(FolderError::TooDeep { path: dir.to_owned() });
    }
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        |source| FolderError::Unreadable { path, source }
    };
    let entries = std::fs::read_dir(dir).map_err(unreadable(dir))?;
    let mut found: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>().map_err(unreadable(dir))?;
    found.sort();
    for path in found {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let is_manifest = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        let kind = std::fs::metadata(&path).map_err(unreadable(&path))?;
        if kind.is_dir() {
            list(&path, depth + 1, paths)?;
        } else if is_manifest {
            paths.push(path);
        }
    }
    Ok(())
}

fn content(path: &Path) -> io::Result<Result<Vec<u8>, TooLarge>> {
    use io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 > LARGEST { Err(TooLarge) } else { Ok(bytes) })
}

impl Folder {
    /// Takes the files apart.
    #[must_use]
    pub fn of(schemas: &Schemas, files: &Files) -> Self {
        let mut folder = Self::default();
        for (name, content) in &files.files {
            let text = content.as_ref().map(|bytes| std::str::from_utf8(bytes));
            let wrong = match text {
                Ok(Ok(text)) => {
                    folder.add(schemas, name, text.strip_prefix('\u{feff}').unwrap_or(text));
                    continue;
                }
                Ok(Err(_)) => "is not UTF-8; save it as UTF-8",
                Err(TooLarge) => "is larger than 4 MiB; split it",
            };
            folder.mistakes.push(Mistake::error(Place::new(name, "", ""), wrong));
            folder.unclear.insert(name.clone());
        }
        folder
    }

    fn add(&mut self, schemas: &Schemas, origin: &str, text: &str) {
        for document in document::read(schemas, origin, text, &mut self.mistakes) {
            match document {
                Document::Object(object) => self.add_object(object),
                Document::Unknown => {
                    self.unclear.insert(origin.to_owned());
                }
                Document::Other => {}
            }
        }
    }

    fn add_object(&mut self, object: Object) {
        let same = |other: &&Object| (other.kind, &other.object) == (object.kind, &object.object);
        match self.objects.iter().find(same) {
            Some(first) => {
                let first = Place::new(&first.origin, "", "").file;
                let text = format!("is declared a second time, {first} declares it too; remove one of them");
                self.mistakes.push(Mistake::error(object.place(""), text));
            }
            None => self.objects.push(object),
        }
    }
}

/// Reads every manifest in `dir` and below.
///
/// # Errors
/// As [`files`].
pub fn read(dir: &Path) -> Result<Folder, FolderError> {
    let schemas = Schemas::new().map_err(FolderError::Schemas)?;
    files(dir).map(|files| Folder::of(&schemas, &files))
}

/// Every mistake in the folder as a fresh installation would see it on `today`; none if all of it works. A folder that
/// declares nothing is worth a warning: it may be the wrong one.
///
/// # Errors
/// As [`read`].
pub fn check(dir: &Path, today: Date) -> Result<Vec<Mistake>, FolderError> {
    let installation = Installation { name: "check".into(), authority: None, environment: None };
    let folder = read(dir)?;
    let mut mistakes = compile(&folder, None, &installation, today).mistakes;
    if folder.objects.is_empty() && mistakes.is_empty() {
        let text = "nothing is declared in any .yaml or .yml file; check that it is the right folder";
        mistakes.push(Mistake::warning(Place::new("", "", ""), text));
    }
    Ok(mistakes)
}

#[cfg(test)]
pub(crate) mod tests;
