//! What happens, and how CPR would tell of it.

use std::collections::{BTreeMap, BTreeSet};

use cprbroker_simulator::{Day, Happening, Population, Rates, Task};
use jiff::ToSpan;
use jiff::civil::date;

use crate::file::{File, field};

fn changes(population: &Population, day: &Day) -> Vec<u8> {
    let mut bytes = Vec::new();
    Task::new("435701").write_changes(population, day, None, &mut bytes).unwrap();
    bytes
}

/// Plays until `happening` has come about alone, and gives the file of that day.
fn file_of(happening: Happening, rates: Rates) -> (Vec<u8>, Day) {
    let start = date(2026, 1, 12);
    let mut population = Population::new(17, 600, start);
    for offset in 1..60 {
        let day = population.advance_at(&rates, start.saturating_add(offset.days()));
        if day.count(happening) > 0 && day.happenings().len() == day.count(happening) {
            return (changes(&population, &day), day);
        }
    }
    panic!("it never happened");
}

/// Code and marker of the events in a file, as bytes of ISO 8859-1.
fn events(file: &File) -> BTreeSet<(String, Vec<u8>)> {
    file.code("099").map(|line| (field(line, 26, 3).to_owned(), line[28..30].to_vec())).collect()
}

fn pair(code: &str, marker: &[u8]) -> (String, Vec<u8>) {
    (code.to_owned(), marker.to_vec())
}

#[test]
fn a_demo_population_has_a_handful_a_day() {
    let start = date(2026, 1, 12);
    let mut population = Population::new(1, 500, start);
    let days: Vec<_> = (1..=20).map(|offset| population.advance(start.saturating_add(offset.days()))).collect();
    let total: usize = days.iter().map(|day| day.happenings().len()).sum();
    assert!((60..200).contains(&total), "{total} in 20 days");
    assert!(days.iter().all(|day| day.touched() >= day.happenings().len() / 2));
}

#[test]
fn a_household_moves_together_and_leaves_its_address_behind() {
    let (bytes, _) = file_of(Happening::Move, Rates { moves: 1.2, ..Rates::NONE });
    let file = File::of(&bytes);
    assert_eq!(events(&file), BTreeSet::from([pair("A01", b"  ")]));
    for line in file.code("001") {
        let number = field(line, 4, 10);
        let address = file.of_person("002", number)[0];
        let moved_in = field(address, 70, 12);
        assert!(moved_in.starts_with("20260"), "since this winter");
        let left = file.of_person("023", number);
        assert!(left.iter().any(|row| field(row, 84, 12) == moved_in), "the former address ends then");
    }
}

#[test]
fn a_wedding_binds_both_and_a_new_name_leaves_the_old_one_in_history() {
    let start = date(2026, 1, 12);
    let mut population = Population::new(5, 600, start);
    let mut renamed = 0;
    for offset in 1..40 {
        let day = population.advance_at(&Rates { weddings: 1.0, ..Rates::NONE }, start.saturating_add(offset.days()));
        let bytes = changes(&population, &day);
        let file = File::of(&bytes);
        if day.count(Happening::Wedding) == 1 && day.happenings().len() == 1 {
            assert!(events(&file).is_superset(&BTreeSet::from([pair("A19", b"  "), pair("A19", b"\xC6G")])));
        }
        for line in file.code("099").filter(|line| field(line, 26, 3) == "P58") {
            let (number, at) = (field(line, 4, 10), field(line, 14, 12));
            assert!(file.of_person("026", number).iter().any(|row| field(row, 161, 12) == at));
            assert_eq!(field(file.of_person("008", number)[0], 147, 12), at);
            renamed += 1;
        }
    }
    assert!(renamed > 5);
}

#[test]
fn a_death_widows_the_spouse() {
    let start = date(2026, 1, 12);
    let mut population = Population::new(5, 600, start);
    let mut widowed = 0;
    for offset in 1..60 {
        let day = population.advance_at(&Rates { deaths: 1.0, ..Rates::NONE }, start.saturating_add(offset.days()));
        let bytes = changes(&population, &day);
        let file = File::of(&bytes);
        let civil = file.by_person("012");
        for line in file.code("099").filter(|line| field(line, 26, 3) == "A21" && line[28] == 0xC6) {
            let spouse = civil[field(line, 4, 10)];
            let dead = field(spouse, 15, 10);
            assert_eq!((field(spouse, 14, 1), field(civil[dead], 14, 1)), ("E", "D"));
            let person = file.of_person("001", dead)[0];
            assert_eq!((field(person, 24, 2), field(person, 26, 12)), ("90", field(civil[dead], 71, 12)));
            assert!(file.of_person("002", dead).is_empty() && file.of_person("004", dead).is_empty());
            assert_eq!(field(file.of_person("003", dead)[0], 184, 4), "0000");
            widowed += 1;
        }
    }
    assert!(widowed > 5);
}

