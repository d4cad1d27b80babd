//! Tables of the decision. Subscriptions: `A1` and `A2` belong to consumer 1, `B1` to consumer 2.

use std::collections::BTreeSet;
use std::time::Duration;

use cpr::state::Facts;
use cpr::{Categories, Category, Field, FieldSet};
use jiff::civil::{Date, date};
use registry::{
    Clause, Consumer, ConsumerId, Content, Limits, ObjectRef, Purpose, Registry, Retry, SecretRef, SourceId,
    Subscription, SubscriptionId, Webhook,
};
use store::{AdvisoryKind, EventKind, Transition};
use uuid::Uuid;

use super::*;

const TODAY: Date = date(2026, 1, 13);
const HERE: u16 = 751;
const THERE: u16 = 740;

fn id(value: u128) -> Uuid {
    Uuid::from_u128(value)
}

const A1: u128 = 11;
const A2: u128 = 12;
const B1: u128 = 21;

fn consumer(value: u128) -> Consumer {
    let object = ObjectRef { namespace: "n".into(), name: format!("c{value}") };
    let secret = SecretRef { namespace: "n".into(), name: "s".into() };
    Consumer {
        id: ConsumerId(id(value)),
        object,
        origin: String::new(),
        webhook: Webhook {
            url: "https://consumer.example/".into(),
            signing_secret: secret,
            headers: None,
            ca: None,
            client_certificate: None,
            timeout: Duration::from_secs(15),
            final_statuses: vec![],
        },
        content: Content::Thin,
        retry: Retry { schedule: vec![], jitter_percent: 0 },
        expire_after: Duration::from_secs(1),
        limits: Limits { concurrency: 1, rate_per_second: 1 },
        suspend: false,
        destinations: vec![],
        revision: String::new(),
    }
}

fn subscription(value: u128, municipality: u16) -> Subscription {
    let names = Categories::NONE.with(Category::Name).with(Category::Address);
    Subscription {
        id: SubscriptionId(id(value)),
        object: ObjectRef { namespace: "n".into(), name: format!("s{value}") },
        origin: String::new(),
        source: SourceId(id(1)),
        consumer: ConsumerId(id(value / 10)),
        purpose: Purpose { description: "d".into(), legal_basis: "l".into(), owner: "o".into() },
        until: date(2027, 12, 31),
        clauses: vec![Clause { municipalities: vec![municipality], age: None }],
        notify_on: names,
        notify_entered: true,
        categories: names,
        initial_load: true,
    }
}

fn registry(subscriptions: Vec<Subscription>) -> Registry {
    Registry { consumers: vec![consumer(1), consumer(2)], subscriptions, ..Registry::empty("test") }
}

fn facts(municipality: u16) -> Facts {
    Facts { municipality: Some(municipality), born: None, status: Some(1) }
}

fn members(ids: &[u128]) -> Vec<Member> {
    let member =
        |value: &u128| Member { subscription: SubscriptionId(id(*value)), consumer: ConsumerId(id(*value / 10)) };
    ids.iter().map(member).collect()
}

/// What a decision says, in short: entered ids, left ids, and per consumer the kind and the transitions.
type Short = (Vec<u128>, Vec<u128>, Vec<(u128, AdvisoryKind, Vec<(u128, Transition)>)>);

fn short(decision: &Decision) -> Short {
    let ids = |members: &[Member]| members.iter().map(|member| member.subscription.0.as_u128()).collect();
    let advisories = decision.advisories.iter().map(|(consumer, routing)| {
        let told: Vec<_> = routing.subscriptions.iter().map(|one| (one.id.0.as_u128(), one.transition)).collect();
        (consumer.0.as_u128(), routing.kind, told)
    });
    (ids(&decision.enter), ids(&decision.leave), advisories.collect())
}

struct Case {
    registry: Registry,
    unfinished: Vec<u128>,
    stored: Vec<u128>,
    before: Option<u16>,
    after: u16,
    changed: Vec<Field>,
    cause: Cause,
}

impl Case {
    /// A person who lived there, lives here now, and nothing else: selected by all three subscriptions.
    fn new() -> Self {
        Self {
            registry: registry(vec![subscription(A1, HERE), subscription(A2, HERE), subscription(B1, HERE)]),
            unfinished: vec![],
            stored: vec![],
            before: Some(THERE),
            after: HERE,
            changed: vec![Field::Municipality],
            cause: Cause::Extract { load: false },
        }
    }

    fn subscriptions(mut self, change: impl FnOnce(&mut Vec<Subscription>)) -> Self {
        change(&mut self.registry.subscriptions);
        self
    }

