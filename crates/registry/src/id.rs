//! Names and identifiers of compiled objects.

use std::fmt;

use uuid::Uuid;

/// The namespace of all identifiers that are derived from names (UUIDv5), chosen once at random.
const NAMES: Uuid = Uuid::from_u128(0x6f0a_2f6e_94f1_4b0c_8d5b_5c1e_7a90_3d42);

/// The uid of an object that comes from a folder: UUIDv5 of installation, kind, namespace and name.
///
/// Two installations never share one, and the same object keeps it over restarts and machines.
#[must_use]
pub fn uid(installation: &str, kind: &str, object: &ObjectRef) -> Uuid {
    // The separator can be in none of the parts, so that no two objects meet.
    let text = format!("{installation}\n{kind}\n{}\n{}", object.namespace, object.name);
    Uuid::new_v5(&NAMES, text.as_bytes())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl From<Uuid> for $name {
            fn from(uid: Uuid) -> Self {
                Self(uid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

ids! {
    /// The uid of a source.
    SourceId;
    /// The uid of a consumer: the key of its cursor, lanes and queue.
    ConsumerId;
    /// The uid of a subscription: the key of its memberships.
    SubscriptionId;
}

/// Namespace and name of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct ObjectRef {
    /// The namespace.
    pub namespace: String,
    /// The name within the namespace and kind.
    pub name: String,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Namespace and name of a secret; never its content.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct SecretRef {
    /// The namespace, always the one of the object that refers to it.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(namespace: &str, name: &str) -> ObjectRef {
        ObjectRef { namespace: namespace.into(), name: name.into() }
    }

    #[test]
    fn the_uid_is_stable_and_depends_on_every_part() {
        let uids = [
            uid("demo", "CprConsumer", &object("a", "b")),
            uid("other", "CprConsumer", &object("a", "b")),
            uid("demo", "CprSource", &object("a", "b")),
            uid("demo", "CprConsumer", &object("ab", "b")),
            uid("demo", "CprConsumer", &object("a", "bb")),
        ];
        let distinct: std::collections::BTreeSet<_> = uids.iter().collect();
        assert_eq!(distinct.len(), uids.len());
        // Stored in every lane and sent to every consumer: a changed rule would make everybody a stranger.
        assert_eq!(uids[0].to_string(), "1c54298a-5a76-5132-9bd2-93811799dd48");
    }
}
