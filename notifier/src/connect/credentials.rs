//! A consumer's secrets as they stand in the files now.

use registry::{Consumer, SecretRef};
use runtime::{Secret, SecretError, Secrets};

/// Everything secret that calls to one consumer need. Compared to see a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// key `signing-key`
    pub signing_key: Secret,
    /// key `signing-key-previous`, during rotation
    pub signing_key_previous: Option<Secret>,
    /// header names and values
    pub headers: Vec<(String, Secret)>,
    /// key `ca.crt`
    pub ca: Option<Secret>,
    /// keys `tls.crt` and `tls.key`
    pub client_certificate: Option<(Secret, Secret)>,
}

/// Why a consumer cannot be called from here: a secret is missing or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    /// There is no such secret or key.
    #[error("secret {secret} has no key {key} here; nothing is sent to its consumer until it has")]
    Key {
        /// namespace and name
        secret: SecretRef,
        /// the key
        key: String,
    },
    /// It is there and cannot be read.
    #[error("a secret cannot be read; nothing is sent to its consumer until it can")]
    Unreadable(#[from] SecretError),
}

impl Credentials {
    /// Reads the secrets that the consumer's declaration names.
    pub fn read(consumer: &Consumer, secrets: &Secrets) -> Result<Self, Missing> {
        let webhook = &consumer.webhook;
        let signing = &webhook.signing_secret;
        let pair = |secret: &SecretRef| -> Result<_, Missing> {
            Ok((required(secrets, secret, "tls.crt")?, required(secrets, secret, "tls.key")?))
        };
        Ok(Self {
            signing_key: required(secrets, signing, "signing-key")?,
            signing_key_previous: secrets.get(&signing.namespace, &signing.name, "signing-key-previous")?,
            headers: webhook.headers.as_ref().map(|secret| headers(secrets, secret)).transpose()?.unwrap_or_default(),
            ca: webhook.ca.as_ref().map(|secret| required(secrets, secret, "ca.crt")).transpose()?,
            client_certificate: webhook.client_certificate.as_ref().map(pair).transpose()?,
        })
    }
}

fn required(secrets: &Secrets, secret: &SecretRef, key: &str) -> Result<Secret, Missing> {
    secrets
        .get(&secret.namespace, &secret.name, key)?
        .ok_or_else(|| Missing::Key { secret: secret.clone(), key: key.to_owned() })
}

fn headers(secrets: &Secrets, secret: &SecretRef) -> Result<Vec<(String, Secret)>, Missing> {
    let missing = || Missing::Key { secret: secret.clone(), key: "of any header".to_owned() };
    let keys = secrets.keys(&secret.namespace, &secret.name)?.ok_or_else(missing)?;
    keys.into_iter().map(|key| Ok((key.clone(), required(secrets, secret, &key)?))).collect()
}