    fn decide(&self) -> Decision {
        let unfinished: BTreeSet<_> = self.unfinished.iter().map(|value| SubscriptionId(id(*value))).collect();
        let world = World { registry: &self.registry, today: TODAY, unfinished: &unfinished };
        let changed: FieldSet = self.changed.iter().copied().collect();
        decide(
            &world,
            &Subject {
                members: &members(&self.stored),
                before: self.before.map(facts),
                after: facts(self.after),
                changed,
                cause: self.cause,
            },
        )
    }

    fn short(&self) -> Short {
        short(&self.decide())
    }

    fn event(&self) -> Option<EventKind> {
        self.decide().event(self.changed.iter().copied().collect())
    }
}

use AdvisoryKind as Kind;
use Transition::{Changed, Entered, Left};

#[test]
fn a_person_who_moves_in_enters_once_per_consumer() {
    let case = Case::new();
    let told = vec![(1, Kind::Entered, vec![(A1, Entered), (A2, Entered)]), (2, Kind::Entered, vec![(B1, Entered)])];
    assert_eq!(case.short(), (vec![A1, A2, B1], vec![], told));
    assert_eq!(case.event(), Some(EventKind::Changed));
    // The next unit of work finds the memberships stored: nothing more is told.
    let again = Case { stored: vec![A1, A2, B1], before: Some(HERE), changed: vec![], ..Case::new() };
    assert_eq!(again.short(), (vec![], vec![], vec![]));
    assert_eq!(again.event(), None);
    assert!(again.decide().selected);
}

#[test]
fn a_person_who_moves_out_leaves_once() {
    let case = Case { stored: vec![A1, A2, B1], before: Some(HERE), after: THERE, changed: vec![], ..Case::new() };
    let told = vec![(1, Kind::Left, vec![(A1, Left), (A2, Left)]), (2, Kind::Left, vec![(B1, Left)])];
    assert_eq!(case.short(), (vec![], vec![A1, A2, B1], told));
    assert_eq!(case.event(), Some(EventKind::Membership));
    assert!(!case.decide().selected);
    assert_eq!(Case { stored: vec![], ..case }.short(), (vec![], vec![], vec![]));
}

#[test]
fn the_type_is_relative_to_the_union_of_the_consumer() {
    // One more subscription of consumer 1 selects the person: still changed. One less, the other stays: changed too.
    let more = Case { stored: vec![A1], ..Case::new() }.subscriptions(|all| {
        all.pop();
        all[0].notify_on = Categories::NONE;
    });
    assert_eq!(more.short(), (vec![A2], vec![], vec![(1, Kind::Changed, vec![(A2, Entered)])]));
    let less = Case { stored: vec![A1, A2], after: THERE, ..Case::new() }.subscriptions(|all| {
        *all = vec![subscription(A1, THERE), subscription(A2, HERE)];
        all[0].notify_on = Categories::NONE;
    });
    assert_eq!(less.short(), (vec![], vec![A2], vec![(1, Kind::Changed, vec![(A2, Left)])]));
    // From one to the other in one step: covered before and after.
    let swap = Case { stored: vec![A2], after: THERE, ..Case::new() }
        .subscriptions(|all| *all = vec![subscription(A1, THERE), subscription(A2, HERE)]);
    assert_eq!(swap.short(), (vec![A1], vec![A2], vec![(1, Kind::Changed, vec![(A1, Entered), (A2, Left)])]));
}

#[test]
fn changed_needs_both_the_grant_and_the_wish() {
    let name = Categories::NONE.with(Category::Name);
    let address = Categories::NONE.with(Category::Address);
    let protection = Categories::NONE.with(Category::Protection);
    for (categories, notify_on, changed, told) in [
        (name, name, Field::Family, true),
        (name, name, Field::Municipality, false),
        (name, address, Field::Municipality, false),
        (name.union(address), name, Field::Municipality, false),
        (name.union(address), address, Field::Municipality, true),
        (name, protection, Field::Protections, true),
        (protection, name, Field::Protections, false),
        (name, name.union(protection), Field::CivilStatus, false),
    ] {
        let case =
            Case { stored: vec![A1], before: Some(HERE), changed: vec![changed], ..Case::new() }.subscriptions(|all| {
                all.truncate(1);
                (all[0].categories, all[0].notify_on) = (categories, notify_on);
            });
        let advisories = if told { vec![(1, Kind::Changed, vec![(A1, Changed)])] } else { vec![] };
        assert_eq!(case.short(), (vec![], vec![], advisories), "{categories:?} {notify_on:?} {changed:?}");
        assert_eq!(case.event(), told.then_some(EventKind::Changed));
    }
}

