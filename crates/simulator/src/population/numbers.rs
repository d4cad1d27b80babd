//! Giving out person numbers.

use std::collections::HashSet;

use cpr::{Gender, PersonNumber};
use jiff::civil::Date;

use crate::dice::Dice;

/// The numbers that are taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    taken: HashSet<PersonNumber>,
}

impl Numbers {
    /// A free number of that birth date and gender. It satisfies modulus 11 unless none is left, or `without_check` asks
    /// for one that does not (CPR gives those out for 1 January of some years).
    pub(crate) fn give(
        &mut self,
        dice: &mut Dice,
        born: Date,
        gender: Gender,
        without_check: bool,
    ) -> Option<PersonNumber> {
        let digits = |value: i8| u64::try_from(value).unwrap_or(0);
        let year = u64::try_from(born.year()).unwrap_or(0);
        let date = digits(born.day()) * 10_000 + digits(born.month()) * 100 + year % 100;
        let first = dice.below(10_000);
        let candidates = (0..10_000).map(|step| (first + step) % 10_000);
        let numbers = candidates.filter_map(|sequence| PersonNumber::from_value(date * 10_000 + sequence).ok());
        let free = numbers.filter(|number| {
            number.birth_year() == born.year() && number.gender() == gender && !self.taken.contains(number)
        });
        let mut other = None;
        let mut wanted = None;
        for number in free {
            if number.passes_modulus_11() == without_check {
                other.get_or_insert(number);
            } else {
                wanted = Some(number);
                break;
            }
        }
        let number = wanted.or(other)?;
        self.taken.insert(number);
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowded_day_gets_numbers_without_check() {
        let mut numbers = Numbers::default();
        let mut dice = Dice::new(1, 1);
        let born = jiff::civil::date(1921, 3, 4);
        let mut give = || numbers.give(&mut dice, born, Gender::Male, false).unwrap();
        let given: Vec<_> = (0..260).map(|_| give()).collect();
        let valid = given.iter().take_while(|number| number.passes_modulus_11()).count();
        assert!((150..250).contains(&valid), "{valid}");
        assert!(given[valid..].iter().all(|number| !number.passes_modulus_11()));
        assert_eq!(given.iter().collect::<HashSet<_>>().len(), given.len(), "each is given once");
    }
}
