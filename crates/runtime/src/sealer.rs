//! Sealed files: AES-256-GCM by a key file that the process makes at its first start.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

const KEY_LEN: usize = 32;
/// First byte of everything sealed, so that another cipher can follow one day.
const VERSION: u8 = 1;

/// Seals and opens bytes with one key. Clones share the key.
///
/// Sealed form: one byte version, twelve bytes nonce, cipher text with its tag. Key and nonces come from the operating system and not
/// from [`crate::Chance`]: a seeded run over the same key file would repeat a nonce, which gives AES-GCM away.
#[derive(Clone)]
pub struct Sealer {
    key: Arc<LessSafeKey>,
}

impl Sealer {
    /// The key in `path`; the file is made with mode 0600 when it is not there. Two processes that start together agree on one key.
    pub fn open(path: &Path) -> Result<Self, SealError> {
        match read(path) {
            Err(SealError::KeyFile { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                create(path)?;
                read(path)
            }
            read => read,
        }
    }

    /// Seals `plain`.
    pub fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).map_err(|_| SealError::NoEntropy)?;
        let mut body = plain.to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from([VERSION]), &mut body)
            .map_err(|_| SealError::TooLong)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens what [`Sealer::seal`] made with the same key; anything else is refused.
    pub fn unseal(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, body) = match sealed.split_first() {
            Some((&VERSION, rest)) => rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::NotOurs)?,
            _ => return Err(SealError::NotOurs),
        };
        let mut body = body.to_vec();
        let plain = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from([VERSION]), &mut body)
            .map_err(|_| SealError::NotOurs)?
            .len();
        body.truncate(plain);
        Ok(body)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

fn read(path: &Path) -> Result<Sealer, SealError> {
    let failed = |source| SealError::KeyFile { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(SealError::KeyFileOpen { path: path.to_owned() });
    }
    let mut bytes = Vec::with_capacity(KEY_LEN);
    file.read_to_end(&mut bytes).map_err(failed)?;
    let broken = |_| SealError::KeyFileBroken { path: path.to_owned() };
    let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(broken)?;
    Ok(Sealer { key: Arc::new(LessSafeKey::new(key)) })
}

/// Writes a whole key beside `path` and links it there, so that a crash leaves no half key and the first of two processes wins.
fn create(path: &Path) -> Result<(), SealError> {
    let failed = |source| SealError::KeyFile { path: path.to_owned(), source };
    let mut bytes = [0; KEY_LEN];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| SealError::NoEntropy)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let _ = std::fs::remove_file(&beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(failed)?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    let linked = std::fs::hard_link(&beside, path);
    std::fs::remove_file(&beside).map_err(failed)?;
    match linked {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(e)),
        _ => Ok(()),
    }
}

/// Why something cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key file cannot be read or made.
    #[error("key file {} cannot be read or made; check the folder and its rights", path.display())]
    KeyFile {
        /// the key file
        path: PathBuf,
        /// what the system said
        #[source]
        source: std::io::Error,
    },
    /// Others than the owner may use the key file.
    #[error("key file {} may be used by others than its owner; set its mode to 0600", path.display())]
    KeyFileOpen {
        /// the key file
        path: PathBuf,
    },
    /// The key file does not hold 32 bytes.
    #[error("key file {} does not hold 32 bytes; restore it from a backup, for a new key opens nothing sealed before", path.display())]
    KeyFileBroken {
        /// the key file
        path: PathBuf,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoEntropy,
    /// More bytes than the cipher takes at once.
    #[error("too many bytes to seal at once")]
    TooLong,
    /// Changed, cut, or sealed with another key.
    #[error("sealed bytes were changed, cut, or sealed with another key")]
    NotOurs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("seal.key");
        let ours = Sealer::open(&path).unwrap();
        let sealed = ours.seal(b"a line").unwrap();
        assert_eq!(Sealer::open(&path).unwrap().unseal(&sealed).unwrap(), b"a line");
        assert_ne!(ours.seal(b"a line").unwrap(), sealed);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(matches!(ours.unseal(&changed), Err(SealError::NotOurs)), "byte {at}");
            assert!(matches!(ours.unseal(&sealed[..at]), Err(SealError::NotOurs)), "cut at {at}");
        }
        let other = Sealer::open(&dir.path().join("other.key")).unwrap();
        assert!(matches!(other.unseal(&sealed), Err(SealError::NotOurs)));
    }

    #[test]
    fn the_key_file_is_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("seal.key");
        Sealer::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Sealer::open(&path), Err(SealError::KeyFileOpen { .. })));
    }

    #[test]
    fn a_cut_key_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("seal.key");
        Sealer::open(&path).unwrap();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(31).unwrap();
        assert!(matches!(Sealer::open(&path), Err(SealError::KeyFileBroken { .. })));
    }
}
