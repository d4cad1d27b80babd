//! Placing a file in a folder as a supplier does: the data first, then its `.metadata` companion.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// The namespace of the root element; its children have none.
const NAMESPACE: &str = "http://serviceplatformen.dk/xml/wsdl/soap11/SFTP/1/types";

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

    /// As [`Envelope::new`], with a transfer id that follows from `identity`: equal texts are the same transfer.
    #[must_use]
    pub fn named(identity: &str) -> Self {
        Self::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, identity.as_bytes()))
    }

    /// The companion's text for a file `name` of `size` bytes.
    #[must_use]
    pub fn metadata(&self, name: &str, size: u64) -> String {
        let (root, transfer, end) = match self.root {
            Root::FileMetadata => ("FileMetadata", self.transfer.to_string(), "  <FileContentDescriptor/>\n"),
            Root::Trigger => ("Trigger", format!("\n    {}\n  ", self.transfer), ""),
        };
        let recipients = self.recipients.iter().fold(String::new(), |recipients, recipient| {
            recipients + "    <Recipients>" + &escaped(recipient) + "</Recipients>\n"
        });
        format!(
            "<ns2:{root} xmlns:ns2=\"{NAMESPACE}\">\n  <FileTransferUUID>{transfer}</FileTransferUUID>\n  <FileDescriptor>\n    \
             <FileName>{}</FileName>\n    <SizeInBytes>{size}</SizeInBytes>\n    <Sender>{}</Sender>\n{recipients}  \
             </FileDescriptor>\n{end}</ns2:{root}>\n",
            escaped(name),
            escaped(&self.sender),
        )
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
    let (written, size) = appear(folder, name, |file| write(file).map_err(PlaceError::Content))?;
    let metadata = envelope.metadata(name, size);
    let companion = [name, ".metadata"].concat();
    let path = folder.join(name);
    appear(folder, &companion, |file| {
        file.write_all(metadata.as_bytes()).map_err(|cause| PlaceError::Folder { path: folder.join(&companion), cause })
    })?;
    Ok((path, written))
}

/// Writes `name` under a hidden temporary name and renames it when it is complete; gives the size too.
fn appear<T, E: std::error::Error + 'static>(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, PlaceError<E>>,
) -> Result<(T, u64), PlaceError<E>> {
    let hidden = folder.join(format!(".{name}.part"));
    let refused = |cause| PlaceError::Folder { path: folder.join(name), cause };
    let mut file = BufWriter::new(File::create(&hidden).map_err(refused)?);
    let complete = write(&mut file).and_then(|written| {
        let file = file.into_inner().map_err(|error| refused(error.into_error()))?;
        let size = file.metadata().map_err(refused)?.len();
        std::fs::rename(&hidden, folder.join(name)).map_err(refused)?;
        Ok((written, size))
    });
    if complete.is_err() {
        // the first error is the one to tell; a part left behind is hidden and overwritten by the next try
        std::fs::remove_file(&hidden).ok();
    }
    complete
}

/// Text in an XML element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
