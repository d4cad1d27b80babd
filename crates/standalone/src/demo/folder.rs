//! The folder of data of a demo: marked, so that it is never taken for somebody's real data, nor the other way round.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::cli::DemoArguments;
use crate::serve::{DataFolder, Lock};

/// The file that says: a demo made all of this.
const MARKER: &str = "demo.json";

/// The file of the lock, which is there in any case.
const LOCK: &str = "lock";

/// Locks the folder and sees to it that it is empty but for the marker. What an earlier demo left is thrown away only
/// when that is asked for, and what no demo made is never touched.
pub(super) fn prepare(arguments: &DemoArguments) -> anyhow::Result<(DataFolder, Lock)> {
    let folder = DataFolder::new(arguments.data.clone());
    let lock = folder.lock()?;
    let shown = folder.path().display();
    let left = entries(folder.path()).with_context(|| format!("cannot read the folder {shown}"))?;
    if left.iter().any(|name| name == MARKER) {
        if !arguments.fresh {
            bail!(
                "{shown} holds an earlier demo: look at it with `cprbroker status --data {shown}`, start anew with --fresh, or choose another folder with --data"
            );
        }
        for name in &left {
            remove(&folder.path().join(name)).with_context(|| format!("cannot empty the folder {shown}"))?;
        }
    } else if !left.is_empty() {
        bail!("{shown} holds something that no demo made: choose another folder with --data");
    }
    let marker = json!({"demo": true, "seed": arguments.seed, "persons": arguments.persons, "days": arguments.days});
    fs::write(folder.path().join(MARKER), marker.to_string())
        .with_context(|| format!("cannot write into the folder {shown}"))?;
    Ok((folder, lock))
}

/// The names in a folder, the lock left out; the marker last, so that an interrupted removal can be repeated.
fn entries(folder: &Path) -> std::io::Result<Vec<std::ffi::OsString>> {
    let mut names: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_, _>>()?;
    names.retain(|name| name != LOCK);
    names.sort_by_key(|name| name == MARKER);
    Ok(names)
}

fn remove(path: &Path) -> std::io::Result<()> {
    if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(data: &Path, fresh: bool) -> DemoArguments {
        DemoArguments { days: 1, exit: true, seed: 1, persons: 10, data: data.to_owned(), fresh }
    }

    #[test]
    fn an_earlier_demo_is_replaced_only_when_asked() {
        let parent = tempfile::tempdir().unwrap();
        let data = parent.path().join("data");
        let (folder, lock) = prepare(&arguments(&data, false)).unwrap();
        fs::create_dir(folder.path().join("secrets")).unwrap();
        fs::write(folder.path().join("store.sqlite"), "x").unwrap();
        assert!(prepare(&arguments(&data, true)).is_err(), "it is served");
        drop(lock);
        let told = prepare(&arguments(&data, false)).unwrap_err().to_string();
        assert!(told.contains("--fresh"), "{told}");
        let (folder, _lock) = prepare(&arguments(&data, true)).unwrap();
        assert_eq!(entries(folder.path()).unwrap(), [MARKER]);
    }

    #[test]
    fn what_no_demo_made_is_left_alone() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("store.sqlite"), "x").unwrap();
        let told = prepare(&arguments(data.path(), true)).unwrap_err().to_string();
        assert!(told.contains("no demo made"), "{told}");
        assert!(data.path().join("store.sqlite").exists());
    }
}
