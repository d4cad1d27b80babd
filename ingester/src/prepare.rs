//! What is done with a chunk before its transaction begins: typed, compared form of good persons, sealed bytes of bad ones.
//! Runs on a thread that may block, one chunk ahead of the database.

use std::fs::File;
use std::io;

use cpr::extract::{Extract, PersonSet, Stray};
use cpr::{FieldSet, PersonNumber, Records, State};
use runtime::{SealError, Sealer};

/// Person keys of one chunk, by first appearance in the file and before selection.
pub(crate) const CHUNK: usize = 200;

/// Lines without a person that go with one chunk into quarantine.
const STRAYS: usize = 2000;

/// Lines without a person that are kept behind the last chunk; more are counted only.
const LAST_STRAYS: usize = 20_000;

/// Lines of one row in quarantine.
const STRAYS_OF_ROW: usize = 500;

/// A good person of an extract.
pub(crate) struct Arrived {
    pub(crate) number: PersonNumber,
    pub(crate) records: Records,
    pub(crate) state: State,
}

/// Bytes to put aside, sealed.
pub(crate) struct Aside {
    pub(crate) number: Option<PersonNumber>,
    pub(crate) line: u64,
    pub(crate) code: String,
    pub(crate) reason: String,
    pub(crate) sealed: Vec<u8>,
}

/// A chunk that waits for its transaction.
pub(crate) struct Prepared {
    /// The checkpoint before.
    pub(crate) from: u64,
    /// The checkpoint after.
    pub(crate) to: u64,
    pub(crate) arrived: Vec<Arrived>,
    pub(crate) aside: Vec<Aside>,
    /// Lines without a person among `aside`.
    pub(crate) strays: u64,
    /// Behind the last chunk: no person, and the file is done with it.
    pub(crate) is_rest: bool,
}

/// Why a chunk cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrepareError {
    #[error("the file cannot be read any more")]
    Read(#[source] io::Error),
    #[error("bad lines cannot be sealed for quarantine")]
    Seal(#[from] SealError),
}

/// Prepares the persons from `from` on.
pub(crate) fn chunk(
    extract: &mut Extract<File>,
    from: usize,
    known: FieldSet,
    sealer: &Sealer,
) -> Result<Prepared, PrepareError> {
    let sets = extract.chunk(from, CHUNK).map_err(PrepareError::Read)?;
    let strays = strays(extract, from / CHUNK * STRAYS, STRAYS)?;
    let mut prepared = Prepared {
        from: from as u64,
        to: (from + sets.len()) as u64,
        arrived: Vec::with_capacity(sets.len()),
        aside: Vec::new(),
        strays: strays.len() as u64,
        is_rest: false,
    };
    for set in sets {
        match judge(set, known, sealer)? {
            Ok(arrived) => prepared.arrived.push(arrived),
            Err(aside) => prepared.aside.push(aside),
        }
    }
    prepared.aside.extend(seal(&strays, sealer)?);
    Ok(prepared)
}

/// The lines without a person that no chunk took, for the last transaction.
pub(crate) fn rest(extract: &mut Extract<File>, sealer: &Sealer) -> Result<Prepared, PrepareError> {
    let persons = extract.len();
    let strays = strays(extract, persons.div_ceil(CHUNK) * STRAYS, LAST_STRAYS)?;
    let count = strays.len() as u64;
    let aside = seal(&strays, sealer)?;
    let done = persons as u64;
    Ok(Prepared { from: done, to: done, arrived: Vec::new(), aside, strays: count, is_rest: true })
}

fn judge(set: PersonSet, known: FieldSet, sealer: &Sealer) -> Result<Result<Arrived, Aside>, SealError> {
    match set.records {
        Ok(records) => {
            let state = State::of(&records, known);
            Ok(Ok(Arrived { number: set.number, records, state }))
        }
        Err(bad) => {
            let (line, code, reason) = (bad.line, bad.code.to_string(), bad.to_string());
            Ok(Err(Aside { number: Some(set.number), line, code, reason, sealed: sealer.seal(&set.raw)? }))
        }
    }
}

fn strays(extract: &mut Extract<File>, from: usize, limit: usize) -> Result<Vec<Stray>, PrepareError> {
    if extract.report().strays <= from {
        return Ok(Vec::new());
    }
    extract.strays(from, limit).map_err(PrepareError::Read)
}

/// Puts neighbours of one code and reason into one row: a code that every person has would otherwise fill the table.
fn seal(strays: &[Stray], sealer: &Sealer) -> Result<Vec<Aside>, SealError> {
    let mut rows = Vec::new();
    let mut rest = strays;
    while let Some(first) = rest.first() {
        let same =
            rest.iter().take(STRAYS_OF_ROW).take_while(|one| one.code == first.code && one.reason == first.reason);
        let (group, others) = rest.split_at(same.count());
        let mut bytes = Vec::new();
        for stray in group {
            bytes.extend_from_slice(&stray.bytes);
            bytes.push(b'\n');
        }
        rows.push(Aside {
            number: None,
            line: first.line,
            code: first.code.map(|code| code.to_string()).unwrap_or_default(),
            reason: format!("{} ({} lines)", first.reason, group.len()),
            sealed: sealer.seal(&bytes)?,
        });
        rest = others;
    }
    Ok(rows)
}