#[test]
fn a_child_is_born_unnamed_and_named_within_a_month() {
    let start = date(2026, 1, 12);
    let mut population = Population::new(5, 600, start);
    let mut born = BTreeMap::new();
    for offset in 1..30 {
        let today = start.saturating_add(offset.days());
        let rates = Rates { births: if offset == 1 { 10.0 } else { 0.0 }, ..Rates::NONE };
        let day = population.advance_at(&rates, today);
        let bytes = changes(&population, &day);
        let file = File::of(&bytes);
        for line in file.code("099") {
            let (number, code, marker) = (field(line, 4, 10).to_owned(), field(line, 26, 3), &line[28..30]);
            match (code, marker) {
                ("A51" | "A36", b"  ") => {
                    let name = file.of_person("008", &number)[0];
                    assert_eq!((field(name, 14, 132).trim(), field(name, 147, 12)), ("", "000000000000"));
                    assert_eq!(field(file.of_person("011", &number)[0], 14, 1), "A");
                    let mother = field(file.of_person("015", &number)[0], 25, 10).to_owned();
                    assert!(file.of_person("014", &mother).iter().any(|child| field(child, 14, 10) == number));
                    born.insert(number, false);
                }
                ("A14", _) => {
                    assert!(!field(file.of_person("008", &number)[0], 106, 40).trim().is_empty());
                    born.insert(number, true);
                }
                _ => {}
            }
        }
    }
    assert!(born.len() >= 5 && born.values().all(|named| *named), "{}", born.len());
}

#[test]
fn protection_comes_and_goes() {
    let (bytes, _) = file_of(Happening::ProtectionOn, Rates { protections_on: 1.0, ..Rates::NONE });
    let file = File::of(&bytes);
    assert_eq!(events(&file), BTreeSet::from([pair("A33", b"  ")]));
    assert!(file.code("001").all(|line| !file.of_person("004", field(line, 4, 10)).is_empty()));
    let (bytes, _) = file_of(Happening::ProtectionOff, Rates { protections_off: 1.0, ..Rates::NONE });
    let file = File::of(&bytes);
    assert!(events(&file).iter().all(|(code, _)| code == "A33" || code == "P11"));
}

#[test]
fn who_leaves_may_come_back_with_the_absence_in_history() {
    let (bytes, _) = file_of(Happening::Emigration, Rates { emigrations: 1.0, ..Rates::NONE });
    let file = File::of(&bytes);
    assert_eq!(events(&file), BTreeSet::from([pair("A06", b"  ")]));
    for line in file.code("001") {
        let number = field(line, 4, 10);
        assert_eq!(field(line, 24, 2), "80");
        assert_eq!(field(file.of_person("005", number)[0], 18, 12), field(line, 26, 12));
        assert!(file.of_person("002", number).is_empty());
    }
    let (bytes, _) = file_of(Happening::Return, Rates { returns: 1.0, ..Rates::NONE });
    let file = File::of(&bytes);
    assert_eq!(events(&file), BTreeSet::from([pair("A04", b"  ")]));
    for line in file.code("001") {
        let number = field(line, 4, 10);
        let entered = field(file.of_person("002", number)[0], 70, 12).to_owned();
        assert!(file.of_person("024", number).iter().any(|row| field(row, 36, 12) == entered));
        assert_eq!((field(line, 24, 2), file.of_person("005", number).len()), ("01", 0));
    }
}

#[test]
fn custody_ends_at_eighteen_also_over_a_gap() {
    let start = date(2026, 1, 12);
    let mut population = Population::new(5, 3000, start);
    let mut file = Vec::new();
    Task::new("435701").write_initial(&population, start, None, &mut file).unwrap();
    let file = File::of(&file);
    let kept: BTreeSet<String> = file.code("016").map(|line| field(line, 4, 10).to_owned()).collect();
    let due = |number: &&String| {
        let born = field(file.of_person("001", number)[0], 40, 10).to_owned();
        ("2008-01-13".to_owned()..="2008-03-12".to_owned()).contains(&born)
    };
    let expected: BTreeSet<String> = kept.iter().filter(due).cloned().collect();
    let mut told = BTreeSet::new();
    for today in [date(2026, 1, 20), date(2026, 2, 15), date(2026, 3, 12)] {
        let day = population.advance_at(&Rates::NONE, today);
        let bytes = changes(&population, &day);
        let changes = File::of(&bytes);
        assert_eq!(changes.code("016").count(), 0);
        told.extend(changes.code("099").map(|line| field(line, 4, 10).to_owned()));
    }
    assert!(!expected.is_empty());
    assert_eq!(told, expected);
}

#[test]
fn after_a_year_of_life_everything_still_hangs_together() {
    let start = date(2026, 1, 12);
    let mut population = Population::new(31, 800, start);
    for offset in 1..=365 {
        population.advance(start.saturating_add(offset.days()));
    }
    let mut bytes = Vec::new();
    Task::new("435701").write_initial(&population, date(2027, 1, 12), None, &mut bytes).unwrap();
    let file = File::of(&bytes);
    assert_eq!(file.counters().0, file.counters().1);
    crate::population::families(&file);
    for row in file.code("023").filter(|row| field(row, 14, 1) == " ") {
        assert!(field(row, 71, 12) <= field(row, 84, 12), "an address begins before it ends");
    }
}
