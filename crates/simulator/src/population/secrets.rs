//! What a leak sweep looks for.

use super::names::Name;
use super::person::{Former, Parent, Person, Spouse, Status};
use super::places::Address;

/// A name part shorter than this is found in ordinary words.
const SHORTEST_PART: usize = 5;

/// Every secret of one person.
pub(super) fn of(person: &Person) -> Vec<String> {
    let mut secrets = numbers(person);
    let named =
        [person.name, person.care_of, spouse(person.civil.spouse), parent(person.mother), parent(person.father)];
    let former = person.former.iter().filter_map(|row| match row {
        Former::Name { name, .. } => Some(*name),
        Former::Address { care_of, .. } => *care_of,
        Former::Civil { civil, .. } => spouse(civil.spouse),
        _ => None,
    });
    for name in named.into_iter().flatten().chain(former) {
        secrets.extend([name.addressing(), name.reversed(), [&name.first_names(), " ", &name.surname.text()].concat()]);
        secrets.extend(name.parts().filter(|part| part.chars().count() >= SHORTEST_PART));
    }
    let current = person.domicile().map(|domicile| domicile.address);
    let former = person.former.iter().filter_map(|row| match row {
        Former::Address { address, .. } => Some(*address),
        _ => None,
    });
    secrets.extend(current.into_iter().chain(former).filter_map(Address::house).map(super::places::House::line));
    if let Status::Abroad { address, .. } = person.status {
        secrets.extend(address.lines().into_iter().next());
    }
    for row in &person.former {
        if let Former::Absence { departed: Some((_, address)), .. } = row {
            secrets.extend(address.lines().into_iter().next());
        }
    }
    secrets
}

fn numbers(person: &Person) -> Vec<String> {
    let digits: String = person.number.digits().into_iter().map(char::from).collect();
    let (date, rest) = digits.split_at(6);
    vec![[date, "-", rest].concat(), digits]
}

fn spouse(spouse: Spouse) -> Option<Name> {
    match spouse {
        Spouse::Foreign { name, .. } => Some(name),
        Spouse::Nobody | Spouse::Person(_) => None,
    }
}

fn parent(parent: Parent) -> Option<Name> {
    match parent {
        Parent::Named { name, .. } => Some(name),
        Parent::Unknown | Parent::Person(_) => None,
    }
}
