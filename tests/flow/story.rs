//! A population's life told to a world: each extract is placed, and what must come out of it is remembered.

use std::collections::BTreeMap;

use cpr::PersonNumber;
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use serde_json::Value;
use simulator::{Checker, LineForm, Population, Received, Task};

use crate::oracle::{Expected, Kind, Number, Oracle, Person, persons};
use crate::world::broker::PATIENCE;
use crate::world::{World, today, until};

/// A population, its extracts so far, and what must have come out.
pub(crate) struct Story {
    /// The population; tests may look, only the story advances it.
    pub(crate) population: Population,
    /// What is known from the files.
    pub(crate) oracle: Oracle,
    /// Everything that must have come out so far.
    pub(crate) expected: Vec<Expected>,
    /// Every file so far.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    task: Task,
    /// The day of the last file.
    day: Date,
}

impl Story {
    /// `persons` from `seed`, in time for `days` days up to yesterday.
    pub(crate) fn new(world: &World, seed: u64, persons: usize, days: i32) -> Self {
        let first = today().checked_sub(Span::new().days(i64::from(days) + 1)).unwrap();
        Self {
            population: Population::new(seed, persons, first),
            oracle: Oracle::new(&world.subscriptions, today()),
            expected: Vec::new(),
            files: Vec::new(),
            task: Task::new("435701"),
            day: first,
        }
    }

    /// The same, told in lines that end in this way.
    pub(crate) fn in_form(mut self, form: LineForm) -> Self {
        self.task.form = form;
        self
    }

    /// The initial load of the first day.
    pub(crate) fn load(&mut self, world: &mut World) {
        world.guard(&self.population);
        let mut bytes = Vec::new();
        self.task.write_initial(&self.population, self.day, None, &mut bytes).unwrap();
        self.tell(world, bytes);
    }

    /// The change extract of the next day. Returns what must come out of it.
    pub(crate) fn day(&mut self, world: &mut World) -> Vec<Expected> {
        let previous = self.next_day();
        let day = self.population.advance(self.day);
        world.guard(&self.population);
        let mut bytes = Vec::new();
        self.task.write_changes(&self.population, &day, Some(previous), &mut bytes).unwrap();
        self.tell(world, bytes)
    }

    /// Everybody again, as of the next day.
    pub(crate) fn repeat(&mut self, world: &mut World) -> Vec<Expected> {
        self.edit(world, |_| {})
    }

    /// Everybody as in the last file, as of the next day and with each line edited; told as changes, with a 099 each.
    pub(crate) fn edit(&mut self, world: &mut World, edit: impl Fn(&mut [u8])) -> Vec<Expected> {
        let last = self.files.len() - 1;
        self.edit_file(world, last, edit)
    }

    /// Everybody as in the initial load, but with this surname.
    pub(crate) fn rename_everybody(&mut self, world: &mut World, surname: [u8; 10]) -> Vec<Expected> {
        self.edit_file(world, 0, |line| rename(line, surname))
    }

    fn edit_file(&mut self, world: &mut World, file: usize, edit: impl Fn(&mut [u8])) -> Vec<Expected> {
        self.next_day();
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for line in self.files[file].1.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let mut line = line.to_vec();
            if line.starts_with(b"000") {
                let digits = format!("{:04}{:02}{:02}", self.day.year(), self.day.month(), self.day.day());
                line[19..27].copy_from_slice(digits.as_bytes());
            }
            edit(&mut line);
            lines.push(line);
        }
        let bytes = lines.join(&b'\n');
        self.tell(world, as_changes(&[bytes, b"\n".to_vec()].concat()))
    }

    fn next_day(&mut self) -> Date {
        let previous = self.day;
        self.day = previous.checked_add(1.day()).unwrap();
        previous
    }

    /// Places a file of the current day. Returns what must come out of it.
    pub(crate) fn tell(&mut self, world: &World, bytes: Vec<u8>) -> Vec<Expected> {
        let name = self.task.file_name(self.day);
        world.place(&name, &bytes);
        let expected = self.oracle.apply(&bytes);
        self.expected.extend(expected.iter().cloned());
        self.files.push((name, bytes));
        expected
    }

    /// The name of the last file.
    pub(crate) fn last_file(&self) -> &str {
        &self.files.last().unwrap().0
    }

    /// Waits until every file is applied and every advisory delivered, and checks that exactly the expected ones came,
    /// in order and once.
    pub(crate) async fn settle(&self, world: &World) {
        for (name, _) in &self.files {
            world.gone(name).await;
        }
        world.drained().await;
        self.check(world).await;
    }

    /// Checks what came until now, against all that must have come.
    pub(crate) async fn check(&self, world: &World) {
        let received = world.receiver.received();
        let checker = Checker::check(&received);
        let findings: Vec<String> = checker.findings.iter().map(ToString::to_string).collect();
        assert!(checker.holds(), "the consumer's rule is broken:\n  {}", findings.join("\n  "));
        let subjects = self.subjects(world).await;
        let mut came: Vec<Expected> = Vec::new();
        let mut ids = std::collections::BTreeSet::new();
        for one in received.iter().filter(|one| one.accepted && ids.insert((one.path.clone(), one.id.clone()))) {
            came.push(summary(one, subjects[&one.subject]));
        }
        came.sort();
        let mut expected = self.expected.clone();
        expected.sort();
        assert!(came == expected, "{}", difference(&came, &expected));
    }

    /// The numbers behind the subjects of advisories.
    pub(crate) async fn subjects(&self, world: &World) -> BTreeMap<String, Number> {
        let store = world.store().await;
        let mut subjects = BTreeMap::new();
        for number in self.oracle.persons.keys() {
            let row = store.number(PersonNumber::parse(number).unwrap()).await.unwrap();
            if let Some(person) = row.and_then(|row| row.person) {
                subjects.insert(person.0.to_string(), *number);
            }
        }
        store.close().await;
        subjects
    }

    /// The person `number` as the file of the advisory shows it.
    pub(crate) fn seen(&self, received: &Received, number: &Number) -> Person {
        let event: Value = serde_json::from_slice(&received.body).unwrap();
        let date: Date = event["data"]["registration"]["productionDate"].as_str().unwrap().parse().unwrap();
        let name = self.task.file_name(date);
        let (_, bytes) = self.files.iter().find(|(file, _)| *file == name).unwrap();
        persons(bytes)[number].clone()
    }
}

