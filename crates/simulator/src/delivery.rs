//! Placing a file in a folder as a supplier does: the data first, then its `.metadata` companion.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// The root element of the companion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Root {
    /// `FileMetadata`, the contract's form.
    #[default]
    FileMetadata,
    /// `Trigger`, the form that a working client expects: white space around the transfer id, no
    /// `FileContentDescriptor`.
    Trigger,
}

/// Who sends what to whom.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The transfer id; a file sent again gets a new one.
    pub transfer: Uuid,
    /// The sender's SFTP user.
    pub sender: String,
    /// The recipients' SFTP users.
    pub recipients: Vec<String>,
    /// The root element.
    pub root: Root,
}

/// Why nothing was placed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError<E: std::error::Error + 'static> {
    /// The folder refuses.
    #[error("cannot place a file in {}", path.display())]
    Folder {
        /// The file that could not be made.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The content could not be written.
    #[error("cannot write the content")]
    Content(#[source] E),
}

impl Envelope {
    /// An envelope with the contract's root and invented users.
    #[must_use]
    pub fn new(transfer: Uuid) -> Self {
        let recipients = vec!["EXAMPLE_SIMPELSFTP".to_owned()];
        Self { transfer, sender: "EXAMPLE_CPR_SENDER".to_owned(), recipients, root: Root::default() }
    }

    /// The companion's text for a file `name` of `size` bytes.
    #[must_use]
    pub fn metadata(&self, name: &str, size: u64) -> String {
        let _ = (name, size);
        unimplemented!()
    }
}

/// Places `name` with `bytes`, then `name.metadata`; each appears under its name only when it is complete.
///
/// # Errors
/// [`PlaceError::Folder`] if the folder refuses.
pub fn place(
    folder: &Path,
    name: &str,
    bytes: &[u8],
    envelope: &Envelope,
) -> Result<PathBuf, PlaceError<std::io::Error>> {
    place_written(folder, name, envelope, |file| file.write_all(bytes)).map(|(path, ())| path)
}

/// As [`place`], with the content streamed by `write`; gives back what `write` gave.
///
/// # Errors
/// [`PlaceError`] if the folder refuses or `write` fails; then nothing has appeared.
pub fn place_written<T, E: std::error::Error + 'static>(
    folder: &Path,
    name: &str,
    envelope: &Envelope,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, E>,
) -> Result<(PathBuf, T), PlaceError<E>> {
    let _ = (folder, name, envelope, write);
    unimplemented!()
}
