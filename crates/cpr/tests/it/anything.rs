//! Whatever the bytes are: an answer, no panic, no end of time, and no person twice.

use std::collections::HashSet;
use std::io::Cursor;

use cpr::extract::{Extract, Options};
use cpr::{FieldSet, State};
use proptest::prelude::*;

use crate::file::{join, lines, options};

fn walk(bytes: Vec<u8>, record_length: Option<usize>) {
    let options = Options { record_length, ..options() };
    let Ok(mut file) = Extract::validate(Cursor::new(bytes), &options) else { return };
    let (mut seen, mut at) = (HashSet::new(), 0);
    while at < file.len() {
        let persons = file.chunk(at, 7).unwrap();
        assert_eq!(persons.len(), 7.min(file.len() - at));
        at += persons.len();
        for person in persons {
            assert!(seen.insert(person.number));
            if let Ok(records) = person.records {
                let _ = State::of(&records, FieldSet::from_bits(-1));
                let stored = records.tokenise(&mut |_| 1);
                assert_eq!(cpr::Records::from_stored(&stored).unwrap().len(), records.len());
            }
        }
    }
    assert_eq!(file.strays(0, usize::MAX).unwrap().len(), file.report().strays);
    assert!(file.input_errors(0, usize::MAX).unwrap().len() <= file.report().input_errors);
    assert!(file.receipts(0, usize::MAX).unwrap().len() <= file.report().receipts);
}

/// One change to a good file.
#[derive(Clone, Debug)]
enum Damage {
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Repeat(prop::sample::Index, prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        6 => (place(), prop_oneof![any::<u8>(), Just(b'\n'), Just(b'\r'), Just(0x1A)]).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        1 => place().prop_map(Damage::Cut),
        2 => (place(), prop::collection::vec(any::<u8>(), 0..20)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        1 => (place(), place()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match self {
            Self::Byte(at, byte) => bytes[at.index(length)] = *byte,
            Self::Cut(at) => bytes.truncate(at.index(length)),
            Self::Insert(at, new) => drop(bytes.splice(at.index(length)..at.index(length), new.iter().copied())),
            Self::Repeat(from, to) => {
                let (low, high) = (from.index(length).min(to.index(length)), from.index(length).max(to.index(length)));
                let again = bytes[low..high].to_vec();
                drop(bytes.splice(high..high, again));
            }
        }
    }
}

proptest! {
    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..6000), length in prop::option::of(0..5000usize)) {
        walk(bytes, length);
    }

    #[test]
    fn damaged_files(
        terminator in prop::sample::select(vec!["\n", "\r\n", "\r", ""]),
        damages in prop::collection::vec(damage(), 0..6),
        length in prop::option::weighted(0.2, 100..500usize),
    ) {
        let mut bytes = join(&lines(5), terminator);
        for damage in &damages {
            damage.apply(&mut bytes);
        }
        walk(bytes, length);
    }
}
