//! The decision about one person: which memberships begin and end, and who is told.

use std::collections::{BTreeMap, BTreeSet};

use cpr::state::Facts;
use cpr::{Categories, Category, FieldSet};
use jiff::civil::Date;
use registry::{ConsumerId, Registry, Subscription, SubscriptionId};
use store::{AdvisoryKind, EventKind, Routed, Routing, Transition};

#[cfg(test)]
mod tests;

/// Why a person is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An extract holds the person. A load is an extract without any event record (099).
    Extract {
        /// Whether the file is a load.
        load: bool,
    },
    /// The registry or the day changed; the person's snapshot is the same as before.
    Registry,
}

/// One stored membership of the person. The consumer is stored with the subscription, so that it is known after the
/// subscription vanished from the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The subscription that covers the person.
    pub subscription: SubscriptionId,
    /// Who it belongs to.
    pub consumer: ConsumerId,
}

/// What is the same for every person of a unit of work.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The one registry version of the unit of work.
    pub registry: &'a Registry,
    /// The Copenhagen date of processing.
    pub today: Date,
    /// The subscriptions whose own reselection has not gone over every stored person yet.
    pub unfinished: &'a BTreeSet<SubscriptionId>,
}

/// What is known about one person.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The stored memberships, also those of subscriptions that are no longer in the registry.
    pub members: &'a [Member],
    /// The facts of the former snapshot; `None` for a person never seen.
    pub before: Option<Facts>,
    /// The facts of the newest snapshot.
    pub after: Facts,
    /// The fields that differ between the two snapshots; empty without a former one.
    pub changed: FieldSet,
    /// Why the person is looked at.
    pub cause: Cause,
}

/// What follows for one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Memberships to store.
    pub enter: Vec<Member>,
    /// Memberships to end.
    pub leave: Vec<Member>,
    /// Whether any subscription selects the person now.
    pub selected: bool,
    /// Who is told what, by consumer. Empty: no event is recorded.
    pub advisories: Vec<(ConsumerId, Routing)>,
}

impl Decision {
    /// The kind of the one event of this unit of work; `None` if nobody is told. `changed` are the fields that differ.
    #[must_use]
    pub fn event(&self, changed: FieldSet) -> Option<EventKind> {
        match self.advisories.as_slice() {
            [] => None,
            _ if changed.is_empty() => Some(EventKind::Membership),
            _ => Some(EventKind::Changed),
        }
    }
}

/// The consumer's view while the decision is made.
#[derive(Default)]
struct View {
    covered_before: bool,
    covered_after: bool,
    told: Vec<Routed>,
}

/// Decides about one person.
///
/// The type of an advisory is relative to the union of the consumer's subscriptions: `entered` if none covered the
/// person before, `left` if none does now, otherwise `changed`. Memberships of a consumer that is no longer in the
/// registry end silently.
#[must_use]
pub fn decide(world: &World<'_>, subject: &Subject<'_>) -> Decision {
    let selected = world.registry.selected(&subject.after, world.today);
    let mut decision = Decision { selected: !selected.is_empty(), ..Decision::default() };
    let mut views: BTreeMap<ConsumerId, View> = BTreeMap::new();
    for subscription in &selected {
        let view = views.entry(subscription.consumer).or_default();
        view.covered_after = true;
        let transition = if subject.members.iter().any(|member| member.subscription == subscription.id) {
            wanted(subscription, subject.changed).then_some(Transition::Changed)
        } else {
            decision.enter.push(Member { subscription: subscription.id, consumer: subscription.consumer });
            announced(world, subject, subscription).then_some(Transition::Entered)
        };
        view.told.extend(transition.map(|transition| Routed { id: subscription.id, transition }));
    }
    for member in subject.members {
        // A subscription never changes its consumer: `consumerRef` is immutable.
        let view = views.entry(member.consumer).or_default();
        view.covered_before = true;
        if !selected.iter().any(|subscription| subscription.id == member.subscription) {
            decision.leave.push(*member);
            view.told.push(Routed { id: member.subscription, transition: Transition::Left });
        }
    }
    decision.advisories = views
        .into_iter()
        .filter(|(consumer, view)| !view.told.is_empty() && world.registry.consumer(*consumer).is_some())
        .map(|(consumer, view)| (consumer, view.routing()))
        .collect();
    decision
}

impl View {
    fn routing(mut self) -> Routing {
        self.told.sort_by_key(|routed| routed.id);
        let kind = match (self.covered_before, self.covered_after) {
            (false, _) => AdvisoryKind::Entered,
            (true, false) => AdvisoryKind::Left,
            (true, true) => AdvisoryKind::Changed,
        };
        Routing { kind, subscriptions: self.told }
    }
}

/// Whether a change is both granted and asked for. Protection travels with names and addresses, so whoever is granted
/// one of them may ask for it.
fn wanted(subscription: &Subscription, changed: FieldSet) -> bool {
    !changed.granted(granted(subscription.categories).intersection(subscription.notify_on)).is_empty()
}

/// The granted categories with what travels with them.
fn granted(categories: Categories) -> Categories {
    if categories.contains(Category::Name) || categories.contains(Category::Address) {
        categories.with(Category::Protection)
    } else {
        categories
    }
}

/// Whether a membership that begins is told: not without `notifyOn.entered`, and not where `initialLoad: false` covers it.
fn announced(world: &World<'_>, subject: &Subject<'_>, subscription: &Subscription) -> bool {
    let unfinished = world.unfinished.contains(&subscription.id);
    let silent = match subject.cause {
        Cause::Registry => unfinished,
        Cause::Extract { load: true } => true,
        // The unfinished reselection would have found this person in the former snapshot.
        Cause::Extract { load: false } => {
            unfinished && subject.before.is_some_and(|before| selects(world, &before, subscription.id))
        }
    };
    subscription.notify_entered && (subscription.initial_load || !silent)
}

fn selects(world: &World<'_>, facts: &Facts, id: SubscriptionId) -> bool {
    world.registry.selected(facts, world.today).iter().any(|subscription| subscription.id == id)
}
