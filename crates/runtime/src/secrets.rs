//! Secrets as files: `<folder>/<namespace>/<name>/<key>`, the form in which a volume shows a Secret.

use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Larger files are no secrets of ours; the bound keeps a wrong mount from filling the memory.
const LARGEST: u64 = 64 * 1024;

/// The folder of secrets. Nothing is cached: a changed file counts from the next [`Secrets::get`].
#[derive(Debug, Clone)]
pub struct Secrets {
    folder: PathBuf,
}

impl Secrets {
    /// Secrets below `folder`, which need not exist yet.
    #[must_use]
    pub fn folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The bytes of one key, or `None` when there is no such secret or key.
    pub fn get(&self, namespace: &str, name: &str, key: &str) -> Result<Option<Secret>, SecretError> {
        let Some(path) = self.path(&[namespace, name, key]) else {
            return Ok(None);
        };
        let refused = |source| SecretError::Unreadable {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            key: key.to_owned(),
            source,
        };
        match read(&path) {
            Ok(Some(bytes)) => Ok(Some(Secret(bytes))),
            Ok(None) => Err(SecretError::TooLarge {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                key: key.to_owned(),
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(refused(e)),
        }
    }

    /// The keys of one secret in order, or `None` when there is no such secret.
    pub fn keys(&self, namespace: &str, name: &str) -> Result<Option<Vec<String>>, SecretError> {
        let Some(path) = self.path(&[namespace, name]) else {
            return Ok(None);
        };
        let refused =
            |source| SecretError::Unlistable { namespace: namespace.to_owned(), name: name.to_owned(), source };
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(refused(e)),
        };
        let mut keys = Vec::new();
        for entry in entries {
            // a mounted volume keeps its own files, such as `..data`, beside the keys
            if let Ok(key) = entry.map_err(refused)?.file_name().into_string()
                && !key.starts_with('.')
            {
                keys.push(key);
            }
        }
        keys.sort();
        Ok(Some(keys))
    }

    /// A name that could lead out of the folder names no secret.
    fn path(&self, parts: &[&str]) -> Option<PathBuf> {
        let plain = |part: &&str| !part.is_empty() && !part.starts_with('.') && !part.contains(['/', '\\', '\0']);
        parts.iter().all(plain).then(|| parts.iter().fold(self.folder.clone(), |path, part| path.join(part)))
    }
}

/// `None` when the file is larger than a secret may be.
fn read(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LARGEST).then_some(bytes))
}

/// The bytes of one key; shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A secret that does not come from a file, for tests and for generated ones.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes as they stand in the file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text without the line end that an editor leaves, or `None` when it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok().map(|text| text.trim_end_matches(['\r', '\n']))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why a secret that exists cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file is there and cannot be read.
    #[error("secret {namespace}/{name}: key {key} cannot be read; give this process read access to the file")]
    Unreadable {
        /// namespace of the secret
        namespace: String,
        /// name of the secret
        name: String,
        /// key in the secret
        key: String,
        /// what the system said
        #[source]
        source: std::io::Error,
    },
    /// The file is larger than 64 KiB.
    #[error("secret {namespace}/{name}: key {key} is larger than 64 KiB, so it is no key, certificate or header")]
    TooLarge {
        /// namespace of the secret
        namespace: String,
        /// name of the secret
        name: String,
        /// key in the secret
        key: String,
    },
    /// The folder of the secret is there and cannot be listed.
    #[error("secret {namespace}/{name} cannot be listed; give this process read access to the folder")]
    Unlistable {
        /// namespace of the secret
        namespace: String,
        /// name of the secret
        name: String,
        /// what the system said
        #[source]
        source: std::io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_counts_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = Secrets::folder(dir.path().to_owned());
        assert_eq!(secrets.get("team", "hook", "signing-key").unwrap(), None);
        assert_eq!(secrets.keys("team", "hook").unwrap(), None);
        let place = dir.path().join("team/hook");
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("signing-key"), "one\n").unwrap();
        assert_eq!(secrets.get("team", "hook", "signing-key").unwrap().unwrap().text(), Some("one"));
        std::fs::write(place.join("signing-key"), "two\n").unwrap();
        assert_eq!(secrets.get("team", "hook", "signing-key").unwrap().unwrap().text(), Some("two"));
        std::fs::write(place.join("a"), "x").unwrap();
        std::fs::create_dir(place.join("..data")).unwrap();
        assert_eq!(secrets.keys("team", "hook").unwrap().unwrap(), ["a", "signing-key"]);
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("outside"), "x").unwrap();
        let secrets = Secrets::folder(dir.path().join("secrets"));
        std::fs::create_dir_all(dir.path().join("secrets/a")).unwrap();
        for (namespace, name, key) in
            [("a", "..", "../outside"), ("..", "..", "outside"), ("", "", "x"), ("a", ".", "x")]
        {
            assert_eq!(secrets.get(namespace, name, key).unwrap(), None, "{namespace} {name} {key}");
        }
    }

    #[test]
    fn an_oversized_file_is_refused_and_nothing_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("n/s")).unwrap();
        std::fs::write(dir.path().join("n/s/k"), vec![b'a'; 70_000]).unwrap();
        let secrets = Secrets::folder(dir.path().to_owned());
        assert!(matches!(secrets.get("n", "s", "k"), Err(SecretError::TooLarge { .. })));
        assert_eq!(format!("{:?}", Secret::new(b"hush".to_vec())), "Secret(…)");
    }
}
