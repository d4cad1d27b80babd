//! What must be known of a subscription even when its declaration is gone.

use registry::{ConsumerId, SubscriptionId};

use crate::db::{Row, Rows, Sql};
use crate::{Store, StoreError, Tx};

const PUT: Sql = Sql::new(
    "subscription.put",
    "insert into subscription (id, consumer, object, purpose, selection, initial_load_done)
     select r.id, r.consumer, r.object, r.purpose, r.selection, r.initial_load_done from {rows} where true
     on conflict (id) do update set consumer = excluded.consumer, object = excluded.object, purpose = excluded.purpose,
       selection = excluded.selection, initial_load_done = case when subscription.selection = excluded.selection
         then subscription.initial_load_done else excluded.initial_load_done end",
);
const DONE: Sql = Sql::new(
    "subscription.initial_load_done",
    "update subscription set initial_load_done = 1 where id in (select r.id from {rows})",
);
const ALL: Sql = Sql::new(
    "subscription.all",
    "select id, consumer, object, purpose, selection, initial_load_done from subscription order by id",
);

fn subscription(row: &Row) -> Result<StoredSubscription, StoreError> {
    let mut row = row.read(ALL.name);
    let (id, consumer) = (SubscriptionId(row.get()?), ConsumerId(row.get()?));
    let (object, purpose, selection) = (row.get()?, row.get()?, row.get()?);
    Ok(StoredSubscription { id, consumer, object, purpose, selection, initial_load_done: row.get::<i64>()? != 0 })
}

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
        let batch = Rows::new()
            .uuid("id", subscriptions.iter().map(|new| new.id))
            .uuid("consumer", subscriptions.iter().map(|new| new.consumer))
            .text("object", subscriptions.iter().map(|new| new.object.as_str()))
            .text("purpose", subscriptions.iter().map(|new| new.purpose.as_str()))
            .text("selection", subscriptions.iter().map(|new| new.selection.as_str()))
            .int("initial_load_done", subscriptions.iter().map(|new| new.initial_load_done.into()));
        self.execute(&PUT, Some(batch), &[]).await?;
        Ok(())
    }

    /// Marks the reselection of these subscriptions as done.
    pub async fn initial_load_done(&mut self, subscriptions: &[SubscriptionId]) -> Result<(), StoreError> {
        self.execute(&DONE, Some(Rows::new().uuid("id", subscriptions.iter().copied())), &[]).await?;
        Ok(())
    }

    /// Every subscription ever seen, by id.
    pub async fn subscriptions(&mut self) -> Result<Vec<StoredSubscription>, StoreError> {
        self.fetch(&ALL, None, &[]).await?.iter().map(subscription).collect()
    }
}

impl Store {
    /// [`Tx::subscriptions`] outside a transaction.
    pub async fn subscriptions(&self) -> Result<Vec<StoredSubscription>, StoreError> {
        self.fetch(&ALL, None, &[]).await?.iter().map(subscription).collect()
    }
}
