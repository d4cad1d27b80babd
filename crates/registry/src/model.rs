//! The compiled resources.

use std::path::PathBuf;
use std::time::Duration;

use cpr::{Categories, RecordCode};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Clause, ConsumerId, Destination, Municipality, ObjectRef, SecretRef, SourceId, SubscriptionId, stored};

/// The schema number of the stored form that this program writes; it reads this one and all before it.
pub const SCHEMA: u32 = 1;

/// One version of the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registry {
    /// Schema number of the stored form, see [`SCHEMA`].
    pub schema: u32,
    /// Name of the installation: part of every uid and of every advisory's `source`.
    pub installation: String,
    /// The data controller; `None` while no source is declared.
    pub authority: Option<Authority>,
    /// Production or test data; `None` while no source is declared.
    pub environment: Option<Environment>,
    /// The sources by namespace and name.
    pub sources: Vec<Source>,
    /// The consumers by namespace and name.
    pub consumers: Vec<Consumer>,
    /// The subscriptions by namespace and name.
    pub subscriptions: Vec<Subscription>,
}

/// The data controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Eight digits of the Central Business Register (CVR).
    pub cvr: String,
    /// Its name.
    pub name: String,
}

/// Which register the data comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Environment {
    /// Real persons.
    Production,
    /// The test register or a fictitious population.
    Test,
}

/// An upstream supplier of CPR data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its uid.
    pub id: SourceId,
    /// Namespace and name.
    pub object: ObjectRef,
    /// The file it was declared in, relative to the folder.
    pub origin: String,
    /// Where its files appear.
    pub directory: Directory,
    /// The record codes that the task orders, ascending; a code that is not here is unknown, not empty.
    pub record_codes: Vec<RecordCode>,
    /// No pick-up while set; delivery goes on.
    pub suspend: bool,
    /// What may be done with its data; nothing else is.
    pub grants: Vec<Grant>,
}

/// What some subscriptions may do with the data of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The namespaces whose subscriptions it is for.
    pub namespaces: Vec<String>,
    /// The names of the subscriptions it is for; empty means all.
    pub subscriptions: Vec<String>,
    /// The municipalities that may be selected, ascending.
    pub municipalities: Vec<Municipality>,
    /// Whether persons may be selected wherever they live.
    pub nationwide: bool,
    /// The categories that may be sent.
    #[serde(with = "stored::categories")]
    pub categories: Categories,
    /// Where the data may go.
    pub destinations: Vec<Destination>,
}

/// A folder in which extracts are placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// The folder; a relative path starts at the data folder.
    pub path: PathBuf,
    /// File names to take: `*` stands for any number of characters, `?` for one; without regard to case.
    pub file_pattern: String,
    /// Bytes of every line, where all are padded to one length.
    pub record_length: Option<usize>,
}

/// A system that receives advisories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// Its uid.
    pub id: ConsumerId,
    /// Namespace and name.
    pub object: ObjectRef,
    /// The file it was declared in, relative to the folder.
    pub origin: String,
    /// Where and how it is called.
    pub webhook: Webhook,
    /// What an advisory holds.
    pub content: Content,
    /// When a failed delivery is tried again.
    pub retry: Retry,
    /// An advisory that is older than this when it becomes the head of its lane is parked.
    #[serde(with = "stored::millis")]
    pub expire_after: Duration,
    /// How fast it may be called.
    pub limits: Limits,
    /// No delivery while set; everything waits in the store.
    pub suspend: bool,
    /// Where its data may go: what the sources of its subscriptions allow; see [`crate::allows`]. After its last
    /// subscription it keeps what it had, so that the persons' `left` still reaches it; nothing else is sent then.
    pub destinations: Vec<Destination>,
    /// Changes whenever its declaration changes in content; ends the state `gone`.
    pub revision: String,
}

/// An HTTPS endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// `https://host[:port]/path`, without user, password and fragment.
    pub url: String,
    /// Keys `signing-key` and, during rotation, `signing-key-previous`.
    pub signing_secret: SecretRef,
    /// Every key is the name of a header, its content the value.
    pub headers: Option<SecretRef>,
    /// Key `ca.crt`: the roots to trust instead of the public ones.
    pub ca: Option<SecretRef>,
    /// Keys `tls.crt` and `tls.key`.
    pub client_certificate: Option<SecretRef>,
    /// One deadline for the whole exchange.
    #[serde(with = "stored::millis")]
    pub timeout: Duration,
    /// HTTP status codes after which an advisory is not tried again, ascending.
    pub final_statuses: Vec<u16>,
}

/// What an advisory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// What changed, no values.
    Thin,
    /// What changed and the granted values.
    Changes,
}

/// When a failed delivery is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// The wait after the first, second, … failure; after the last one the advisory is parked.
    #[serde(with = "stored::millis_list")]
    pub schedule: Vec<Duration>,
    /// Each wait is spread by this many per cent either way, 0 to 100.
    pub jitter_percent: u8,
}

/// How fast a consumer may be called, over all processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Requests at one time.
    pub concurrency: u32,
    /// Requests a second.
    pub rate_per_second: u32,
}

/// A declared need, cut down to what its source grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its uid.
    pub id: SubscriptionId,
    /// Namespace and name.
    pub object: ObjectRef,
    /// The file it was declared in, relative to the folder.
    pub origin: String,
    /// The source of its persons.
    pub source: SourceId,
    /// Who receives.
    pub consumer: ConsumerId,
    /// Why.
    pub purpose: Purpose,
    /// The last day on which it selects anybody.
    pub until: Date,
    /// Which persons: one clause is enough.
    pub clauses: Vec<Clause>,
    /// The categories in which a change is told: wanted and granted.
    #[serde(with = "stored::categories")]
    pub notify_on: Categories,
    /// Whether the entering of a person is told. The leaving is always told.
    pub notify_entered: bool,
    /// The categories whose values may be sent: wanted and granted.
    #[serde(with = "stored::categories")]
    pub categories: Categories,
    /// Whether persons that are found by the first reselection are told as entered.
    pub initial_load: bool,
}

/// Why a subscription exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    /// What the data is used for.
    pub description: String,
    /// The law.
    pub legal_basis: String,
    /// The team that answers for it.
    pub owner: String,
}

impl Registry {
    /// A registry in which nothing is declared.
    #[must_use]
    pub fn empty(installation: &str) -> Self {
        Self {
            schema: SCHEMA,
            installation: installation.to_owned(),
            authority: None,
            environment: None,
            sources: Vec::new(),
            consumers: Vec::new(),
            subscriptions: Vec::new(),
        }
    }

    /// The source with this uid.
    #[must_use]
    pub fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == id)
    }

    /// The consumer with this uid.
    #[must_use]
    pub fn consumer(&self, id: ConsumerId) -> Option<&Consumer> {
        self.consumers.iter().find(|consumer| consumer.id == id)
    }

    /// The subscription with this uid.
    #[must_use]
    pub fn subscription(&self, id: SubscriptionId) -> Option<&Subscription> {
        self.subscriptions.iter().find(|subscription| subscription.id == id)
    }

    /// The subscriptions whose advisories go to this consumer.
    pub fn subscriptions_of(&self, consumer: ConsumerId) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.iter().filter(move |subscription| subscription.consumer == consumer)
    }
}
