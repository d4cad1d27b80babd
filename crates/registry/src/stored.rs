//! The stored form of the registry: JSON with a schema number.

use crate::{Registry, SCHEMA};

/// Why a stored registry cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// A newer program wrote it.
    #[error("the registry has schema {found}, this program reads up to {SCHEMA}; use a newer program")]
    Newer {
        /// The schema number found.
        found: u32,
    },
    /// Not a registry, or a damaged one.
    #[error("the stored registry cannot be read")]
    Unreadable(#[source] serde_json::Error),
}

/// Only the schema number, readable whatever else changed.
#[derive(serde::Deserialize)]
struct Head {
    schema: u32,
}

impl Registry {
    /// The stored form: the same registry always gives the same text.
    ///
    /// # Errors
    /// [`StoredError::Unreadable`] if a path in it is no text.
    pub fn to_stored(&self) -> Result<String, StoredError> {
        serde_json::to_string(self).map_err(StoredError::Unreadable)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`StoredError::Newer`] for a schema that this program does not know, [`StoredError::Unreadable`] otherwise.
    pub fn from_stored(text: &str) -> Result<Self, StoredError> {
        let Head { schema } = serde_json::from_str(text).map_err(StoredError::Unreadable)?;
        if schema > SCHEMA {
            return Err(StoredError::Newer { found: schema });
        }
        serde_json::from_str(text).map_err(StoredError::Unreadable)
    }
}

/// A duration as whole milliseconds.
pub(crate) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Ok(Duration::from_millis(u64::deserialize(deserializer)?))
    }
}

/// Durations as whole milliseconds.
pub(crate) mod millis_list {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(durations: &[Duration], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(durations.iter().map(|each| u64::try_from(each.as_millis()).unwrap_or(u64::MAX)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Duration>, D::Error> {
        Ok(Vec::<u64>::deserialize(deserializer)?.into_iter().map(Duration::from_millis).collect())
    }
}

/// Categories by their names in manifests, in a fixed order.
pub(crate) mod categories {
    use cpr::{Categories, Category};
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub(crate) fn serialize<S: Serializer>(categories: &Categories, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(Category::GRANTABLE.iter().filter(|each| categories.contains(**each)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Categories, D::Error> {
        Ok(Vec::<Category>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_is_refused_and_a_damaged_text_too() {
        let stored = Registry::empty("demo").to_stored().unwrap();
        assert_eq!(Registry::from_stored(&stored).unwrap(), Registry::empty("demo"));
        let newer = stored.replace(r#""schema":1"#, r#""schema":99,"future":{}"#);
        assert!(matches!(Registry::from_stored(&newer), Err(StoredError::Newer { found: 99 })));
        assert!(matches!(Registry::from_stored(&stored[1..]), Err(StoredError::Unreadable(_))));
    }
}
