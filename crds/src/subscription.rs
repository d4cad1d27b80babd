//! `CprSubscription`: a declared need, owned by the consumer team.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{self, attached};
use crate::text::{MunicipalityCode, Name, Prose, Until};

/// Who needs to hear about which persons, why and until when.
#[derive(CustomResource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "cprbroker.dk",
    version = "v1alpha1",
    kind = "CprSubscription",
    namespaced,
    category = "cpr",
    shortname = "cprsub",
    doc = "A declared need to hear about changes: which persons, which data, for what purpose and until when.",
    derive = "PartialEq",
    printcolumn = r#"{"name": "Source", "type": "string", "jsonPath": ".spec.sourceRef.name"}"#,
    printcolumn = r#"{"name": "Consumer", "type": "string", "jsonPath": ".spec.consumerRef.name"}"#,
    printcolumn = r#"{"name": "Until", "type": "string", "jsonPath": ".spec.until"}"#,
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = attached(&[&rule::CHANGES_AMONG_CATEGORIES])))]
pub struct CprSubscriptionSpec {
    /// The source of the persons. Cannot change.
    #[schemars(extend("x-kubernetes-validations" = attached(&[&rule::SOURCE_REF_STAYS])))]
    pub source_ref: SourceReference,
    /// The consumer that receives the advisories. Cannot change.
    #[schemars(extend("x-kubernetes-validations" = attached(&[&rule::CONSUMER_REF_STAYS])))]
    pub consumer_ref: ConsumerReference,
    /// Why the data is needed. Kept with every hand-over for the auditor.
    pub purpose: Purpose,
    /// The last day of the need, in quotes. After it each person is reported once as left, and nothing more is sent.
    pub until: Until,
    /// Which persons.
    pub persons: Persons,
    /// What is told.
    pub notify_on: NotifyOn,
    /// Which categories of data may be sent.
    #[schemars(length(min = 1, max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub categories: Vec<Category>,
    /// Whether the persons that already belong to the selection when the subscription begins are reported as entered.
    #[serde(default)]
    pub initial_load: bool,
}

/// A source by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceReference {
    /// The name of the source.
    pub name: Name,
    /// Its namespace; the subscription's own if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Name>,
}

/// A consumer in the subscription's namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsumerReference {
    /// The name of the consumer.
    pub name: Name,
}

/// Why data is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Purpose {
    /// What the data is used for. Never names a person.
    pub description: Prose,
    /// The law that allows it.
    pub legal_basis: Prose,
    /// The team that answers for it.
    pub owner: Prose,
}

/// Which persons: those that satisfy at least one clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Persons {
    /// The clauses; one of them is enough.
    #[schemars(length(min = 1, max = 64))]
    pub any_of: Vec<Clause>,
}

/// Conditions that must all be true. At least one is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = attached(&[&rule::CLAUSE_HAS_CONDITION])))]
pub struct Clause {
    /// The person lives in one of these municipalities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub municipality_codes: Option<Vec<MunicipalityCode>>,
    /// The person's age in completed years, by the registered birth date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_range: Option<AgeRange>,
}

/// Ages in completed years, both ends included. A person whose birth date is partly unknown is inside only if every
/// possible age is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = attached(&[&rule::AGES_IN_ORDER])))]
pub struct AgeRange {
    /// The lowest age.
    #[schemars(range(min = 0, max = 150))]
    pub from: u8,
    /// The highest age; no upper end if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 150))]
    pub to: Option<u8>,
}

/// What is told. That a person has left is always told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotifyOn {
    /// A change in any of these categories is told; each must be among `categories`.
    #[serde(default)]
    #[schemars(length(max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub changes: Vec<Category>,
    /// Whether it is told that a person has entered the selection.
    #[serde(default = "default_entered")]
    pub entered: bool,
}

fn default_entered() -> bool {
    true
}

/// A group of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Category {
    /// Names in force.
    Name,
    /// The address in force.
    Address,
    /// The status in the register and its start.
    Status,
    /// Protections in force.
    Protection,
    /// Civil status and its start.
    CivilStatus,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 5] = [Self::Name, Self::Address, Self::Status, Self::Protection, Self::CivilStatus];
}
