//! Chance by a named algorithm, so that one seed gives the same population for ever.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// Dice: xoshiro256++ seeded through `SplitMix64`, both fixed by their names, and own integer arithmetic on top.
///
/// The distributions of the `rand` crate may change between its versions; nothing here depends on them.
#[derive(Clone, Debug)]
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// Dice of `seed` for one `purpose` (a day, a file): purposes do not disturb one another.
    #[must_use]
    pub fn new(seed: u64, purpose: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A whole number from 0 up to, not including, `below`; 0 if `below` is 0.
    pub fn below(&mut self, below: u64) -> u64 {
        let product = u128::from(self.0.next_u64()) * u128::from(below);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// A whole number from `from` to `to`, both included.
    pub fn between(&mut self, from: u32, to: u32) -> u32 {
        from + u32::try_from(self.below(u64::from(to.saturating_sub(from)) + 1)).unwrap_or(0)
    }

    /// An index into a list of `len` elements; 0 if it is empty.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// True in `percent` of 100 throws.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < u64::from(percent)
    }

    /// True in `per_mille` of 1000 throws.
    pub fn per_mille(&mut self, per_mille: u32) -> bool {
        self.below(1000) < u64::from(per_mille)
    }

    /// Puts `items` in a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.index(last + 1);
            items.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_throws_the_same_for_ever() {
        let mut dice = Dice::new(1, 0);
        assert_eq!([dice.below(1000), dice.below(1000), dice.below(1000), dice.below(1000)], GOLDEN);
    }

    const GOLDEN: [u64; 4] = [811, 747, 100, 746];

    #[test]
    fn every_face_comes_up_and_none_beyond() {
        let mut dice = Dice::new(7, 3);
        let mut seen = [0_u32; 6];
        for _ in 0..6000 {
            seen[dice.index(6)] += 1;
        }
        assert!(seen.iter().all(|count| (800..1200).contains(count)), "{seen:?}");
    }
}