/// Gives a person another surname.
pub(crate) fn rename(line: &mut [u8], surname: [u8; 10]) {
    if line.starts_with(b"008") {
        line[105..145].fill(b' ');
        line[105..115].copy_from_slice(&surname);
    }
}

/// What an advisory says, in the oracle's words.
fn summary(received: &Received, number: Number) -> Expected {
    let event: Value = serde_json::from_slice(&received.body).unwrap();
    let kind = match received.kind.as_str() {
        "dk.cprbroker.person.entered.v1" => Kind::Entered,
        "dk.cprbroker.person.changed.v1" => Kind::Changed,
        "dk.cprbroker.person.left.v1" => Kind::Left,
        other => panic!("no such type: {other}"),
    };
    let changes = event["data"]["changes"].as_array().unwrap().iter();
    let changes = changes.map(|change| change["category"].as_str().unwrap());
    let changes = changes.map(|name| crate::world::plan::ALL.into_iter().find(|one| *one == name).unwrap()).collect();
    let consumer = crate::world::plan::NAMES.into_iter().find(|name| received.path == format!("/{name}")).unwrap();
    Expected { consumer, number, kind, changes }
}

/// What is missing and what is too much, without anybody's number.
fn difference(came: &[Expected], expected: &[Expected]) -> String {
    let only = |these: &[Expected], those: &[Expected]| {
        let mut rest = those.to_vec();
        let mut only = Vec::new();
        for one in these {
            match rest.iter().position(|other| other == one) {
                Some(at) => drop(rest.swap_remove(at)),
                None => only.push(format!("{} {:?} {:?}", one.consumer, one.kind, one.changes)),
            }
        }
        only
    };
    let (missing, surplus) = (only(expected, came), only(came, expected));
    format!("{} came, {} were expected\nmissing: {missing:#?}\ntoo much: {surplus:#?}", came.len(), expected.len())
}

/// A load as a change extract: each person gets an event record, and the counter is made right.
fn as_changes(load: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let (mut counted, mut events) = (0_u32, 0_u32);
    let has_events = load.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"099"));
    for line in load.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match line.get(..3) {
            Some(b"999") => {
                let mut end = line.to_vec();
                end[13..21].copy_from_slice(format!("{counted:08}").as_bytes());
                lines.push(end);
            }
            Some(b"000") => lines.push(line.to_vec()),
            Some(b"001") if !has_events => {
                lines.push(line.to_vec());
                lines.push([b"099", &line[3..13], b"202001010000A01  "].concat());
                counted += 2;
                events += 1;
            }
            _ => {
                lines.push(line.to_vec());
                counted += 1;
            }
        }
    }
    assert!(events > 0 || has_events);
    [lines.join(&b'\n'), b"\n".to_vec()].concat()
}

/// Waits until a file has left the inbox.
impl World {
    pub(crate) async fn gone(&self, name: &str) {
        until(&format!("the removal of {name}"), PATIENCE, async || (!self.in_inbox(name)).then_some(())).await;
    }
}
