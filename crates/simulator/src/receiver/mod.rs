//! A receiver of advisories: HTTPS with an authority of its own, signatures verified, misbehaviour on demand.

mod behaviour;
mod received;

pub use behaviour::{Behaviour, HookFuture};
pub use received::{Received, Refusal, Refused};

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// The receiver's clock, given by the caller.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A running receiver. Dropping it stops every door.
#[derive(Debug)]
pub struct Receiver {}

/// One door to open: a path with its own port, so that it can be closed or show a foreign certificate alone.
#[derive(Clone, Debug)]
pub struct Door {
    /// The path, beginning with `/`; also the consumer's name in what is received.
    pub path: String,
    /// The port on 127.0.0.1; 0 for any free one. It stays reserved while the door is [`Behaviour::Down`].
    pub port: u16,
    /// The signing secrets that are accepted, `whsec_` and base64. `Debug` of a door hides them.
    pub secrets: Vec<Secret>,
}

/// A signing secret; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Reads `whsec_` and base64.
    ///
    /// # Errors
    /// [`ReceiverError::Secret`] if the text has another form.
    pub fn parse(text: &str) -> Result<Self, ReceiverError> {
        let _ = text;
        unimplemented!()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// Why the receiver does not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiverError {
    /// A key or certificate could not be made.
    #[error("cannot make the receiver's certificates")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The port is taken or not permitted.
    #[error("cannot listen on port {port} of 127.0.0.1")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// A secret that is not `whsec_` and base64.
    #[error("a signing secret is `whsec_` followed by base64")]
    Secret,
    /// No door of that path is open.
    #[error("the receiver has no path {0}")]
    NoPath(String),
    /// The wait was over before its condition held.
    #[error("{seen} of {wanted} advisories arrived before the deadline")]
    Deadline {
        /// How many were wanted.
        wanted: usize,
        /// How many had come.
        seen: usize,
    },
}

impl Receiver {
    /// A receiver with a fresh authority and no door.
    ///
    /// # Errors
    /// [`ReceiverError::Certificate`] if the certificates cannot be made.
    pub fn new(clock: Clock) -> Result<Self, ReceiverError> {
        let _ = clock;
        unimplemented!()
    }

    /// The certificate of its authority, for consumers' `ca`.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        unimplemented!()
    }

    /// Opens a door and returns its URL, `https://127.0.0.1:<port><path>`. Its certificate also names `localhost`.
    ///
    /// # Errors
    /// [`ReceiverError::Listen`] if the port cannot be had.
    pub async fn open(&self, door: Door) -> Result<String, ReceiverError> {
        let _ = door;
        unimplemented!()
    }

    /// The URL of an open door.
    ///
    /// # Errors
    /// [`ReceiverError::NoPath`] if there is none of that path.
    pub fn url(&self, path: &str) -> Result<String, ReceiverError> {
        let _ = path;
        unimplemented!()
    }

    /// Switches a door's behaviour; with [`Behaviour::Down`] and [`Behaviour::WrongCertificate`] living connections
    /// are cut. When it returns, the next request meets the new behaviour.
    ///
    /// # Errors
    /// [`ReceiverError`] if there is no such door or its port is lost.
    pub async fn behave(&self, path: &str, behaviour: Behaviour) -> Result<(), ReceiverError> {
        let _ = (path, behaviour);
        unimplemented!()
    }

    /// Replaces the secrets that a door accepts.
    ///
    /// # Errors
    /// [`ReceiverError::NoPath`] if there is no such door.
    pub fn accept_secrets(&self, path: &str, secrets: Vec<Secret>) -> Result<(), ReceiverError> {
        let _ = (path, secrets);
        unimplemented!()
    }

    /// Everything verified that came so far, in order of arrival, duplicates and unaccepted ones included.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        unimplemented!()
    }

    /// As [`Receiver::received`], of one path.
    #[must_use]
    pub fn received_on(&self, path: &str) -> Vec<Received> {
        let _ = path;
        unimplemented!()
    }

    /// Requests that were no advisory with a good signature.
    #[must_use]
    pub fn refused(&self) -> Vec<Refused> {
        unimplemented!()
    }

    /// How many requests doors with [`Behaviour::Sink`] answered.
    #[must_use]
    pub fn sunk(&self) -> u64 {
        unimplemented!()
    }

    /// Each verified request as it comes, from now on. A slow reader loses the oldest.
    #[must_use]
    pub fn follow(&self) -> tokio::sync::broadcast::Receiver<Received> {
        unimplemented!()
    }

    /// Waits until `wanted` different ids were accepted with 2xx on all paths together.
    ///
    /// # Errors
    /// [`ReceiverError::Deadline`] if they did not come within `deadline`.
    pub async fn wait_for(&self, wanted: usize, deadline: Duration) -> Result<Vec<Received>, ReceiverError> {
        let _ = (wanted, deadline);
        unimplemented!()
    }

    /// Waits until `done` holds of what was received (looked at after each arrival); false if it did not within
    /// `deadline`.
    pub async fn wait_until(&self, deadline: Duration, done: impl FnMut(&[Received]) -> bool) -> bool {
        let _ = (deadline, done);
        unimplemented!()
    }
}
