//! `CprSource`: an upstream supplier of CPR data, owned by the platform team.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{self, attached};
use crate::subscription::Category;
use crate::text::{Cidr, Cvr, FilePattern, FolderPath, HostSuffix, MunicipalityCode, Name, Prose, RecordCode};

/// Where CPR data comes from, and what may be done with it.
#[derive(CustomResource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "cprbroker.dk",
    version = "v1alpha1",
    kind = "CprSource",
    namespaced,
    category = "cpr",
    shortname = "cprsrc",
    doc = "An upstream supplier of CPR data, and what teams may do with its data.",
    derive = "PartialEq",
    printcolumn = r#"{"name": "Type", "type": "string", "jsonPath": ".spec.type"}"#,
    printcolumn = r#"{"name": "Environment", "type": "string", "jsonPath": ".spec.environment"}"#,
    printcolumn = r#"{"name": "Suspended", "type": "boolean", "jsonPath": ".spec.suspend"}"#,
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = attached(&[&rule::SOURCE_TYPE_MEMBER])))]
pub struct CprSourceSpec {
    /// The data controller. Its CVR number cannot change: one installation serves one data controller.
    #[schemars(extend("x-kubernetes-validations" = attached(&[&rule::AUTHORITY_STAYS])))]
    pub authority: Authority,
    /// Whether the data is about real persons. Cannot change.
    #[schemars(extend("x-kubernetes-validations" = attached(&[&rule::ENVIRONMENT_STAYS])))]
    pub environment: Environment,
    /// How the data arrives. Cannot change.
    #[schemars(extend("x-kubernetes-validations" = attached(&[&rule::TYPE_STAYS])))]
    pub r#type: SourceType,
    /// The folder of a source of type Directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<Directory>,
    /// The record codes that the task at CPR orders. A code that is not here is unknown, not empty: nothing is ever
    /// concluded from its absence.
    #[schemars(length(min = 1, max = 128))]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    #[schemars(extend("x-kubernetes-validations" = attached(&[&rule::PERSON_RECORD_ORDERED])))]
    pub record_codes: Vec<RecordCode>,
    /// Stops the pick-up of files. What was read is still delivered.
    #[serde(default)]
    pub suspend: bool,
    /// Who may use the data of this source, for what and where it may go. Nothing else is allowed.
    #[schemars(length(max = 256))]
    #[serde(default)]
    pub allowed: Vec<Allowed>,
}

/// The data controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Authority {
    /// The CVR number: eight digits in quotes.
    pub cvr: Cvr,
    /// The name of the data controller.
    pub name: Prose,
}

/// Whether the data is about real persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Environment {
    /// Real persons.
    Production,
    /// Test persons only.
    Test,
}

/// How the data arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SourceType {
    /// Extract files that something else places in a folder.
    Directory,
}

/// A folder in which extract files are placed. A file is taken when it is complete and removed after the last of it is
/// stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Directory {
    /// The folder. A relative path begins at the data folder of the installation. Two sources never share a folder.
    pub path: FolderPath,
    /// The names of the files to take: `*` stands for any number of characters, `?` for one, without regard to case.
    #[serde(default = "default_file_pattern")]
    pub file_pattern: FilePattern,
    /// The length of every line in bytes, if the task pads all records to one length; needed only where such a file has
    /// no line terminators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 106, max = 4096))]
    pub record_length: Option<u32>,
}

fn default_file_pattern() -> FilePattern {
    FilePattern("D??????.L??????*".into())
}

/// One grant: whom it is for and all that is allowed to them. A subscription is measured by one grant as a whole: the
/// first that allows all it asks for, else the first that is for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = attached(&[&rule::NATIONWIDE_BY_NAME])))]
pub struct Allowed {
    /// The namespaces whose subscriptions it is for.
    pub namespaces: Namespaces,
    /// The names of the subscriptions it is for; empty means all in those namespaces. Required for kind Age.
    #[serde(default)]
    #[schemars(length(max = 256))]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub subscriptions: Vec<Name>,
    /// Which persons may be selected.
    pub selections: Selections,
    /// Which categories of data may be sent.
    #[schemars(length(min = 1, max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub categories: Vec<Category>,
    /// Where the data may go.
    #[schemars(length(min = 1, max = 64))]
    pub destinations: Vec<Destination>,
}

/// Namespaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Namespaces {
    /// Their names.
    #[schemars(length(min = 1, max = 256))]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub names: Vec<Name>,
}

/// Which persons may be selected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = attached(&[&rule::MUNICIPALITIES_NAMED])))]
pub struct Selections {
    /// The kinds of clauses that may be used.
    #[schemars(length(min = 1, max = 8))]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub kinds: Vec<SelectionKind>,
    /// The municipalities that clauses of kind Municipality may name.
    #[serde(default)]
    #[schemars(length(max = 128))]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    pub municipality_codes: Vec<MunicipalityCode>,
}

/// The kind of a clause: the narrowest condition in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SelectionKind {
    /// The clause names municipalities.
    Municipality,
    /// The clause names ages and no municipality: nationwide.
    Age,
}

/// Where data may go: hosts on public addresses by name, or addresses by net, private ones included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = attached(&[&rule::ONE_DESTINATION])))]
pub struct Destination {
    /// A host such as `a.eksempel.dk`, or every host below a domain such as `.eksempel.dk`; reached on public addresses
    /// only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_suffix: Option<HostSuffix>,
    /// A net such as `10.20.0.0/16`; the only way to private, loopback and link-local addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidr: Option<Cidr>,
    /// The TCP port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
}
