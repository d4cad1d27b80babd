//! The folder of a Directory source: which names are extracts, which of them are complete, which companions are left over.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::civil::Date;

use crate::companion::{Companion, CompanionError};

/// The ending of a companion.
const METADATA: &str = ".metadata";

/// The ending of a receipt for a file that someone sent.
const RECEIPT: &str = ".sftpreceipt";

/// One complete file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its name in the folder.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What tells one content from another without reading.
    pub(crate) mark: Mark,
    /// What its companion says, if it has one.
    pub(crate) companion: Option<Companion>,
    /// The production date in the first line, for the order of files only; `None` if there is none to be read.
    pub(crate) produced: Option<Date>,
}

/// The size and the time of the last change of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Bytes.
    pub(crate) size: u64,
    /// As the file system says; compared for equality only.
    pub(crate) modified: Option<SystemTime>,
}

impl Mark {
    /// The mark of the file at `path` now.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|metadata| Self::from(&metadata))
    }
}

impl From<&std::fs::Metadata> for Mark {
    fn from(metadata: &std::fs::Metadata) -> Self {
        Self { size: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// Why a file is left for a later sweep.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Held {
    /// Without a companion, and not seen with this size before.
    #[error("no companion yet and the size is not known to be final")]
    Growing,
    /// Another size than the companion says.
    #[error("the file has {size} bytes and its companion says {announced}")]
    Size {
        /// Bytes of the file.
        size: u64,
        /// Bytes by the companion.
        announced: u64,
    },
    /// Complete, but of a later day than one that is not: it would make that one history.
    #[error("an earlier file of the source is not complete yet")]
    Later,
    /// The companion says nothing.
    #[error("its companion is of no use")]
    Companion(#[source] CompanionError),
}

/// What a sweep found.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Complete files in the order in which they are applied: production date, then name.
    pub(crate) complete: Vec<Found>,
    /// Files that are not complete.
    pub(crate) held: Vec<(String, Held)>,
    /// Companions whose data file is not there.
    pub(crate) orphans: Vec<PathBuf>,
}

impl Listing {
    /// Keeps complete files that are later than the earliest one `awaited`: files are applied in the order of their days.
    fn hold_back(&mut self, awaited: Option<Date>) {
        let Some(awaited) = awaited else { return };
        let (now, later) =
            std::mem::take(&mut self.complete).into_iter().partition(|found| found.produced <= Some(awaited));
        self.complete = now;
        self.held.extend(Vec::into_iter(later).map(|found| (found.name, Held::Later)));
    }
}

/// The memory of a folder between sweeps: the mark of each file at the last sweep.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    marks: BTreeMap<String, Mark>,
}

impl Inbox {
    /// Looks through `folder` for names that `matches` accepts.
    ///
    /// # Errors
    /// What the file system says if the folder cannot be listed. A file that vanishes meanwhile is skipped.
    pub(crate) fn sweep(&mut self, folder: &Path, matches: impl Fn(&str) -> bool) -> io::Result<Listing> {
        let names = names(folder)?;
        let companions: BTreeMap<&str, PathBuf> =
            names.keys().filter_map(|name| Some((stem(name, METADATA)?, folder.join(name)))).collect();
        let (mut listing, mut marks) = (Listing::default(), BTreeMap::new());
        let mut awaited: Option<Date> = None;
        let orphans = companions.iter().filter(|(data, _)| matches(data) && !names.contains_key(**data));
        listing.orphans.extend(orphans.map(|(_, path)| path.clone()));
        for (name, metadata) in &names {
            if stem(name, METADATA).is_some() || stem(name, RECEIPT).is_some() || !matches(name) {
                continue;
            }
            let mark = Mark::from(metadata);
            marks.insert(name.clone(), mark);
            match self.judge(name, mark, companions.get(name.as_str()).map(PathBuf::as_path)) {
                Ok(companion) => listing.complete.push(Found {
                    name: name.clone(),
                    path: folder.join(name),
                    mark,
                    companion,
                    produced: produced(&folder.join(name)),
                }),
                Err(held) => {
                    // What just began to arrive may be of any day.
                    let of =
                        produced(&folder.join(name)).or_else(|| matches!(held, Held::Growing).then_some(Date::MIN));
                    awaited = awaited.into_iter().chain(of).min();
                    listing.held.push((name.clone(), held));
                }
            }
        }
        self.marks = marks;
        listing.hold_back(awaited);
        // A file without a readable date comes first: it is refused and holds up nobody.
        listing.complete.sort_by(|a, b| (a.produced, &a.name).cmp(&(b.produced, &b.name)));
        Ok(listing)
    }

    fn judge(&self, name: &str, mark: Mark, companion: Option<&Path>) -> Result<Option<Companion>, Held> {
        match companion.map(Companion::read) {
            Some(Ok(companion)) if companion.size == mark.size => Ok(Some(companion)),
            Some(Ok(companion)) => Err(Held::Size { size: mark.size, announced: companion.size }),
            Some(Err(error)) => Err(Held::Companion(error)),
            None if self.marks.get(name).is_some_and(|last| last.size == mark.size) => Ok(None),
            None => Err(Held::Growing),
        }
    }
}

/// The companion that belongs to the data file at `path`, as the delivery names it.
pub(crate) fn companion_path(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let entries = std::fs::read_dir(path.parent()?).ok()?;
    entries.flatten().map(|entry| entry.path()).find(|other| {
        other.file_name().and_then(|other| other.to_str()).and_then(|other| stem(other, METADATA)) == Some(name)
    })
}

/// `name` without `ending`, in any case.
fn stem<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(ending.len())?;
    let (stem, rest) = name.split_at_checked(at)?;
    rest.eq_ignore_ascii_case(ending).then_some(stem)
}

