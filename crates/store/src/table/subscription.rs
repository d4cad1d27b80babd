//! What must be known of a subscription even when its declaration is gone.

use registry::{ConsumerId, SubscriptionId};

use crate::{Store, StoreError, Tx};

/// A subscription as the store remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSubscription {
    /// Its uid.
    pub id: SubscriptionId,
    /// Who receives.
    pub consumer: ConsumerId,
    /// `NAMESPACE/NAME` of its declaration.
    pub object: String,
    /// The purpose, as JSON text.
    pub purpose: String,
    /// What decides whom it selects (clauses and `until`), as JSON text: another one makes its reselection due again.
    pub selection: String,
    /// Whether the reselection of this selection has run to the end.
    pub initial_load_done: bool,
}

impl Tx {
    /// Stores subscriptions (each at most once in the slice); an existing row keeps `initial_load_done` if its
    /// `selection` stays the same, else it takes the one given.
    pub async fn put_subscriptions(&mut self, subscriptions: &[StoredSubscription]) -> Result<(), StoreError> {
        let _ = subscriptions;
        unimplemented!()
    }

    /// Marks the reselection of these subscriptions as done.
    pub async fn initial_load_done(&mut self, subscriptions: &[SubscriptionId]) -> Result<(), StoreError> {
        let _ = subscriptions;
        unimplemented!()
    }

    /// Every subscription ever seen, by id.
    pub async fn subscriptions(&mut self) -> Result<Vec<StoredSubscription>, StoreError> {
        unimplemented!()
    }
}

impl Store {
    /// [`Tx::subscriptions`] outside a transaction.
    pub async fn subscriptions(&self) -> Result<Vec<StoredSubscription>, StoreError> {
        unimplemented!()
    }
}
