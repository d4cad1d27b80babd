//! `CprConsumer`: a system that receives advisories, owned by the consumer team.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{self, attached};
use crate::text::{HttpsUrl, Name, Timeout, Wait};

/// Where advisories go, and how.
#[derive(CustomResource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "cprbroker.dk",
    version = "v1alpha1",
    kind = "CprConsumer",
    namespaced,
    category = "cpr",
    shortname = "cprcon",
    doc = "A system that receives advisories about persons.",
    derive = "PartialEq",
    printcolumn = r#"{"name": "Type", "type": "string", "jsonPath": ".spec.type"}"#,
    printcolumn = r#"{"name": "Content", "type": "string", "jsonPath": ".spec.content"}"#,
    printcolumn = r#"{"name": "Suspended", "type": "boolean", "jsonPath": ".spec.suspend"}"#,
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = attached(&[&rule::CONSUMER_TYPE_MEMBER])))]
pub struct CprConsumerSpec {
    /// How advisories are delivered. Cannot change.
    #[schemars(extend("x-kubernetes-validations" = attached(&[&rule::TYPE_STAYS])))]
    pub r#type: ConsumerType,
    /// The endpoint of a consumer of type Webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// What an advisory holds.
    #[serde(default = "default_content")]
    pub content: Content,
    /// When a failed delivery is tried again.
    #[serde(default = "default_retry")]
    pub retry: Retry,
    /// An advisory that is still waiting after this time is given up and kept for a replay.
    #[serde(default = "default_expire_after")]
    pub expire_after: Wait,
    /// How fast the endpoint may be called, by all processes together.
    #[serde(default = "default_limits")]
    pub limits: Limits,
    /// Stops delivery. Advisories wait in the store.
    #[serde(default)]
    pub suspend: bool,
}

/// How advisories are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConsumerType {
    /// A CloudEvent by HTTPS POST, signed by Standard Webhooks.
    Webhook,
}

/// What an advisory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Content {
    /// What changed, without values.
    Thin,
    /// What changed, and the values of the granted categories.
    Changes,
}

/// An HTTPS endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Webhook {
    /// The URL that advisories are posted to. It must lie within the destinations that the source allows.
    pub url: HttpsUrl,
    /// The secret with the key `signing-key` and, during a rotation, `signing-key-previous`.
    pub signing_secret_ref: SecretReference,
    /// A secret whose keys and contents are sent as headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers_ref: Option<SecretReference>,
    /// Trust and identity where the public web's rules do not serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// The deadline of one delivery, from the first byte sent to the answer: 1s to 60s.
    #[serde(default = "default_timeout")]
    pub timeout: Timeout,
    /// HTTP statuses after which an advisory is given up at once instead of tried again.
    #[serde(default = "default_final_statuses")]
    #[schemars(length(max = 32), inner(range(min = 400, max = 599)))]
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    #[schemars(extend("x-kubernetes-validations" = attached(&[&rule::STATUS_IS_FREE])))]
    pub final_statuses: Vec<u16>,
}

/// A secret in the namespace of the object that refers to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretReference {
    /// The name of the secret.
    pub name: Name,
}

/// Trust and identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tls {
    /// The secret whose key `ca.crt` holds the roots to trust instead of the public ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_ref: Option<SecretReference>,
    /// The secret whose keys `tls.crt` and `tls.key` are shown to the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate_ref: Option<SecretReference>,
}

/// When a failed delivery is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retry {
    /// The wait after the first failure, the second and so on. After the last one the advisory is given up and kept for
    /// a replay.
    #[serde(default = "default_schedule")]
    #[schemars(length(min = 1, max = 32))]
    pub schedule: Vec<Wait>,
    /// Each wait is made longer or shorter by up to this many per cent, so that failures do not come back together.
    #[serde(default = "default_jitter_percent")]
    #[schemars(range(min = 0, max = 100))]
    pub jitter_percent: u8,
}

/// How fast an endpoint may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// Requests at one time.
    #[serde(default = "default_concurrency")]
    #[schemars(range(min = 1, max = 256))]
    pub concurrency: u32,
    /// Requests a second.
    #[serde(default = "default_rate_per_second")]
    #[schemars(range(min = 1, max = 10000))]
    pub rate_per_second: u32,
}

fn default_content() -> Content {
    Content::Thin
}

fn default_schedule() -> Vec<Wait> {
    ["5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h"].map(|wait| Wait(wait.into())).into()
}

fn default_jitter_percent() -> u8 {
    20
}

fn default_retry() -> Retry {
    Retry { schedule: default_schedule(), jitter_percent: default_jitter_percent() }
}

fn default_expire_after() -> Wait {
    Wait("30d".into())
}

fn default_concurrency() -> u32 {
    8
}

fn default_rate_per_second() -> u32 {
    50
}

fn default_limits() -> Limits {
    Limits { concurrency: default_concurrency(), rate_per_second: default_rate_per_second() }
}

fn default_timeout() -> Timeout {
    Timeout("15s".into())
}

fn default_final_statuses() -> Vec<u16> {
    vec![400, 422]
}
