//! The folder of data: what lies where, and the lock that keeps a second process out.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// The folder of data of one installation.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
}

/// Why a folder of data cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder or its lock cannot be made.
    #[error("the folder of data {} cannot be used; make it writable for this user", path.display())]
    Unusable {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process serves it.
    #[error("the folder of data {} is served by another process; stop that one first", path.display())]
    Served {
        /// The folder.
        path: PathBuf,
    },
}

/// The right to serve a folder, until it is dropped or the process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl DataFolder {
    /// The folder at `path`; nothing is made yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SQLite file.
    #[must_use]
    pub fn sqlite(&self) -> PathBuf {
        self.path.join("store.sqlite")
    }

    /// The SQLite file as the store wants it.
    #[must_use]
    pub fn sqlite_url(&self) -> String {
        format!("sqlite:{}", self.sqlite().display())
    }

    /// The key of sealed files.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.path.join("key")
    }

    /// Secrets by namespace, name and key.
    #[must_use]
    pub fn secrets(&self) -> PathBuf {
        self.path.join("secrets")
    }

    /// Sees to it that only its owner can read the SQLite file, whoever may enter the folder: it holds personal data. SQLite
    /// gives its other files the rights of this one.
    ///
    /// # Errors
    /// [`FolderError::Unusable`] if the file can neither be made nor changed.
    pub fn keep_private(&self) -> Result<(), FolderError> {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let make = || {
            let mut options = OpenOptions::new();
            let file = options.create(true).truncate(false).write(true).mode(0o600).open(self.sqlite())?;
            let mode = file.metadata()?.permissions().mode();
            if mode & 0o777 == 0o600 { Ok(()) } else { file.set_permissions(std::fs::Permissions::from_mode(0o600)) }
        };
        make().map_err(|source| FolderError::Unusable { path: self.sqlite(), source })
    }

    /// Makes the folder if it is missing, readable for its owner alone, and locks it for this process.
    ///
    /// # Errors
    /// [`FolderError`] if it cannot be used or is served already.
    pub fn lock(&self) -> Result<Lock, FolderError> {
        let unusable = |path: &Path| {
            let path = path.to_owned();
            move |source| FolderError::Unusable { path, source }
        };
        if !self.path.is_dir() {
            make_private(&self.path).map_err(unusable(&self.path))?;
        }
        let path = self.path.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(unusable(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(FolderError::Served { path: self.path.clone() }),
            Err(TryLockError::Error(source)) => Err(FolderError::Unusable { path, source }),
        }
    }
}

/// Makes a folder that its owner alone may enter: it holds personal data.
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(parent.path().join("new/data"));
        let lock = folder.lock().unwrap();
        assert!(matches!(folder.lock(), Err(FolderError::Served { .. })));
        drop(lock);
        folder.lock().unwrap();
    }

    #[test]
    fn nobody_else_reads_the_store() {
        use std::os::unix::fs::PermissionsExt as _;
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(parent.path().to_owned());
        let mode = || std::fs::metadata(folder.sqlite()).unwrap().permissions().mode() & 0o777;
        folder.keep_private().unwrap();
        assert_eq!(mode(), 0o600);
        std::fs::write(folder.sqlite(), "kept").unwrap();
        std::fs::set_permissions(folder.sqlite(), std::fs::Permissions::from_mode(0o644)).unwrap();
        folder.keep_private().unwrap();
        assert_eq!(mode(), 0o600);
        assert_eq!(std::fs::read(folder.sqlite()).unwrap(), b"kept");
    }

    #[test]
    fn a_file_is_no_folder() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(matches!(DataFolder::new(file).lock(), Err(FolderError::Unusable { .. })));
    }
}
