//! What must come out, computed from the bytes of the extracts alone: columns of the official layouts, the rules of
//! selection, and who is told. It shares no code with the house.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::world::plan::Subscription;

/// A person number as it stands in the files.
pub(crate) type Number = [u8; 10];

/// The type of an advisory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Entered,
    Changed,
    Left,
}

/// One advisory that must come out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Expected {
    /// The consumer.
    pub(crate) consumer: &'static str,
    /// About whom.
    pub(crate) number: Number,
    /// Its type.
    pub(crate) kind: Kind,
    /// The categories it names as changed.
    pub(crate) changes: BTreeSet<&'static str>,
}

/// One person as a file describes it.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Person {
    municipality: u16,
    /// Year, month, day; `None` unless all three are known.
    born: Option<Date>,
    /// Whether a protection of name and address is in force.
    pub(crate) protected: bool,
    /// The projected columns by category.
    columns: BTreeMap<&'static str, Vec<Vec<u8>>>,
    /// The surname, for a look into values.
    pub(crate) surname: String,
    /// The name of the road, for a look into values.
    pub(crate) road: String,
}

/// Everything that has come so far.
pub(crate) struct Oracle {
    subscriptions: Vec<Subscription>,
    today: Date,
    /// Everybody as last delivered.
    pub(crate) persons: BTreeMap<Number, Person>,
    /// Who is covered by which subscription (by name).
    pub(crate) members: BTreeSet<(&'static str, Number)>,
}

/// A record code, a category, and columns of it.
type Columns = (&'static [u8], &'static str, &'static [(usize, usize)]);

/// The columns (from 1, length) that advisories show, by record code and category.
const COLUMNS: &[Columns] = &[
    (b"001", "status", &[(24, 2), (26, 8), (38, 1)]),
    (
        b"002",
        "address",
        &[(14, 4), (18, 4), (22, 4), (26, 2), (28, 4), (32, 4), (36, 34), (70, 8), (82, 1), (117, 170)],
    ),
    (b"003", "address", &[(82, 34), (116, 34), (150, 34), (184, 4), (188, 20), (230, 20)]),
    (b"004", "protection", &[(14, 4), (18, 10)]),
    (b"008", "name", &[(14, 50), (65, 40), (106, 40), (147, 8), (159, 1), (160, 34)]),
    (b"012", "civilStatus", &[(14, 1), (71, 8), (83, 1)]),
    (b"013", "civilStatus", &[(26, 10), (36, 1)]),
];

fn column(line: &[u8], at: usize, length: usize) -> Vec<u8> {
    let bytes = (at - 1..at - 1 + length).map(|at| line.get(at).copied().unwrap_or(b' ')).collect::<Vec<_>>();
    bytes.trim_ascii().to_vec()
}

fn text(line: &[u8], at: usize, length: usize) -> String {
    column(line, at, length).into_iter().map(char::from).collect()
}

/// The persons of a file in any line form that has terminators.
pub(crate) fn persons(file: &[u8]) -> BTreeMap<Number, Person> {
    let mut persons: BTreeMap<Number, Person> = BTreeMap::new();
    for line in file.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)) {
        let (Some(code), Some(Ok(number))) = (line.get(..3), line.get(3..13).map(Number::try_from)) else { continue };
        if matches!(code, b"000" | b"999" | b"910" | b"997") {
            continue;
        }
        let person = persons.entry(number).or_default();
        for (_, category, columns) in COLUMNS.iter().filter(|(of, _, _)| *of == code) {
            let values = columns.iter().map(|(at, length)| column(line, *at, *length)).collect::<Vec<_>>();
            person.columns.entry(category).or_default().push(values.join(&b'|'));
        }
        match code {
            b"001" => person.born = text(line, 40, 10).parse().ok(),
            b"002" => person.municipality = text(line, 14, 4).parse().unwrap(),
            b"003" => person.road = text(line, 230, 20),
            b"004" => person.protected |= column(line, 14, 4) == b"0001",
            b"008" => person.surname = text(line, 106, 40),
            _ => {}
        }
    }
    for person in persons.values_mut() {
        person.columns.values_mut().for_each(|rows| rows.sort());
    }
    persons
}

impl Person {
    /// Completed years on `today`.
    fn age(&self, today: Date) -> Option<i16> {
        let born = self.born?;
        let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
        Some(today.year() - born.year() - i16::from(!had_birthday))
    }

