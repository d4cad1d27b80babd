//! Standard Webhooks v1: what proves to the consumer that an advisory is ours and unchanged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use runtime::Secret;
use sha2::Sha256;

/// The prefix of a key in text form.
const PREFIX: &str = "whsec_";

/// One or, during rotation, two keys: a consumer accepts an advisory signed by any key it knows.
#[derive(Clone)]
pub struct Signer {
    keys: Vec<Hmac<Sha256>>,
}

/// Why a secret is no signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Behind `whsec_` stands no base64.
    #[error("a key that starts with whsec_ must go on in base64")]
    NotBase64,
    /// Fewer than 24 bytes can be guessed.
    #[error("a signing key must have at least 24 bytes")]
    TooShort,
}

impl Signer {
    /// A signer by the secret's key `signing-key` and, if it is there, `signing-key-previous`: `whsec_` and base64, or raw bytes.
    pub fn new(current: &Secret, previous: Option<&Secret>) -> Result<Self, KeyError> {
        let keys = std::iter::once(current).chain(previous).map(key).collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    /// The value of `webhook-signature` for the exact bytes of `body`, newest key first.
    #[must_use]
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let mut text = String::with_capacity(self.keys.len() * 48);
        for key in &self.keys {
            let mut mac = key.clone();
            for part in [id.as_bytes(), b".", at.as_second().to_string().as_bytes(), b".", body] {
                mac.update(part);
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str("v1,");
            STANDARD.encode_string(mac.finalize().into_bytes(), &mut text);
        }
        text
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({} keys)", self.keys.len())
    }
}

/// The HMAC state after the key: signing then clones it instead of hashing the key each time.
fn key(secret: &Secret) -> Result<Hmac<Sha256>, KeyError> {
    let bytes = match secret.text().and_then(|text| text.trim().strip_prefix(PREFIX)) {
        Some(encoded) => STANDARD.decode(encoded).map_err(|_| KeyError::NotBase64)?,
        None => secret.text().map_or_else(|| secret.bytes(), str::as_bytes).to_vec(),
    };
    if bytes.len() < 24 {
        return Err(KeyError::TooShort);
    }
    Hmac::new_from_slice(&bytes).map_err(|_| KeyError::TooShort)
}

#[cfg(test)]
mod tests {
    use super::*;
    use standardwebhooks::Webhook;

    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OLD: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

    fn secret(text: &str) -> Secret {
        Secret::new(text.as_bytes().to_vec())
    }

    /// Whether the foreign verifier with `key` accepts; it reads the system clock, so the stamp is taken from there.
    fn accepted(key: &str, id: &str, at: Timestamp, body: &[u8], signature: &str) -> bool {
        let mut headers = hyper::HeaderMap::new();
        headers.insert("webhook-id", id.parse().unwrap());
        headers.insert("webhook-timestamp", at.as_second().to_string().parse().unwrap());
        headers.insert("webhook-signature", signature.parse().unwrap());
        Webhook::new(key).unwrap().verify(body, &headers).is_ok()
    }

    #[expect(clippy::disallowed_methods, reason = "the foreign verifier compares with the system clock")]
    fn now() -> Timestamp {
        Timestamp::now()
    }

    #[test]
    fn a_foreign_verifier_accepts_and_refuses_after_one_changed_byte() {
        let (id, body, at) = ("abc-1-7", br#"{"id":"abc-1-7"}"#.to_vec(), now());
        let signature = Signer::new(&secret(KEY), None).unwrap().sign(id, at, &body);
        assert!(accepted(KEY, id, at, &body, &signature));
        for at_byte in 0..body.len() {
            let mut changed = body.clone();
            changed[at_byte] ^= 1;
            assert!(!accepted(KEY, id, at, &changed, &signature), "byte {at_byte}");
        }
        assert!(!accepted(KEY, "abc-1-8", at, &body, &signature));
        assert!(!accepted(OLD, id, at, &body, &signature));
    }

    #[test]
    fn during_rotation_both_keys_are_accepted() {
        let signature = Signer::new(&secret(KEY), Some(&secret(OLD))).unwrap().sign("i", now(), b"x");
        assert_eq!(signature.split(' ').count(), 2);
        assert!(accepted(KEY, "i", now(), b"x", &signature));
        assert!(accepted(OLD, "i", now(), b"x", &signature));
    }

    #[test]
    fn the_published_example_gives_the_published_signature() {
        // from the specification's reference libraries
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let signature = Signer::new(&secret(KEY), None).unwrap().sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn keys_come_as_base64_or_raw_and_never_short() {
        let raw = "a raw key of thirty-two bytes ..";
        let a = Signer::new(&secret(raw), None).unwrap().sign("i", now(), b"x");
        let b = Signer::new(&secret(&format!("{raw}\n")), None).unwrap();
        assert_eq!(a, b.sign("i", now(), b"x"), "an editor's line end is no part of the key");
        assert_eq!(Signer::new(&secret("short"), None).unwrap_err(), KeyError::TooShort);
        assert_eq!(Signer::new(&secret("whsec_???"), None).unwrap_err(), KeyError::NotBase64);
    }
}
