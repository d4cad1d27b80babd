//! Standard Webhooks: what a consumer verifies before it believes a word.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use hyper::HeaderMap;
use jiff::Timestamp;
use sha2::Sha256;

use super::{ReceiverError, Refusal};

/// How far the timestamp may lie from now, in seconds.
const TOLERANCE: i64 = 300;

/// A signing secret; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Reads `whsec_` and base64.
    ///
    /// # Errors
    /// [`ReceiverError::Secret`] if the text has another form.
    pub fn parse(text: &str) -> Result<Self, ReceiverError> {
        let encoded = text.trim().strip_prefix("whsec_").ok_or(ReceiverError::Secret)?;
        let key = STANDARD.decode(encoded).map_err(|_| ReceiverError::Secret)?;
        if key.is_empty() { Err(ReceiverError::Secret) } else { Ok(Self(key)) }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// What the signature vouches for besides the body.
pub(super) struct Signed {
    pub(super) id: String,
    pub(super) sent: Timestamp,
}

/// Verifies the three headers over the body: any one signature by any one secret will do.
pub(super) fn verify(headers: &HeaderMap, body: &[u8], secrets: &[Secret], now: Timestamp) -> Result<Signed, Refusal> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Refusal::Headers);
    let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
    let signatures = header("webhook-signature")?;
    let sent = timestamp.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let sent = sent.filter(|_| !id.is_empty()).ok_or(Refusal::Headers)?;
    if (now.as_second() - sent.as_second()).abs() > TOLERANCE {
        return Err(Refusal::Timestamp);
    }
    let told: Vec<Vec<u8>> =
        signatures.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok()).collect();
    let matches = secrets.iter().any(|secret| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&secret.0) else { return false };
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        told.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
    });
    if matches { Ok(Signed { id: id.to_owned(), sent }) } else { Err(Refusal::Signature) }
}
