//! What a population is: valid numbers, consistent families, the same for the same seed.

use std::collections::{BTreeMap, BTreeSet};

use cprbroker_simulator::{Population, Task};
use jiff::civil::date;
use sha2::{Digest, Sha256};

use crate::file::{File, field};

fn load(seed: u64, persons: usize) -> Vec<u8> {
    let day = date(2026, 1, 12);
    let mut bytes = Vec::new();
    Task::new("435701").write_initial(&Population::new(seed, persons, day), day, None, &mut bytes).unwrap();
    bytes
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[test]
fn one_seed_gives_the_same_bytes_for_ever() {
    assert_eq!(hex(&load(42, 500)), GOLDEN_LOAD);
    assert_ne!(hex(&load(43, 500)), GOLDEN_LOAD);
}

#[test]
fn ten_days_of_life_give_the_same_bytes_for_ever() {
    let mut population = Population::new(42, 500, date(2026, 1, 12));
    let mut bytes = Vec::new();
    for offset in 13..23 {
        let day = population.advance(date(2026, 1, offset));
        Task::new("435701").write_changes(&population, &day, None, &mut bytes).unwrap();
    }
    assert_eq!(hex(&bytes), GOLDEN_DAYS);
}

const GOLDEN_LOAD: &str = "914dcb95be52d4b5f75b9c2f4fc2c193525e84c139e5bc9488db1edbac8726b0";
const GOLDEN_DAYS: &str = "a1e5929e806de2efe2a4f8e448faaf5930a2520562997178995b038170498f37";

#[test]
fn it_has_as_many_persons_as_asked_for() {
    for wanted in [0, 1, 2, 3, 25, 64, 501] {
        assert_eq!(Population::new(9, wanted, date(2026, 1, 12)).len(), wanted);
    }
    assert_eq!(Population::new(9, 30, date(1066, 10, 14)).first_day(), date(2000, 1, 1));
}

/// The table of birth years as the CPR office prints it, apart from the one in the product.
fn birth_year(position_7: u32, year: u32) -> u32 {
    match (position_7, year) {
        (0..=3, _) | (4 | 9, 37..=99) => 1900 + year,
        (4 | 9, 0..=36) | (5..=8, 0..=57) => 2000 + year,
        _ => 1800 + year,
    }
}

#[test]
fn numbers_tell_birth_date_and_gender_and_satisfy_the_check() {
    let bytes = load(7, 3000);
    let file = File::of(&bytes);
    let mut without_check = 0;
    let mut seen = BTreeSet::new();
    for line in file.code("001") {
        let digits: Vec<u32> = field(line, 4, 10).chars().map(|digit| digit.to_digit(10).unwrap()).collect();
        assert!(seen.insert(digits.clone()), "a number is given once");
        let pair = |at: usize| digits[at] * 10 + digits[at + 1];
        let born = format!("{:04}-{:02}-{:02}", birth_year(digits[6], pair(4)), pair(2), pair(0));
        assert_eq!(field(line, 40, 10), born);
        assert_eq!(field(line, 39, 1), if digits[9] % 2 == 1 { "M" } else { "K" });
        let sum: u32 = digits.iter().zip([4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).map(|(digit, weight)| digit * weight).sum();
        if !sum.is_multiple_of(11) {
            without_check += 1;
            assert_eq!((&born[4..], field(line, 50, 1)), ("-01-01", "*"), "estimated birth dates only");
        }
    }
    assert!((10..100).contains(&without_check), "{without_check}");
}

#[test]
fn families_hang_together() {
    let bytes = load(11, 2000);
    families(&File::of(&bytes));
}

/// Spouses name one another, parents and children name one another, young children live with a parent.
pub(crate) fn families(file: &File) {
    let civil = file.by_person("012");
    let mut married = 0;
    for (number, line) in &civil {
        let (state, spouse) = (field(line, 14, 1), field(line, 15, 10));
        if state == "G" && spouse.trim().parse::<u64>().is_ok_and(|spouse| spouse > 0) {
            let other = civil[spouse];
            assert_eq!((field(other, 14, 1), field(other, 15, 10)), ("G", number.as_str()));
            assert_eq!(field(other, 71, 12), field(line, 71, 12), "one wedding day");
            married += 1;
        }
        if state == "E" && !spouse.trim().is_empty() {
            assert_eq!(field(civil[spouse], 14, 1), "D");
        }
    }
    assert!(married > 100);
    let parents = file.by_person("015");
    let children: BTreeSet<(String, String)> =
        file.code("014").map(|line| (field(line, 4, 10).to_owned(), field(line, 14, 10).to_owned())).collect();
    for (parent, child) in &children {
        let line = parents[child];
        assert!([field(line, 25, 10), field(line, 92, 10)].contains(&parent.as_str()));
    }
    let persons = file.by_person("001");
    let mut kept = 0;
    for (child, line) in &parents {
        for (parent, kind) in [(field(line, 25, 10), "0003"), (field(line, 92, 10), "0004")] {
            if parent.bytes().all(|digit| digit == b'0') {
                continue;
            }
            assert!(children.contains(&(parent.to_owned(), child.clone())));
            let gap = year(field(persons[child], 40, 10)) - year(field(persons[parent], 40, 10));
            assert!((15..70).contains(&gap), "{gap}");
            let custody = file.of_person("016", child).iter().any(|line| field(line, 14, 4) == kind);
            kept += usize::from(custody);
            assert!(!custody || year(field(persons[child], 40, 10)) >= 2007);
        }
    }
    assert!(kept > 100);
}

fn year(date: &str) -> i32 {
    date[..4].parse().unwrap()
}

#[test]
fn young_children_live_where_a_parent_lives() {
    let bytes = load(13, 1500);
    let file = File::of(&bytes);
    let addresses: BTreeMap<String, String> =
        file.code("002").map(|line| (field(line, 4, 10).to_owned(), field(line, 14, 22).to_owned())).collect();
    let mut seen = 0;
    for line in file.code("016") {
        let child = field(line, 4, 10);
        let parents = file.of_person("015", child)[0];
        let homes = [field(parents, 25, 10), field(parents, 92, 10)].map(|parent| addresses.get(parent));
        assert!(homes.contains(&addresses.get(child)));
        seen += 1;
    }
    assert!(seen > 200);
}

#[test]
fn a_small_population_has_one_of_each() {
    let bytes = load(42, 200);
    let file = File::of(&bytes);
    let statuses: BTreeSet<&str> = file.code("001").map(|line| field(line, 24, 2)).collect();
    assert_eq!(statuses, BTreeSet::from(["01", "03", "70", "80", "90"]));
    let civil: BTreeSet<&str> = file.code("012").map(|line| field(line, 14, 1)).collect();
    assert_eq!(civil, BTreeSet::from(["D", "E", "F", "G", "U"]));
    let partial = |line: &&[u8]| field(line, 151, 4) == "0000" || field(line, 157, 2) == "99";
    assert!(file.code("008").filter(partial).all(|line| field(line, 159, 1) == "*"));
    assert!(file.code("008").any(|line| partial(&line)), "a partial date");
    assert!(file.code("008").any(|line| field(line, 64, 1) != " "), "a name marker");
    assert!(file.code("023").any(|line| field(line, 14, 1) == "K"), "a corrected row");
    for code in
        ["003", "004", "005", "007", "009", "010", "011", "014", "015", "016", "023", "024", "026", "027", "029"]
    {
        assert!(file.code(code).next().is_some(), "{code}");
    }
    assert!(file.code("099").next().is_none(), "an initial load has no events");
}

#[test]
fn secrets_name_every_number_name_and_address_of_the_file() {
    let day = date(2026, 1, 12);
    let mut population = Population::new(21, 300, day);
    let played: Vec<_> = (13..20).map(|offset| population.advance(date(2026, 1, offset))).collect();
    let secrets: BTreeSet<String> = population.secrets().collect();
    let mut bytes = Vec::new();
    Task::new("435701").write_initial(&population, date(2026, 1, 19), None, &mut bytes).unwrap();
    assert!(played.iter().any(|day| day.touched() > 0));
    let file = File::of(&bytes);
    let latin1 = |line: &[u8], start: usize, length: usize| -> String {
        line[start - 1..start - 1 + length].iter().map(|byte| char::from(*byte)).collect::<String>().trim().to_owned()
    };
    for (code, start) in [("002", 36), ("003", 48), ("023", 37)] {
        let hosts: Vec<String> = file.code(code).map(|line| latin1(line, start, 34)).collect();
        let mut hosts = hosts.iter().filter_map(|host| host.strip_prefix("c/o ")).peekable();
        assert!(hosts.peek().is_some() && hosts.all(|host| secrets.contains(host)), "hosts in {code}");
    }
    let mut checked = 0;
    let expected =
        [("001", 4, 10), ("008", 106, 40), ("008", 160, 34), ("003", 116, 34), ("026", 107, 40), ("012", 36, 34)];
    for (code, start, length) in expected {
        for line in file.code(code) {
            let value = latin1(line, start, length);
            if value.chars().count() >= 5 {
                assert!(secrets.contains(&value), "record {code} from {start}");
                checked += 1;
            }
        }
    }
    assert!(checked > 1000);
    assert!(!format!("{population:?}").contains("vej"), "debug tells nothing");
}
