//! Membership: who is covered by which subscription since when.

use jiff::Timestamp;
use registry::{ConsumerId, SubscriptionId};

use crate::db::{Rows, Sql};
use crate::{PersonId, Store, StoreError, Tx};

const FIND: Sql = Sql::new(
    "membership.find",
    "select m.subscription, m.person, m.consumer, m.since from {rows} cross join membership m where m.person = r.person",
);
const ADD: Sql = Sql::new(
    "membership.add",
    "insert into membership (person, subscription, consumer, since)
     select r.person, r.subscription, r.consumer, r.since from {rows} where true
     on conflict (person, subscription) do nothing",
);
const REMOVE: Sql = Sql::new(
    "membership.remove",
    "delete from membership where (person, subscription) in (select r.person, r.subscription from {rows})",
);
const COUNT: Sql = Sql::new("membership.count", "select subscription, count(*) from membership group by subscription");

/// One person selected by one subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The person.
    pub person: PersonId,
    /// The subscription's consumer, kept so that a `left` finds its way when the subscription is gone.
    pub consumer: ConsumerId,
    /// Since when.
    pub since: Timestamp,
}

impl Tx {
    /// The memberships of these persons, in no order.
    pub async fn memberships(&mut self, persons: &[PersonId]) -> Result<Vec<Membership>, StoreError> {
        let batch = Rows::new().uuid("person", persons.iter().copied());
        let rows = self.fetch(&FIND, Some(batch), &[]).await?;
        let membership = |row: &crate::db::Row| {
            let mut row = row.read(FIND.name);
            let (subscription, person) = (SubscriptionId(row.get()?), PersonId(row.get()?));
            Ok(Membership { subscription, person, consumer: ConsumerId(row.get()?), since: row.time()? })
        };
        rows.iter().map(membership).collect()
    }

    /// Stores memberships; one that exists stays as it is.
    pub async fn add_memberships(&mut self, memberships: &[Membership]) -> Result<(), StoreError> {
        let batch = Rows::new()
            .uuid("person", memberships.iter().map(|new| new.person))
            .uuid("subscription", memberships.iter().map(|new| new.subscription))
            .uuid("consumer", memberships.iter().map(|new| new.consumer))
            .int("since", memberships.iter().map(|new| new.since.as_millisecond()));
        self.execute(&ADD, Some(batch), &[]).await?;
        Ok(())
    }

    /// Ends memberships.
    pub async fn remove_memberships(&mut self, memberships: &[(SubscriptionId, PersonId)]) -> Result<(), StoreError> {
        let batch = Rows::new()
            .uuid("person", memberships.iter().map(|(_, person)| *person))
            .uuid("subscription", memberships.iter().map(|(subscription, _)| *subscription));
        self.execute(&REMOVE, Some(batch), &[]).await?;
        Ok(())
    }
}

impl Store {
    /// Members per subscription.
    pub async fn count_members(&self) -> Result<Vec<(SubscriptionId, i64)>, StoreError> {
        let rows = self.fetch(&COUNT, None, &[]).await?;
        let count = |row: &crate::db::Row| {
            let mut row = row.read(COUNT.name);
            Ok((SubscriptionId(row.get()?), row.get()?))
        };
        rows.iter().map(count).collect()
    }
}
