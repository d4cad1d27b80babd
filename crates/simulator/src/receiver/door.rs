//! One door: a port of its own, a listener that can be closed and opened again, living connections that can be cut.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::ledger::Ledger;
use super::{Behaviour, Clock, ReceiverError, Secret, answer};

/// How many connections may wait to be taken.
const BACKLOG: u32 = 1024;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What every connection of a door works with.
pub(super) struct Desk {
    pub(super) path: String,
    pub(super) ledger: Arc<Ledger>,
    pub(super) clock: Clock,
    behaviour: Mutex<Behaviour>,
    secrets: Mutex<Vec<Secret>>,
}

impl Desk {
    pub(super) fn new(path: String, secrets: Vec<Secret>, ledger: Arc<Ledger>, clock: Clock) -> Self {
        Self { path, ledger, clock, behaviour: Mutex::default(), secrets: Mutex::new(secrets) }
    }

    pub(super) fn behaviour(&self) -> Behaviour {
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    pub(super) fn secrets(&self) -> Vec<Secret> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn accept_secrets(&self, secrets: Vec<Secret>) {
        *self.secrets.lock().unwrap_or_else(PoisonError::into_inner) = secrets;
    }
}

/// A reserved port, with or without a listener.
pub(super) struct Entrance {
    /// Bound and never listening: keeps the port ours while the door is closed.
    _reserved: TcpSocket,
    address: SocketAddr,
    serving: Option<Serving>,
}

struct Serving {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Entrance {
    /// Reserves `port` of 127.0.0.1.
    pub(super) fn reserve(port: u16) -> Result<Self, ReceiverError> {
        let refused = |cause| ReceiverError::Listen { port, cause };
        if port != 0 {
            taken(port).map_err(refused)?;
        }
        let reserved = socket((Ipv4Addr::LOCALHOST, port).into()).map_err(refused)?;
        let address = reserved.local_addr().map_err(refused)?;
        Ok(Self { _reserved: reserved, address, serving: None })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens, and serves with the certificate of `server`.
    pub(super) fn open(&mut self, desk: &Arc<Desk>, server: &Arc<ServerConfig>) -> Result<(), ReceiverError> {
        let listening = socket(self.address).and_then(|socket| socket.listen(BACKLOG));
        let listener = listening.map_err(|cause| ReceiverError::Listen { port: self.address.port(), cause })?;
        let stop = CancellationToken::new();
        let acceptor = TlsAcceptor::from(Arc::clone(server));
        let task = tokio::spawn(serve(listener, acceptor, Arc::clone(desk), stop.clone()));
        self.serving = Some(Serving { stop, task });
        Ok(())
    }

    /// Stops listening and cuts living connections.
    pub(super) async fn close(&mut self) {
        if let Some(mut serving) = self.serving.take() {
            serving.stop.cancel();
            // the task only ends by the token; a panic in it is as good
            (&mut serving.task).await.ok();
        }
    }
}

/// An error if somebody listens on the port: the sockets below would share it with another receiver of the same user,
/// and each would get some of the other's connections.
fn taken(port: u16) -> std::io::Result<()> {
    let alone = TcpSocket::new_v4()?;
    alone.set_reuseaddr(true)?;
    alone.bind((Ipv4Addr::LOCALHOST, port).into())
}

fn socket(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, desk: Arc<Desk>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, acceptor.clone(), Arc::clone(&desk)));
                }
                // out of descriptors, or the peer was faster: go on when there is room again
                Err(_) => tokio::task::yield_now().await,
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, desk: Arc<Desk>) {
    // small answers must not wait for the peer's acknowledgement; without it they are only late
    stream.set_nodelay(true).ok();
    let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await else { return };
    let service = service_fn(|request| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, Infallible>(answer::answer(&desk, request).await) }
    });
    // an error is a peer that left, or an answer that was cut on purpose
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
}
