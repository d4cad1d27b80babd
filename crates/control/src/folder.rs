//! The folder of manifests.

use std::path::Path;

use crate::Mistake;

/// What a complete reading of a folder found.
#[derive(Debug, Default)]
pub struct Folder {
    /// What is wrong, by file and place.
    pub mistakes: Vec<Mistake>,
}

/// The folder could not be read completely; nothing may be concluded from it.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the manifests in {path}; make the folder and every file in it readable")]
pub struct FolderError {
    /// The folder or file.
    pub path: std::path::PathBuf,
    /// Why.
    #[source]
    pub source: std::io::Error,
}

/// Reads every manifest in `dir` and below.
///
/// # Errors
/// [`FolderError`] if any folder or file in it cannot be read: a partial reading would look like deletions.
pub fn read(dir: &Path) -> Result<Folder, FolderError> {
    unimplemented!("{}", dir.display())
}

/// Every mistake in the folder, as a fresh installation would see it; none if all of it works.
///
/// # Errors
/// As [`read`].
pub fn check(dir: &Path) -> Result<Vec<Mistake>, FolderError> {
    read(dir).map(|folder| folder.mistakes)
}
