//! Membership: who is covered by which subscription since when.

use jiff::Timestamp;
use registry::{ConsumerId, SubscriptionId};

use crate::{PersonId, Store, StoreError, Tx};

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
        let _ = persons;
        unimplemented!()
    }

    /// Stores memberships; one that exists stays as it is.
    pub async fn add_memberships(&mut self, memberships: &[Membership]) -> Result<(), StoreError> {
        let _ = memberships;
        unimplemented!()
    }

    /// Ends memberships.
    pub async fn remove_memberships(&mut self, memberships: &[(SubscriptionId, PersonId)]) -> Result<(), StoreError> {
        let _ = memberships;
        unimplemented!()
    }
}

impl Store {
    /// Members per subscription.
    pub async fn count_members(&self) -> Result<Vec<(SubscriptionId, i64)>, StoreError> {
        unimplemented!()
    }
}
