//! Where each person's lines stand: 16 bytes for each unbroken run of lines.

use crate::PersonNumber;

/// An unbroken run of lines of one person, packed: person key (34 bits), offset (42), first line (32), length (20).
/// Sorting the packed form sorts by person, then by place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Run(u128);

/// The longest run that its 20 bits can hold.
const MAX_LENGTH: u64 = (1 << 20) - 1;
const MAX_OFFSET: u64 = (1 << 42) - 1;

impl Run {
    /// A run of `length` bytes; 0 stands for one overlong line.
    ///
    /// `None` beyond 4 TiB or 2^32 lines.
    pub(super) fn new(key: u64, offset: u64, line: u64, length: u64) -> Option<Self> {
        if offset > MAX_OFFSET || u32::try_from(line).is_err() || length > MAX_LENGTH {
            return None;
        }
        Some(Self(u128::from(key) << 94 | u128::from(offset) << 52 | u128::from(line) << 20 | u128::from(length)))
    }

    /// The person key, or what else the run is filed under.
    pub(super) fn key(self) -> u64 {
        self.bits(94, 34)
    }

    /// Where it begins in the file.
    pub(super) fn offset(self) -> u64 {
        self.bits(52, 42)
    }

    /// Its first line, counted from 1.
    pub(super) fn line(self) -> u64 {
        self.bits(20, 32)
    }

    /// Its bytes, terminators included; 0 for an overlong line.
    pub(super) fn length(self) -> u64 {
        self.bits(0, 20)
    }

    fn bits(self, from: u32, width: u32) -> u64 {
        u64::try_from(self.0 >> from & ((1 << width) - 1)).unwrap_or(0)
    }
}

/// A vector that grows by a sixteenth: on a large one the system moves pages instead of copying them.
pub(super) fn push(runs: &mut Vec<Run>, run: Run) {
    if runs.len() == runs.capacity() {
        runs.reserve_exact((runs.len() / 16).max(1024));
    }
    runs.push(run);
}

/// The runs of all persons.
#[derive(Default)]
pub(super) struct Index {
    runs: Vec<Run>,
    /// For each person, by first appearance, where its runs begin.
    persons: Vec<u32>,
}

/// Collects runs line by line.
#[derive(Default)]
pub(super) struct Collector {
    runs: Vec<Run>,
    /// The run that may still grow.
    key: u64,
    offset: u64,
    line: u64,
    length: u64,
}

impl Collector {
    /// Adds one line. `None` if the file is too large for the index.
    pub(super) fn line(&mut self, key: u64, offset: u64, line: u64, length: u64) -> Option<()> {
        let continues = key == self.key && offset == self.offset + self.length && self.length + length <= MAX_LENGTH;
        if continues && self.length > 0 {
            self.length += length;
            return Some(());
        }
        self.cut()?;
        (self.key, self.offset, self.line, self.length) = (key, offset, line, length);
        Some(())
    }

    /// Adds a line that is too long to be read whole.
    pub(super) fn overlong(&mut self, key: u64, offset: u64, line: u64) -> Option<()> {
        self.cut()?;
        push(&mut self.runs, Run::new(key, offset, line, 0)?);
        Some(())
    }

    /// Ends the open run.
    pub(super) fn cut(&mut self) -> Option<()> {
        if self.length > 0 {
            push(&mut self.runs, Run::new(self.key, self.offset, self.line, self.length)?);
            self.length = 0;
        }
        Some(())
    }

    /// Groups the runs by person.
    pub(super) fn finish(mut self) -> Option<Index> {
        self.cut()?;
        let mut runs = self.runs;
        runs.sort_unstable();
        let starts = |at: usize| at == 0 || runs[at - 1].key() != runs[at].key();
        let count = (0..runs.len()).filter(|at| starts(*at)).count();
        let mut persons = Vec::with_capacity(count);
        for at in (0..runs.len()).filter(|at| starts(*at)) {
            persons.push(u32::try_from(at).ok()?);
        }
        persons.sort_unstable_by_key(|at| runs[*at as usize].offset());
        Some(Index { runs, persons })
    }
}

impl Index {
    /// How many persons there are.
    pub(super) fn len(&self) -> usize {
        self.persons.len()
    }

    /// The person at this place in order of first appearance, and all its runs.
    pub(super) fn person(&self, at: usize) -> Option<(PersonNumber, &[Run])> {
        let start = *self.persons.get(at)? as usize;
        let key = self.runs.get(start)?.key();
        let length = self.runs[start..].iter().take_while(|run| run.key() == key).count();
        Some((PersonNumber::from_value(key).ok()?, &self.runs[start..start + length]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_keeps_its_extremes_apart() {
        let key = 9_999_999_999;
        let line = u64::from(u32::MAX);
        for run in
            [(key, MAX_OFFSET, line, MAX_LENGTH), (0, 0, 0, 0), (key, 0, line, 0), (0, MAX_OFFSET, 0, MAX_LENGTH)]
        {
            let packed = Run::new(run.0, run.1, run.2, run.3).unwrap();
            assert_eq!((packed.key(), packed.offset(), packed.line(), packed.length()), run);
        }
        assert!(Run::new(0, MAX_OFFSET + 1, 0, 0).is_none());
        assert!(Run::new(0, 0, line + 1, 0).is_none());
    }

    #[test]
    fn the_worst_file_costs_at_most_24_bytes_a_record() {
        // Two persons' lines in turn: no run is longer than one line.
        let mut collector = Collector::default();
        let records = 100_000;
        for line in 0..records {
            collector.line(101_000_000 + line % 2, line * 50, line + 1, 50).unwrap();
        }
        collector.cut().unwrap();
        let bytes = collector.runs.capacity() * size_of::<Run>();
        let index = collector.finish().unwrap();
        assert_eq!((index.len(), index.runs.len()), (2, 100_000));
        assert!(bytes as u64 + 4 * records <= 24 * records, "{bytes}");
    }
}
