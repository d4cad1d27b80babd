//! A receiver of advisories: HTTPS with an authority of its own, signatures verified, misbehaviour on demand.

mod answer;
mod authority;
mod behaviour;
mod door;
mod ledger;
mod received;
mod signature;

pub use behaviour::{Behaviour, HookFuture};
pub use received::{Received, Refusal, Refused};
pub use signature::Secret;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rustls::ServerConfig;

use authority::Authority;
use door::{Desk, Entrance};
use ledger::Ledger;

/// The receiver's clock, given by the caller.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A running receiver. Dropping it stops every door.
pub struct Receiver {
    clock: Clock,
    authority: Authority,
    foreign: Authority,
    ledger: Arc<Ledger>,
    doors: Mutex<BTreeMap<String, Arc<OpenDoor>>>,
}

/// A door that was opened, closed or not.
struct OpenDoor {
    url: String,
    desk: Arc<Desk>,
    entrance: tokio::sync::Mutex<Entrance>,
}

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

/// Why the receiver does not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiverError {
    /// A key or certificate could not be made.
    #[error("cannot make the receiver's certificates")]
    Certificate(#[from] rcgen::Error),
    /// A certificate cannot be served.
    #[error("cannot serve the receiver's certificates")]
    Tls(#[from] rustls::Error),
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
        Ok(Self {
            clock,
            authority: Authority::new("cprbroker simulator")?,
            foreign: Authority::new("an authority that nobody trusts")?,
            ledger: Arc::new(Ledger::new()),
            doors: Mutex::default(),
        })
    }

    /// The certificate of its authority, for consumers' `ca`.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.authority.pem
    }

    /// Opens a door and returns its URL, `https://127.0.0.1:<port><path>`. Its certificate also names `localhost`.
    /// A door of the same path is closed for good.
    ///
    /// # Errors
    /// [`ReceiverError::Listen`] if the port cannot be had.
    #[expect(clippy::unused_async, reason = "needs a running executor, and says so by being async")]
    pub async fn open(&self, door: Door) -> Result<String, ReceiverError> {
        let mut entrance = Entrance::reserve(door.port)?;
        let url = format!("https://{}{}", entrance.address(), door.path);
        let (ledger, clock) = (Arc::clone(&self.ledger), Arc::clone(&self.clock));
        let desk = Arc::new(Desk::new(door.path.clone(), door.secrets, ledger, clock));
        entrance.open(&desk, &self.authority.server)?;
        let opened = OpenDoor { url: url.clone(), desk, entrance: entrance.into() };
        self.doors.lock().unwrap_or_else(PoisonError::into_inner).insert(door.path, Arc::new(opened));
        Ok(url)
    }

    /// The URL of an open door.
    ///
    /// # Errors
    /// [`ReceiverError::NoPath`] if there is none of that path.
    pub fn url(&self, path: &str) -> Result<String, ReceiverError> {
        Ok(self.door(path)?.url.clone())
    }

    /// Switches a door's behaviour; to and from [`Behaviour::Down`] and [`Behaviour::WrongCertificate`] living
    /// connections are cut. When it returns, the next request meets the new behaviour.
    ///
    /// # Errors
    /// [`ReceiverError`] if there is no such door or its port is lost.
    pub async fn behave(&self, path: &str, behaviour: Behaviour) -> Result<(), ReceiverError> {
        let door = self.door(path)?;
        let mut entrance = door.entrance.lock().await;
        let (before, after) = (self.certificate(&door.desk.behaviour()), self.certificate(&behaviour));
        let same = match (before, after) {
            (Some(before), Some(after)) => Arc::ptr_eq(before, after),
            (before, after) => before.is_none() && after.is_none(),
        };
        door.desk.behave(behaviour);
        if !same {
            entrance.close().await;
            if let Some(server) = after {
                entrance.open(&door.desk, server)?;
            }
        }
        Ok(())
    }

    /// The certificate that a door of this behaviour shows; none if nobody listens.
    fn certificate(&self, behaviour: &Behaviour) -> Option<&Arc<ServerConfig>> {
        match behaviour {
            Behaviour::Down => None,
            Behaviour::WrongCertificate => Some(&self.foreign.server),
            _ => Some(&self.authority.server),
        }
    }

    /// Replaces the secrets that a door accepts.
    ///
    /// # Errors
    /// [`ReceiverError::NoPath`] if there is no such door.
    pub fn accept_secrets(&self, path: &str, secrets: Vec<Secret>) -> Result<(), ReceiverError> {
        self.door(path)?.desk.accept_secrets(secrets);
        Ok(())
    }

    /// Everything verified that came so far, in order of arrival, duplicates and unaccepted ones included.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.ledger.book().received.clone()
    }

    /// As [`Receiver::received`], of one path.
    #[must_use]
    pub fn received_on(&self, path: &str) -> Vec<Received> {
        self.ledger.book().received.iter().filter(|received| received.path == path).cloned().collect()
    }

    /// Requests that were no advisory with a good signature.
    #[must_use]
    pub fn refused(&self) -> Vec<Refused> {
        self.ledger.book().refused.clone()
    }

    /// How many requests doors with [`Behaviour::Sink`] answered.
    #[must_use]
    pub fn sunk(&self) -> u64 {
        self.ledger.sunk()
    }

    /// Each verified request as it comes, from now on. A slow reader loses the oldest.
    #[must_use]
    pub fn follow(&self) -> tokio::sync::broadcast::Receiver<Received> {
        self.ledger.follow()
    }

    /// Waits until `wanted` different ids were accepted with 2xx, counted by path.
    ///
    /// # Errors
    /// [`ReceiverError::Deadline`] if they did not come within `deadline`.
    pub async fn wait_for(&self, wanted: usize, deadline: Duration) -> Result<Vec<Received>, ReceiverError> {
        let enough = || self.ledger.book().accepted.len() >= wanted;
        if self.wait(deadline, enough).await {
            Ok(self.received())
        } else {
            Err(ReceiverError::Deadline { wanted, seen: self.ledger.book().accepted.len() })
        }
    }

    /// Waits until `done` holds of what was received (looked at after each arrival); false if it did not within
    /// `deadline`.
    pub async fn wait_until(&self, deadline: Duration, mut done: impl FnMut(&[Received]) -> bool) -> bool {
        self.wait(deadline, || done(&self.ledger.book().received)).await
    }

    async fn wait(&self, deadline: Duration, mut done: impl FnMut() -> bool) -> bool {
        let mut bell = self.ledger.bell();
        let rung = async {
            while !done() {
                if bell.changed().await.is_err() {
                    return false;
                }
            }
            true
        };
        tokio::time::timeout(deadline, rung).await.unwrap_or(false)
    }

    fn door(&self, path: &str) -> Result<Arc<OpenDoor>, ReceiverError> {
        let doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        doors.get(path).cloned().ok_or_else(|| ReceiverError::NoPath(path.to_owned()))
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Receiver").field("doors", &doors.keys()).finish_non_exhaustive()
    }
}
