//! Chance as a parameter: the one source of random values of a process.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, RngExt, SeedableRng};
use uuid::{Builder, Uuid};

/// Where random values come from. Clones share one generator, so that a process has one source and a test one seed.
///
/// Never a source of keys: those come from the operating system directly ([`crate::Sealer`]).
#[derive(Clone)]
pub struct Chance {
    generator: Arc<Mutex<StdRng>>,
}

impl Chance {
    /// A generator seeded by the operating system. Fails only when the system has no entropy to give.
    pub fn from_os() -> std::io::Result<Self> {
        let generator = StdRng::try_from_rng(&mut SysRng).map_err(std::io::Error::other)?;
        Ok(Self { generator: Arc::new(Mutex::new(generator)) })
    }

    /// A generator that gives the same values in the same order for the same seed: for tests and for the simulator.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { generator: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))) }
    }

    /// A random UUID (version 4).
    #[must_use]
    pub fn uuid4(&self) -> Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// A UUID that sorts by `now` to the millisecond (version 7). A time before 1970 counts as 1970.
    #[must_use]
    pub fn uuid7(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// `base`, lengthened or shortened by at most `percent` of itself; more than 100 counts as 100.
    #[must_use]
    pub fn jitter(&self, base: Duration, percent: u8) -> Duration {
        let share = f64::from(percent.min(100)) / 100.0;
        if share == 0.0 {
            return base;
        }
        let factor = self.generator().random_range(-share..=share);
        base.mul_f64(1.0 + factor)
    }

    /// A new W3C trace context: `00-<trace id>-<span id>-01`, neither id zero.
    #[must_use]
    pub fn traceparent(&self) -> String {
        let mut bytes: [u8; 24] = self.bytes();
        // an id of zeroes is invalid; one set bit in each id rules it out
        bytes[15] |= 1;
        bytes[23] |= 1;
        let mut text = String::with_capacity(55);
        text.push_str("00-");
        for (at, byte) in bytes.iter().enumerate() {
            if at == 16 {
                text.push('-');
            }
            let _ = write!(text, "{byte:02x}");
        }
        text.push_str("-01");
        text
    }

    /// A random number.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.generator().next_u64()
    }

    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.generator().fill_bytes(&mut bytes);
        bytes
    }

    /// The generator cannot be left half-changed by a panic elsewhere, so a poisoned lock is taken as it is.
    fn generator(&self) -> MutexGuard<'_, StdRng> {
        self.generator.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chance")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_values() {
        let (a, b) = (Chance::seeded(7), Chance::seeded(7));
        assert_eq!(a.uuid4(), b.uuid4());
        assert_eq!(a.traceparent(), b.traceparent());
        assert_ne!(a.uuid4(), a.uuid4());
    }

    #[test]
    fn version_7_sorts_by_time() {
        let chance = Chance::seeded(1);
        let early = chance.uuid7(Timestamp::from_millisecond(1_000).unwrap());
        let late = chance.uuid7(Timestamp::from_millisecond(2_000).unwrap());
        assert!(early < late);
        assert_eq!(early.get_version_num(), 7);
    }

    #[test]
    fn jitter_stays_in_its_band() {
        let chance = Chance::seeded(3);
        let base = Duration::from_secs(100);
        let tried: Vec<_> = (0..1000).map(|_| chance.jitter(base, 20)).collect();
        assert!(tried.iter().all(|d| (80.0..=120.0).contains(&d.as_secs_f64())));
        assert!(tried.iter().any(|d| *d < base) && tried.iter().any(|d| *d > base));
        assert_eq!(chance.jitter(base, 0), base);
    }

    #[test]
    fn traceparent_has_the_w3c_form() {
        let text = Chance::seeded(9).traceparent();
        assert_eq!(text.len(), 55);
        let parts: Vec<_> = text.split('-').collect();
        assert_eq!(parts.iter().map(|p| p.len()).collect::<Vec<_>>(), [2, 32, 16, 2]);
        assert!(text.chars().all(|c| c == '-' || c.is_ascii_hexdigit() && !c.is_ascii_uppercase()));
    }
}
