//! Rights at send time, values of the event: what of one advisory may be sent now. Pure.

use cpr::state::changes_json;
use cpr::{Categories, Category, Field, Mask, Projection, Records, State};
use jiff::civil::Date;
use registry::{Consumer, Content, Registry, Subscription};
use store::{AdvisoryKind, Loaded, StoredSnapshot, Transition};

use crate::envelope::{Change, Data, EventCode, Purpose, Registration, Routed};

/// What becomes of an advisory before it is sent.
#[derive(Debug)]
pub enum Projected {
    /// This may be sent.
    Send(Box<Data>),
    /// Row 8: nothing may be sent any more. Never a `left`.
    Withdrawn(Withdrawal),
    /// The stored snapshot cannot be read, so nobody can say what may be sent: row 7.
    Unreadable,
}

/// Why nothing may be sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawal {
    /// no subscription of those that it was recorded for exists any more
    GrantWithdrawn,
    /// the subscriptions exist and none of them may or wants to hear of what changed
    NothingGranted,
}

impl Withdrawal {
    /// The reason as attempts record it.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::GrantWithdrawn => "GrantWithdrawn",
            Self::NothingGranted => "NothingGranted",
        }
    }
}

/// A subscription of the routing as it is declared now.
struct Live<'a> {
    subscription: &'a Subscription,
    transition: Transition,
}

/// Cuts the event of `loaded` down to what `consumer` may be told under `registry` on `today`: subscriptions that took part when it was
/// recorded, still exist, and still select anybody; their categories; the address of a person who is protected now is hidden.
#[must_use]
pub fn project(loaded: &Loaded, consumer: &Consumer, registry: &Registry, today: Date) -> Projected {
    let live = live(loaded, consumer, registry, today);
    let has_left = loaded.routing.subscriptions.iter().any(|routed| routed.transition == Transition::Left);
    if loaded.routing.kind == AdvisoryKind::Left {
        return Projected::Send(Box::new(left(loaded, registry)));
    }
    if live.is_empty() && !has_left {
        return Projected::Withdrawn(Withdrawal::GrantWithdrawn);
    }
    let granted = live.iter().fold(Categories::NONE, |all, one| all.union(one.subscription.categories));
    let mask = if loaded.protected { Mask::Protected } else { Mask::Open };
    let changes = changes_json(loaded.event.changed, told(&live), mask);
    let enters = live.iter().any(|one| one.transition == Transition::Entered && one.subscription.notify_entered);
    if changes.is_empty() && !enters && !has_left {
        return Projected::Withdrawn(Withdrawal::NothingGranted);
    }
    let Ok(after) = loaded.after.as_ref().map(read).transpose() else {
        return Projected::Unreadable;
    };
    let changes: Vec<_> = changes
        .into_iter()
        .map(|entry| Change {
            category: entry.category,
            fields: entry.fields.iter().map(|&field| field.to_owned()).collect(),
        })
        .collect();
    let values = (consumer.content == Content::Changes && !live.is_empty())
        .then(|| after.as_ref().map(|state| Projection::of(state, granted, mask)))
        .flatten();
    Projected::Send(Box::new(Data {
        effective_from: after.as_ref().and_then(|state| effective_from(&changes, state, mask)),
        event_codes: event_codes(loaded),
        changes,
        values,
        ..base(loaded, registry, |transition, exists| exists || transition == Transition::Left)
    }))
}

/// The categories whose changes may be told: what a subscription wants and is granted that covered the person before. To one
/// that the person only entered, nothing has changed.
fn told(live: &[Live<'_>]) -> Categories {
    let changed = live.iter().filter(|one| one.transition == Transition::Changed);
    let each = changed.map(|one| one.subscription.notify_on.intersection(one.subscription.categories));
    each.fold(Categories::NONE, Categories::union)
}

fn live<'a>(loaded: &Loaded, consumer: &Consumer, registry: &'a Registry, today: Date) -> Vec<Live<'a>> {
    let routed = loaded.routing.subscriptions.iter().filter(|routed| routed.transition != Transition::Left);
    routed
        .filter_map(|routed| {
            let subscription = registry.subscription(routed.id)?;
            let counts = subscription.consumer == consumer.id && subscription.until >= today;
            counts.then_some(Live { subscription, transition: routed.transition })
        })
        .collect()
}

/// A `left`: who, why, and nothing about the person. It goes out whatever became of the subscription, for the consumer must know when
/// to erase.
fn left(loaded: &Loaded, registry: &Registry) -> Data {
    base(loaded, registry, |_, _| true)
}

/// What every advisory holds; `lists` says whether a subscription is named, by its transition and whether it still exists.
fn base(loaded: &Loaded, registry: &Registry, lists: impl Fn(Transition, bool) -> bool) -> Data {
    let subscriptions = loaded.routing.subscriptions.iter().filter_map(|routed| {
        let declared = registry.subscription(routed.id);
        lists(routed.transition, declared.is_some()).then(|| Routed {
            id: routed.id.0,
            name: declared.map(|subscription| subscription.object.to_string()),
            transition: routed.transition.into(),
            purpose: declared.map(|subscription| Purpose {
                description: subscription.purpose.description.clone(),
                legal_basis: subscription.purpose.legal_basis.clone(),
            }),
        })
    });
    Data {
        changes: Vec::new(),
        event_codes: Vec::new(),
        effective_from: None,
        subscriptions: subscriptions.collect(),
        registration: Registration {
            extract: loaded.event.extract.map(|extract| extract.0.to_string()),
            production_date: loaded.after.as_ref().map(|snapshot| snapshot.production_date.to_string()),
        },
        missed: loaded.missed.clone(),
        values: None,
    }
}

fn read(snapshot: &StoredSnapshot) -> Result<State, ()> {
    let records = Records::from_stored(&snapshot.body.0).map_err(|_| ())?;
    Ok(State::of(&records, snapshot.known))
}

/// CPR's own codes with its mark how the person is affected, as they were recorded with the event.
fn event_codes(loaded: &Loaded) -> Vec<EventCode> {
    let parted = |text: &String| match text.split_once(':') {
        Some((code, mark)) => EventCode { code: code.to_owned(), derived: Some(mark.to_owned()) },
        None => EventCode { code: text.clone(), derived: None },
    };
    loaded.event.codes.iter().map(parted).collect()
}

/// The latest day from which one of the told changes holds, as far as CPR says it; a hidden address says nothing.
fn effective_from(changes: &[Change], state: &State, mask: Mask) -> Option<String> {
    let told = |category| changes.iter().any(|change| change.category == category);
    let dates = [
        (Category::Status, Field::StatusFrom),
        (Category::Name, Field::NameFrom),
        (Category::Address, Field::AddressFrom),
        (Category::CivilStatus, Field::CivilStatusFrom),
    ];
    dates
        .into_iter()
        .filter(|&(category, _)| told(category) && !(category == Category::Address && mask == Mask::Protected))
        .filter_map(|(_, field)| match state.get(field) {
            Some(cpr::Value::Date(date)) => date.to_string().split('T').next().map(str::to_owned),
            _ => None,
        })
        .max()
}

#[cfg(test)]
mod tests;