fn names(folder: &Path) -> io::Result<BTreeMap<String, std::fs::Metadata>> {
    let mut names = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // A name that is no UTF-8 matches no pattern; a file that vanished since the listing is seen next time or never.
        let (Ok(name), Ok(metadata)) = (entry.file_name().into_string(), std::fs::metadata(entry.path())) else {
            continue;
        };
        if metadata.is_file() {
            names.insert(name, metadata);
        }
    }
    Ok(names)
}

/// The production date of record 000, positions 20 to 27.
fn produced(path: &Path) -> Option<Date> {
    let mut line = [0; 27];
    std::fs::File::open(path).ok()?.read_exact(&mut line).ok()?;
    let digits = line.get(19..27)?;
    if !line.starts_with(b"000") || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |part: &[u8]| part.iter().fold(0_i16, |value, digit| value * 10 + i16::from(digit - b'0'));
    let (month, day) = (i8::try_from(number(&digits[4..6])).ok()?, i8::try_from(number(&digits[6..])).ok()?);
    Date::new(number(&digits[..4]), month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_extract_name(name: &str) -> bool {
        crate::pattern::matches("D??????.L??????*", name)
    }

    fn metadata(size: usize) -> String {
        format!(
            "<m:Trigger xmlns:m=\"http://serviceplatformen.dk/xml/wsdl/soap11/SFTP/1/types\"><FileTransferUUID>t-1\
             </FileTransferUUID><FileDescriptor><SizeInBytes>{size}</SizeInBytes></FileDescriptor></m:Trigger>"
        )
    }

    fn start(date: &str) -> String {
        format!("0000000000000{}{date}{date}\n", "435701")
    }

    #[test]
    fn a_file_without_a_companion_needs_two_sweeps_of_one_size() {
        let folder = tempfile::tempdir().unwrap();
        let (mut inbox, file) = (Inbox::default(), folder.path().join("d260113.l435701"));
        for (content, complete) in [("one", 0), ("one more", 0), ("one more", 1), ("", 0), ("", 1)] {
            std::fs::write(&file, content).unwrap();
            let listing = inbox.sweep(folder.path(), is_extract_name).unwrap();
            assert_eq!(listing.complete.len(), complete, "{content:?}");
            assert_eq!(listing.held.len(), 1 - complete);
        }
    }

    #[test]
    fn a_companion_makes_complete_only_with_the_right_size() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("D260113.L435701"), "12345").unwrap();
        std::fs::write(at("D260113.L435701.METADATA"), metadata(6)).unwrap();
        let mut inbox = Inbox::default();
        for _ in 0..3 {
            let listing = inbox.sweep(folder.path(), is_extract_name).unwrap();
            assert!(listing.complete.is_empty());
            assert!(matches!(listing.held[..], [(_, Held::Size { size: 5, announced: 6 })]));
        }
        std::fs::write(at("D260113.L435701"), "123456").unwrap();
        let listing = inbox.sweep(folder.path(), is_extract_name).unwrap();
        assert_eq!(listing.complete[0].companion.as_ref().unwrap().transfer, "t-1");
        assert_eq!(companion_path(&at("D260113.L435701")), Some(at("D260113.L435701.METADATA")));
    }

    #[test]
    fn a_later_file_waits_for_an_earlier_one_that_is_not_complete() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let later = start("20260102");
        std::fs::write(at("D260102.L435701"), &later).unwrap();
        std::fs::write(at("D260102.L435701.METADATA"), metadata(later.len())).unwrap();
        let mut inbox = Inbox::default();
        assert_eq!(inbox.sweep(folder.path(), is_extract_name).unwrap().complete.len(), 1);
        for content in ["", "000", &start("20260101")] {
            std::fs::write(at("D260101.L435701"), content).unwrap();
            let listing = inbox.sweep(folder.path(), is_extract_name).unwrap();
            assert!(listing.complete.is_empty(), "{content:?}");
            assert!(matches!(listing.held[..], [(_, Held::Growing), (_, Held::Later)]), "{:?}", listing.held);
        }
        let names = inbox.sweep(folder.path(), is_extract_name).unwrap().complete.into_iter().map(|found| found.name);
        assert_eq!(names.collect::<Vec<_>>(), ["D260101.L435701", "D260102.L435701"]);
    }

    #[test]
    fn order_is_by_date_then_name_and_other_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, date) in
            [("d260103.l435701", "20260101"), ("d260102.l435701", "20260102"), ("d260101.l435701", "20260101")]
        {
            std::fs::write(at(name), start(date)).unwrap();
        }
        for other in ["d260101.l435701.sftpreceipt", "notes.txt", "d26010.l435701", "d260109.l435701.metadata"] {
            std::fs::write(at(other), "x").unwrap();
        }
        std::fs::create_dir(at("d260108.l435701")).unwrap();
        let mut inbox = Inbox::default();
        inbox.sweep(folder.path(), is_extract_name).unwrap();
        let listing = inbox.sweep(folder.path(), is_extract_name).unwrap();
        let names: Vec<_> = listing.complete.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["d260101.l435701", "d260103.l435701", "d260102.l435701"]);
        assert_eq!(listing.orphans, [at("d260109.l435701.metadata")]);
    }
}