    fn changed(&self, before: &Self) -> BTreeSet<&'static str> {
        let all = crate::world::plan::ALL.into_iter();
        all.filter(|category| self.columns.get(category) != before.columns.get(category)).collect()
    }
}

impl Oracle {
    /// Nothing has come yet.
    pub(crate) fn new(subscriptions: &[Subscription], today: Date) -> Self {
        Self { subscriptions: subscriptions.to_vec(), today, persons: BTreeMap::new(), members: BTreeSet::new() }
    }

    fn selects(&self, subscription: &Subscription, person: &Person) -> bool {
        let age = |(from, to): (u8, u8)| {
            person.age(self.today).is_some_and(|age| (i16::from(from)..=i16::from(to)).contains(&age))
        };
        self.today <= subscription.until
            && subscription.municipalities.contains(&person.municipality)
            && subscription.ages.is_none_or(age)
    }

    /// The numbers that `subscription` selects.
    pub(crate) fn selected(&self, subscription: &str) -> BTreeSet<Number> {
        self.members.iter().filter(|(name, _)| *name == subscription).map(|(_, number)| *number).collect()
    }

    fn covered(&self, number: Number) -> bool {
        self.members.iter().any(|(_, member)| *member == number)
    }

    /// A file was applied; what is told. A load is a file without any 099.
    pub(crate) fn apply(&mut self, file: &[u8]) -> Vec<Expected> {
        let load = !file.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"099"));
        let mut expected = Vec::new();
        for (number, after) in persons(file) {
            let changed = self.persons.get(&number).map(|before| after.changed(before)).unwrap_or_default();
            let covered_before = self.covered(number);
            expected.extend(self.decide(number, &after, &changed, load));
            // whom nobody selects before or after is not stored
            if covered_before || self.covered(number) {
                self.persons.insert(number, after);
            }
        }
        expected
    }

    /// The subscriptions changed; what is told about everybody stored. New ones with `initial_load: false` begin silently.
    pub(crate) fn declare(&mut self, subscriptions: &[Subscription]) -> Vec<Expected> {
        self.subscriptions = subscriptions.to_vec();
        let persons = self.persons.clone();
        let told = persons.iter().map(|(number, person)| self.decide(*number, person, &BTreeSet::new(), true));
        told.collect::<Vec<_>>().concat()
    }

    fn decide(
        &mut self,
        number: Number,
        after: &Person,
        changed: &BTreeSet<&'static str>,
        silent: bool,
    ) -> Vec<Expected> {
        let mut views: BTreeMap<&'static str, View> = BTreeMap::new();
        for subscription in self.subscriptions.clone() {
            let view = views.entry(subscription.consumer).or_default();
            let key = (subscription.name, number);
            let (before, now) = (self.members.contains(&key), self.selects(&subscription, after));
            view.before |= before;
            view.after |= now;
            let wanted: BTreeSet<_> = subscription.changes.iter().copied().collect();
            let granted = with_protection(subscription.categories.iter().copied().collect());
            let told = match (before, now) {
                (true, true) => !(&(&granted & &wanted) & changed).is_empty(),
                (false, true) => {
                    self.members.insert(key);
                    subscription.entered && (subscription.initial_load || !silent)
                }
                (true, false) => {
                    self.members.remove(&key);
                    true
                }
                (false, false) => false,
            };
            view.told |= told;
            // to a subscription that the person only entered, nothing has changed
            if told && before && now {
                let categories = subscription.categories.iter().copied().collect();
                view.tellable.extend(with_protection(&wanted & &categories));
            }
        }
        let told = views.into_iter().filter(|(_, view)| view.told);
        told.map(|(consumer, view)| Expected { consumer, number, kind: view.kind(), changes: view.changes(changed) })
            .collect()
    }
}

/// What one consumer sees of one person.
#[derive(Default)]
struct View {
    before: bool,
    after: bool,
    told: bool,
    tellable: BTreeSet<&'static str>,
}

impl View {
    fn kind(&self) -> Kind {
        match (self.before, self.after) {
            (false, _) => Kind::Entered,
            (true, false) => Kind::Left,
            (true, true) => Kind::Changed,
        }
    }

    fn changes(&self, changed: &BTreeSet<&'static str>) -> BTreeSet<&'static str> {
        if self.kind() == Kind::Left { BTreeSet::new() } else { &self.tellable & changed }
    }
}

/// Protection travels with names and addresses.
fn with_protection(mut granted: BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    if granted.contains("name") || granted.contains("address") {
        granted.insert("protection");
    }
    granted
}
