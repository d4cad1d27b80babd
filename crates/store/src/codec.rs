//! Snapshots in their packed form: zstd with a dictionary that knows the record layouts.

use std::fmt;

/// The tokenised records of one person, as `cpr` wrote them: lines without trailing blanks, joined by `\n`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SnapshotBody(pub Vec<u8>);

impl fmt::Debug for SnapshotBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SnapshotBody({} bytes)", self.0.len())
    }
}

/// A packed body, ready to be stored. Made by [`crate::Store::pack`] before the transaction begins.
#[derive(Clone, PartialEq, Eq)]
pub struct Packed {
    /// The codec: 0 as it is, 1 zstd, 2 zstd with the dictionary of 2026.
    pub(crate) codec: i64,
    /// Bytes before packing.
    pub(crate) size: i64,
    /// The packed bytes.
    pub(crate) bytes: Vec<u8>,
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed(codec {}, {} bytes)", self.codec, self.bytes.len())
    }
}
