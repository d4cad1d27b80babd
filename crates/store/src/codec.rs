//! Snapshots in their packed form: zstd with a dictionary that knows the record layouts.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use zstd::bulk::{Compressor, Decompressor};

use crate::{SnapshotId, StoreError};

/// The tokenised records of one person, as `cpr` wrote them: lines without trailing blanks, joined by `\n`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SnapshotBody(pub Vec<u8>);

impl SnapshotBody {
    /// Stands for what cannot be unpacked: it is no record, so whoever reads it is told that the snapshot is damaged.
    #[must_use]
    pub fn damaged() -> Self {
        Self(b"damaged".to_vec())
    }
}

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

/// Stored as it is.
const PLAIN: i64 = 0;
/// zstd without a dictionary.
const ZSTD: i64 = 1;
/// zstd with [`LAYOUTS`].
const ZSTD_LAYOUTS: i64 = 2;

/// Level of compression: above it the bytes hardly shrink and the time doubles.
const LEVEL: i32 = 3;

/// A snapshot is a few kilobytes; what claims to be larger than this is damaged.
const LARGEST: i64 = 16 << 20;

/// Sample of the layouts, trained from fictitious records. Stored snapshots depend on every byte of it: a better one
/// gets a new file and a new codec number.
const LAYOUTS: &[u8] = include_bytes!("layouts-2026.dict");

/// Packs and unpacks; keeps the contexts, for making one costs more than packing a snapshot.
#[derive(Default)]
pub(crate) struct Codec {
    packers: Mutex<Vec<Compressor<'static>>>,
    unpackers: Mutex<Vec<Decompressor<'static>>>,
}

impl Codec {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Never fails: what cannot be packed, or does not shrink, is stored as it is.
    pub(crate) fn pack(&self, body: &[u8]) -> Packed {
        let size = i64::try_from(body.len()).unwrap_or(i64::MAX);
        let kept = self.packers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let context = kept.map_or_else(|| Compressor::with_dictionary(LEVEL, LAYOUTS), Ok);
        let packed = context.and_then(|mut context| {
            let bytes = context.compress(body);
            self.packers.lock().unwrap_or_else(PoisonError::into_inner).push(context);
            bytes
        });
        match packed {
            Ok(bytes) if bytes.len() < body.len() => Packed { codec: ZSTD_LAYOUTS, size, bytes },
            _ => Packed { codec: PLAIN, size, bytes: body.to_vec() },
        }
    }

    pub(crate) fn unpack(
        &self,
        snapshot: SnapshotId,
        codec: i64,
        size: i64,
        bytes: &[u8],
    ) -> Result<SnapshotBody, StoreError> {
        let failed = || StoreError::Unpack { snapshot: snapshot.0 };
        let capacity = usize::try_from(size).ok().filter(|_| size <= LARGEST).ok_or_else(failed)?;
        let body = match codec {
            PLAIN => bytes.to_vec(),
            ZSTD => zstd::bulk::decompress(bytes, capacity).map_err(|_| failed())?,
            ZSTD_LAYOUTS => {
                let kept = self.unpackers.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut unpacker =
                    kept.map_or_else(|| Decompressor::with_dictionary(LAYOUTS), Ok).map_err(|_| failed())?;
                let body = unpacker.decompress(bytes, capacity);
                self.unpackers.lock().unwrap_or_else(PoisonError::into_inner).push(unpacker);
                body.map_err(|_| failed())?
            }
            _ => return Err(failed()),
        };
        if body.len() == capacity { Ok(SnapshotBody(body)) } else { Err(failed()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: SnapshotId = SnapshotId(1);

    #[test]
    fn what_is_packed_comes_back_and_shrinks() {
        let codec = Codec::new();
        let body = "001#00000001a 01199901010000M 1990-01-01 200001010000\n008#00000001a NAVN EFTERNAVN".repeat(3);
        for _ in 0..3 {
            let packed = codec.pack(body.as_bytes());
            assert_eq!(packed.codec, ZSTD_LAYOUTS);
            assert!(packed.bytes.len() * 2 < body.len(), "{}", packed.bytes.len());
            let back = codec.unpack(ID, packed.codec, packed.size, &packed.bytes).unwrap();
            assert_eq!(back.0, body.as_bytes());
        }
    }

    #[test]
    fn older_codecs_stay_readable_and_short_bodies_stay_plain() {
        let codec = Codec::new();
        let plain = zstd::bulk::compress(b"abcabcabcabc", LEVEL).unwrap();
        assert_eq!(codec.unpack(ID, ZSTD, 12, &plain).unwrap().0, b"abcabcabcabc");
        let tiny = codec.pack(b"x");
        assert_eq!(
            (tiny.codec, codec.unpack(ID, tiny.codec, tiny.size, &tiny.bytes).unwrap().0),
            (PLAIN, b"x".to_vec())
        );
    }

    #[test]
    fn damaged_or_lying_bytes_are_an_error() {
        let codec = Codec::new();
        let packed = codec.pack(&[b'a'; 200]);
        for (kind, size, bytes) in [
            (packed.codec, packed.size + 1, packed.bytes.as_slice()),
            (packed.codec, packed.size, &packed.bytes[1..]),
            (packed.codec, LARGEST + 1, packed.bytes.as_slice()),
            (9, packed.size, packed.bytes.as_slice()),
            (PLAIN, 3, b"ab".as_slice()),
        ] {
            assert!(matches!(codec.unpack(ID, kind, size, bytes), Err(StoreError::Unpack { snapshot: 1 })));
        }
    }

    #[test]
    fn debug_shows_sizes_only() {
        assert_eq!(format!("{:?}", SnapshotBody(b"NAVN".to_vec())), "SnapshotBody(4 bytes)");
    }
}
