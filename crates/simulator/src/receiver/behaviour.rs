//! How a door answers.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::Received;

/// What a hook does before the answer.
pub type HookFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How a door answers a request. The request is verified and kept first, except by a sink and behind a closed door.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Behaviour {
    /// 204.
    #[default]
    Accept,
    /// 204 without looking at the request: for figures.
    Sink,
    /// This status with these headers.
    Status(u16, Vec<(String, String)>),
    /// 204 after this time.
    Slow(Duration),
    /// Nobody listens: connections are refused, living ones cut.
    Down,
    /// 200 and a body without end.
    EndlessBody,
    /// 200, and the connection closes in mid-body.
    CutBody,
    /// 301 to another place.
    Redirect(String),
    /// 410.
    Gone,
    /// The door shows a certificate of another authority.
    WrongCertificate,
    /// 204 after this ran: a test can stop the sender between "sent" and "recorded".
    Hook(Arc<dyn Fn(Received) -> HookFuture + Send + Sync>),
}

impl Behaviour {
    /// A [`Behaviour::Hook`] of an async closure.
    pub fn hook<F: Future<Output = ()> + Send + 'static>(run: impl Fn(Received) -> F + Send + Sync + 'static) -> Self {
        Self::Hook(Arc::new(move |received| Box::pin(run(received))))
    }

    /// Whether the sender is told success.
    #[must_use]
    pub fn accepts(&self) -> bool {
        match self {
            Self::Status(code, _) => (200..300).contains(code),
            Self::Redirect(_) | Self::Gone | Self::Down | Self::WrongCertificate => false,
            Self::Accept | Self::Sink | Self::Slow(_) | Self::EndlessBody | Self::CutBody | Self::Hook(_) => true,
        }
    }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "Accept",
            Self::Sink => "Sink",
            Self::Status(code, _) => return write!(f, "Status({code})"),
            Self::Slow(delay) => return write!(f, "Slow({delay:?})"),
            Self::Down => "Down",
            Self::EndlessBody => "EndlessBody",
            Self::CutBody => "CutBody",
            Self::Redirect(_) => "Redirect",
            Self::Gone => "Gone",
            Self::WrongCertificate => "WrongCertificate",
            Self::Hook(_) => "Hook",
        })
    }
}
