//! The `.metadata` companion of a delivered file: the sign that the file is complete.
//!
//! Serviceplatformen writes it with root `FileMetadata` or `Trigger` (namespace
//! `http://serviceplatformen.dk/xml/wsdl/soap11/SFTP/1/types`); the children are in no namespace. Text may be surrounded
//! by white space, unknown children are ignored.

use std::io::{self, Read};
use std::path::Path;

use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

const NAMESPACE: &str = "http://serviceplatformen.dk/xml/wsdl/soap11/SFTP/1/types";

/// A companion is a few hundred bytes; what is longer is none.
const LONGEST: u64 = 64 * 1024;

/// What a companion says about its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Companion {
    /// `FileTransferUUID`, trimmed, in lower case.
    pub(crate) transfer: String,
    /// `SizeInBytes`.
    pub(crate) size: u64,
}

/// Why a companion says nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompanionError {
    /// The file cannot be read.
    #[error("the companion cannot be read")]
    Read(#[source] io::Error),
    /// Longer than any companion.
    #[error("the companion is longer than 64 KiB")]
    TooLong,
    /// Not well-formed; the parser's words could quote the content, so they are left out.
    #[error("the companion is no well-formed XML in UTF-8, byte {0}")]
    Malformed(u64),
    /// Another document.
    #[error("the root of the companion is neither FileMetadata nor Trigger of the SFTP types")]
    Root,
    /// No `FileTransferUUID`, or none that can be an identifier.
    #[error("the companion has no FileTransferUUID of 1 to 100 letters, digits and hyphens")]
    Transfer,
    /// No `SizeInBytes`, or no number.
    #[error("the companion has no number in SizeInBytes")]
    Size,
}

impl Companion {
    /// Reads the companion at `path`.
    ///
    /// # Errors
    /// [`CompanionError`] with the first thing that is wrong.
    pub(crate) fn read(path: &Path) -> Result<Self, CompanionError> {
        let mut text = Vec::new();
        let file = std::fs::File::open(path).map_err(CompanionError::Read)?;
        file.take(LONGEST + 1).read_to_end(&mut text).map_err(CompanionError::Read)?;
        if text.len() as u64 > LONGEST {
            return Err(CompanionError::TooLong);
        }
        Self::parse(&text)
    }

    /// Reads a companion's bytes.
    ///
    /// # Errors
    /// [`CompanionError`] with the first thing that is wrong.
    pub(crate) fn parse(xml: &[u8]) -> Result<Self, CompanionError> {
        let xml = std::str::from_utf8(xml).map_err(|error| CompanionError::Malformed(error.valid_up_to() as u64))?;
        let mut reader = NsReader::from_str(xml);
        let (mut path, mut transfer, mut size) = (Vec::<String>::new(), String::new(), String::new());
        loop {
            let at = reader.buffer_position();
            let (namespace, event) = reader.read_resolved_event().map_err(|_| CompanionError::Malformed(at))?;
            match event {
                Event::Start(start) => {
                    if path.is_empty() {
                        root(&namespace, start.local_name().as_ref())?;
                    }
                    path.push(start.local_name().as_ref().to_owned());
                }
                Event::Empty(empty) if path.is_empty() => root(&namespace, empty.local_name().as_ref())?,
                Event::End(_) => drop(path.pop()),
                Event::Text(text) => match path.iter().skip(1).map(String::as_str).collect::<Vec<_>>()[..] {
                    ["FileTransferUUID"] => transfer.push_str(text.trim()),
                    ["FileDescriptor", "SizeInBytes"] => size.push_str(text.trim()),
                    _ => {}
                },
                Event::Eof if path.is_empty() => break,
                Event::Eof => return Err(CompanionError::Malformed(at)),
                _ => {}
            }
        }
        let size = size.parse().map_err(|_| CompanionError::Size)?;
        identifier(&transfer).map(|transfer| Self { transfer, size }).ok_or(CompanionError::Transfer)
    }
}

fn root(namespace: &ResolveResult<'_>, name: &str) -> Result<(), CompanionError> {
    let ours = matches!(namespace, ResolveResult::Bound(bound) if bound.as_ref() == NAMESPACE);
    if ours && matches!(name, "FileMetadata" | "Trigger") { Ok(()) } else { Err(CompanionError::Root) }
}

fn identifier(text: &str) -> Option<String> {
    let fits = (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(root: &str, transfer: &str, size: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><a:{root} xmlns:a=\"http://serviceplatformen.dk/xml/wsdl/soap11/SFTP/1/types\">\
             {transfer}<FileDescriptor><FileName>D260113.L435701</FileName>{size}<Sender>S</Sender>\
             <Recipients>R</Recipients></FileDescriptor><Later>1</Later></a:{root}>"
        )
    }

    const TRANSFER: &str = "<FileTransferUUID>\n  0A1B2C3D-7777-4222-8333-444455556666\n</FileTransferUUID>";
    const SIZE: &str = "<SizeInBytes> 104857 </SizeInBytes>";

    #[test]
    fn reads_both_roots_and_trims_text() {
        for root in ["FileMetadata", "Trigger"] {
            let companion = Companion::parse(document(root, TRANSFER, SIZE).as_bytes()).unwrap();
            assert_eq!(companion.transfer, "0a1b2c3d-7777-4222-8333-444455556666");
            assert_eq!(companion.size, 104_857);
        }
    }

    #[test]
    fn says_what_is_missing() {
        let error = |xml: &str| Companion::parse(xml.as_bytes()).unwrap_err().to_string();
        assert!(error(&document("FileMetadata", "", SIZE)).contains("FileTransferUUID"));
        assert!(error(&document("FileMetadata", TRANSFER, "")).contains("SizeInBytes"));
        assert!(error(&document("FileMetadata", TRANSFER, "<SizeInBytes>many</SizeInBytes>")).contains("SizeInBytes"));
        assert!(error(&document("TechnicalReceipt", TRANSFER, SIZE)).contains("root"));
        assert!(error("<FileMetadata/>").contains("root"));
        let cut = document("FileMetadata", TRANSFER, SIZE);
        assert!(error(&cut[..cut.len() - 20]).contains("well-formed"));
        assert!(error("").contains("SizeInBytes"));
    }

    #[test]
    fn a_root_without_the_namespace_is_another_document() {
        let plain = document("Trigger", TRANSFER, SIZE).replace("a:Trigger", "Trigger");
        assert!(matches!(Companion::parse(plain.as_bytes()), Err(CompanionError::Root)));
    }
}