#[test]
fn only_the_subscriptions_that_cause_it_are_routed() {
    let case = Case { stored: vec![A1, A2], before: Some(HERE), changed: vec![Field::Family], ..Case::new() }
        .subscriptions(|all| {
            all.pop();
            all[1].notify_on = Categories::NONE.with(Category::Address);
        });
    assert_eq!(case.short().2, vec![(1, Kind::Changed, vec![(A1, Changed)])]);
}

#[test]
fn without_an_initial_load_membership_begins_silently_where_the_stock_is_found() {
    for (cause, unfinished, before, told) in [
        (Cause::Registry, true, None, false),
        (Cause::Registry, false, None, true),
        (Cause::Extract { load: true }, false, None, false),
        (Cause::Extract { load: true }, true, Some(THERE), false),
        (Cause::Extract { load: false }, false, None, true),
        (Cause::Extract { load: false }, false, Some(THERE), true),
        (Cause::Extract { load: false }, false, Some(HERE), true),
        (Cause::Extract { load: false }, true, Some(HERE), false),
        (Cause::Extract { load: false }, true, Some(THERE), true),
        (Cause::Extract { load: false }, true, None, true),
    ] {
        let case = Case { unfinished: if unfinished { vec![A1] } else { vec![] }, before, cause, ..Case::new() }
            .subscriptions(|all| {
                all.truncate(1);
                all[0].initial_load = false;
            });
        let advisories = if told { vec![(1, Kind::Entered, vec![(A1, Entered)])] } else { vec![] };
        assert_eq!(case.short(), (vec![A1], vec![], advisories), "{cause:?} {unfinished} {before:?}");
        // With an initial load everybody is told, unless entering is not wanted at all.
        let loud = Case { unfinished: case.unfinished.clone(), before, cause, ..Case::new() }
            .subscriptions(|all| all.truncate(1));
        assert_eq!(loud.short().2.len(), 1);
        let deaf = loud.subscriptions(|all| all[0].notify_entered = false);
        assert_eq!(deaf.short(), (vec![A1], vec![], vec![]));
    }
}

#[test]
fn a_silent_membership_still_counts_and_its_end_is_told() {
    let stored = Case { stored: vec![A1], ..Case::new() }.subscriptions(|all| {
        all.truncate(2);
        all[0].initial_load = false;
        all[0].notify_on = Categories::NONE;
    });
    assert_eq!(stored.short().2, vec![(1, Kind::Changed, vec![(A2, Entered)])]);
    let gone = Case { stored: vec![A1], after: THERE, ..Case::new() }.subscriptions(|all| {
        all[0].initial_load = false;
        all[0].notify_entered = false;
    });
    assert_eq!(gone.short(), (vec![], vec![A1], vec![(1, Kind::Left, vec![(A1, Left)])]));
}

#[test]
fn the_end_of_a_subscription_is_one_left_and_nothing_else() {
    let changed = vec![Field::Family, Field::Municipality];
    let ended =
        Case { stored: vec![A1], before: Some(HERE), changed: changed.clone(), ..Case::new() }.subscriptions(|all| {
            all.truncate(1);
            all[0].until = date(2026, 1, 12);
        });
    assert_eq!(ended.short(), (vec![], vec![A1], vec![(1, Kind::Left, vec![(A1, Left)])]));
    let vanished = Case { stored: vec![A1], before: Some(HERE), changed, ..Case::new() }.subscriptions(Vec::clear);
    assert_eq!(vanished.short(), (vec![], vec![A1], vec![(1, Kind::Left, vec![(A1, Left)])]));
    let last_day = Case { stored: vec![A1], before: Some(HERE), changed: vec![], ..Case::new() }.subscriptions(|all| {
        all.truncate(1);
        all[0].until = TODAY;
    });
    assert_eq!(last_day.short(), (vec![], vec![], vec![]));
}

#[test]
fn the_subscriptions_of_a_removed_consumer_end_silently() {
    let mut case = Case { stored: vec![A1, B1], before: Some(HERE), changed: vec![], ..Case::new() }
        .subscriptions(|all| all.retain(|one| one.id.0 == id(A1)));
    case.registry.consumers.retain(|consumer| consumer.id.0 == id(1));
    assert_eq!(case.short(), (vec![], vec![B1], vec![]));
    assert_eq!(case.event(), None);
}

#[test]
fn nobody_selects_and_nothing_is_stored() {
    let case = Case { after: THERE, before: None, changed: vec![], ..Case::new() };
    assert_eq!(case.decide(), Decision::default());
}
