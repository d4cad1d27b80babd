//! Reads the repository: the files that belong to it, and what cargo knows of its packages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// One text file that belongs to the repository.
pub(crate) struct TextFile {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every text file that is tracked, or would be after `git add`.
pub(crate) fn files() -> Vec<TextFile> {
    let listed = output(Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]));
    let files: Vec<TextFile> = listed
        .split('\0')
        .filter(|path| !path.is_empty())
        .filter_map(|path| {
            let text = std::fs::read(root().join(path)).ok().and_then(|bytes| String::from_utf8(bytes).ok())?;
            Some(TextFile { path: path.to_owned(), text })
        })
        .collect();
    assert!(files.iter().any(|file| file.path == "Cargo.toml"), "git lists no Cargo.toml: is this a checkout?");
    files
}

/// The Rust sources among [`files`].
pub(crate) fn sources() -> Vec<TextFile> {
    let mut files = files();
    files.retain(|file| Path::new(&file.path).extension().is_some_and(|extension| extension == "rs"));
    files
}

/// What `cargo metadata` says of this platform's packages.
pub(crate) fn metadata() -> Value {
    let version = output(Command::new("rustc").arg("-vV"));
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let text = output(Command::new(env!("CARGO")).args([
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform",
        host,
    ]));
    serde_json::from_str(&text).expect("cargo metadata prints JSON")
}

/// One package that is really built, with the feature set of the whole workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: String,
}

impl Package {
    pub(crate) fn new(name: &str, version: &str, licence: &str) -> Self {
        Self { name: name.to_owned(), version: version.to_owned(), licence: licence.to_owned() }
    }
}

/// What `cargo tree` with these arguments reaches on this platform, each once. Unlike `cargo metadata` it leaves out
/// what stands in the lock file for features that nobody turns on.
pub(crate) fn packages(arguments: &[&str]) -> BTreeSet<Package> {
    let tree = output(
        Command::new(env!("CARGO")).args(["tree", "--locked", "--prefix=none", "--format={p}|{l}"]).args(arguments),
    );
    let lines = tree.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (package, licence) = line.split_once('|').expect("the format has a bar");
            let mut words = package.split(' ');
            let (name, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            Package::new(name, version.trim_start_matches('v'), licence.trim_end_matches("(*)").trim())
        })
        .collect()
}

fn output(command: &mut Command) -> String {
    let output = command.current_dir(root()).output().expect("the command starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the command prints UTF-8")
}

/// The packages of the workspace, as `cargo metadata` lists them.
pub(crate) fn members(metadata: &Value) -> Vec<&Value> {
    let ids = array(&metadata["workspace_members"]);
    array(&metadata["packages"]).iter().filter(|package| ids.contains(&package["id"])).collect()
}

/// The text of a value that is known to be one.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The elements of a value that is known to be a list.
pub(crate) fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
