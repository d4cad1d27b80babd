//! The guarded way out: one POST to a consumer's endpoint, only where the source allows it, never followed elsewhere, never longer
//! than its deadline, never reading more than a little of the answer.

mod credentials;
mod guard;
mod tls;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use registry::Consumer;
use rustls::RootCertStore;

pub use credentials::{Credentials, Missing};
pub use tls::native_roots;

use crate::answer::Failure;
use crate::signature::Signer;
use guard::Guard;

/// Of an answer's body this much is read, so that the connection can be used again; then it is dropped.
const BODY_CAP: usize = 64 * 1024;

/// A connection that nobody used for this long is closed.
const IDLE: Duration = Duration::from_secs(30);

/// One consumer's endpoint with the credentials of one moment. Made anew when either changes.
#[derive(Clone)]
pub struct Endpoint {
    client: Client<Guard, Full<Bytes>>,
    uri: Uri,
    headers: HeaderMap,
    timeout: Duration,
    signer: Signer,
}

/// What came back, as far as it matters: the status and the wait it asks for, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// the HTTP status
    pub status: u16,
    /// the header `Retry-After`
    pub retry_after: Option<String>,
}

/// Why a declared endpoint with its credentials cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// Only https is called.
    #[error("the webhook's url is not of the form https://HOST/PATH")]
    Url,
    /// The signing key is none.
    #[error("the signing secret cannot be used")]
    SigningKey(#[source] crate::signature::KeyError),
    /// A header cannot be sent, or belongs to the delivery itself.
    #[error("the headers' secret holds a header that cannot be sent: {name}")]
    Header {
        /// which header
        name: String,
    },
    /// The roots are no certificates.
    #[error("the secret's ca.crt holds no usable certificate")]
    Roots,
    /// Certificate and key do not fit.
    #[error("the secret's tls.crt and tls.key cannot be used together")]
    ClientCertificate,
}

impl Endpoint {
    /// Prepares calls to `consumer` with its credentials; `native` are the roots where the consumer names none. Connects to nothing yet.
    pub fn new(
        consumer: &Consumer,
        credentials: &Credentials,
        native: &Arc<RootCertStore>,
    ) -> Result<Self, EndpointError> {
        let uri: Uri = consumer.webhook.url.parse().map_err(|_| EndpointError::Url)?;
        if uri.scheme_str() != Some("https") || uri.host().is_none() {
            return Err(EndpointError::Url);
        }
        let tls = tls::client_config(credentials, native)?;
        let signer = Signer::new(&credentials.signing_key, credentials.signing_key_previous.as_ref())
            .map_err(EndpointError::SigningKey)?;
        let guard = Guard::new(consumer.destinations.clone(), tls, consumer.webhook.timeout);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(usize::try_from(consumer.limits.concurrency).unwrap_or(usize::MAX))
            .build(guard);
        let headers = headers(credentials)?;
        Ok(Self { client, uri, headers, timeout: consumer.webhook.timeout, signer })
    }

    /// What signs for this consumer.
    #[must_use]
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Sends `body` and waits for a status line and headers; the answer's body is read up to 64 KiB within the same deadline and
    /// dropped, whatever it is.
    pub async fn post(&self, own: HeaderMap, body: Bytes) -> Result<Answered, Failure> {
        let deadline = tokio::time::Instant::now() + self.timeout;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        headers.extend(own);
        let response = match tokio::time::timeout_at(deadline, self.client.request(request)).await {
            Err(_) => return Err(Failure::Timeout),
            Ok(Err(error)) => return Err(failure(&error)),
            Ok(Ok(response)) => response,
        };
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let answered = Answered { status: response.status().as_u16(), retry_after };
        let mut body = response.into_body();
        // read to its end, a connection can be used again; otherwise dropping the body closes it
        let _ = tokio::time::timeout_at(deadline, async {
            let mut left = BODY_CAP;
            while let Some(Ok(frame)) = body.frame().await {
                let length = frame.data_ref().map_or(0, Bytes::len);
                if length > left {
                    break;
                }
                left -= length;
            }
        })
        .await;
        Ok(answered)
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Endpoint(…)")
    }
}

/// The consumer's own headers; those that the delivery sets itself are not theirs.
fn headers(credentials: &Credentials) -> Result<HeaderMap, EndpointError> {
    let reserved =
        ["host", "content-type", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te"];
    let mut headers = HeaderMap::new();
    for (key, value) in &credentials.headers {
        let refused = || EndpointError::Header { name: key.clone() };
        let name = HeaderName::from_bytes(key.as_bytes()).map_err(|_| refused())?;
        if reserved.contains(&name.as_str()) || name.as_str().starts_with("webhook-") {
            return Err(refused());
        }
        let text = value.text().ok_or_else(refused)?;
        let mut value = HeaderValue::from_str(text).map_err(|_| refused())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The failure inside of the client's error. Only its kind is kept: error texts may name addresses.
fn failure(error: &hyper_util::client::legacy::Error) -> Failure {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(failure) = inner.downcast_ref::<Failure>() {
            return *failure;
        }
        if let Some(http) = inner.downcast_ref::<hyper::Error>()
            && http.is_parse()
        {
            return Failure::NotHttp;
        }
        // with TLS 1.3 a refused client certificate shows at the first read
        if inner.downcast_ref::<std::io::Error>().is_some_and(tls::is_tls) {
            return Failure::Tls;
        }
        cause = inner.source();
    }
    Failure::Connection
}

#[cfg(test)]
mod tests;
