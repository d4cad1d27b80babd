//! The kinds of resources and their generated definitions.

use std::fmt;

use kube::CustomResourceExt;
use serde_json::Value;

use crate::{CprConsumer, CprSource, CprSubscription};

/// The API group.
pub const GROUP: &str = "cprbroker.dk";
/// The API version.
pub const VERSION: &str = "v1alpha1";

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `CprSource`.
    Source,
    /// `CprConsumer`.
    Consumer,
    /// `CprSubscription`.
    Subscription,
}

impl Kind {
    /// Every kind, in the order in which they refer to each other.
    pub const ALL: [Self; 3] = [Self::Source, Self::Consumer, Self::Subscription];

    /// Its name in manifests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "CprSource",
            Self::Consumer => "CprConsumer",
            Self::Subscription => "CprSubscription",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The `CustomResourceDefinition`.
    ///
    /// # Errors
    /// If the definition is no JSON, which the tests rule out.
    pub fn definition(self) -> Result<Value, serde_json::Error> {
        let mut definition = serde_json::to_value(match self {
            Self::Source => CprSource::crd(),
            Self::Consumer => CprConsumer::crd(),
            Self::Subscription => CprSubscription::crd(),
        })?;
        name_known_formats(&mut definition);
        Ok(definition)
    }

    /// The schema of the field `spec`.
    ///
    /// # Errors
    /// As [`Kind::definition`].
    pub fn spec_schema(self) -> Result<Value, serde_json::Error> {
        let mut definition = self.definition()?;
        Ok(definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"].take())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Replaces formats such as `uint16`, which the API server warns about; the bounds say the same.
fn name_known_formats(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
                fields.insert("format".into(), "int32".into());
            }
            fields.values_mut().for_each(name_known_formats);
        }
        Value::Array(items) => items.iter_mut().for_each(name_known_formats),
        _ => {}
    }
}

/// File name and text of every generated definition, as committed beside this crate.
///
/// # Errors
/// If a definition cannot be written, which the tests rule out.
pub fn generated() -> Result<Vec<(String, String)>, serde_json::Error> {
    use serde::ser::Error as _;
    Kind::ALL
        .into_iter()
        .map(|kind| {
            let yaml = serde_saphyr::to_string(&kind.definition()?).map_err(serde_json::Error::custom)?;
            Ok((
                format!("{}.yaml", kind.name().to_lowercase()),
                format!(
                    "# Generated from the types; `CPRBROKER_GENERATE=1 cargo test -p cprbroker-crds` renews it.\n{yaml}"
                ),
            ))
        })
        .collect()
}
