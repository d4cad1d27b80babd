//! Connecting: the name is resolved once, each address is checked, and the connection goes to the checked address, so that a name
//! server cannot answer differently the second time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use registry::Destination;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::Service;

use super::tls;
use crate::answer::Failure;

/// One address gets this long, so that a dead one leaves time for the next.
const PER_ADDRESS: Duration = Duration::from_secs(5);

/// Makes connections to one consumer's endpoint.
#[derive(Clone)]
pub(super) struct Guard {
    destinations: Arc<[Destination]>,
    tls: TlsConnector,
    timeout: Duration,
}

impl Guard {
    /// `timeout` bounds a connection that is made in the background too, when the request that asked for it found another.
    pub(super) fn new(destinations: Vec<Destination>, tls: Arc<ClientConfig>, timeout: Duration) -> Self {
        Self { destinations: destinations.into(), tls: tls.into(), timeout }
    }

    async fn connect_in_time(self, uri: Uri) -> Result<Stream, Failure> {
        tokio::time::timeout(self.timeout, self.connect(uri)).await.unwrap_or(Err(Failure::Timeout))
    }

    async fn connect(self, uri: Uri) -> Result<Stream, Failure> {
        let host = uri.host().ok_or(Failure::NoAddress)?;
        let port = uri.port_u16().unwrap_or(443);
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| Failure::NoAddress)?;
        let addresses = tokio::net::lookup_host((bare, port)).await.map_err(|_| Failure::NoAddress)?;
        let mut last = Failure::NoAddress;
        for address in addresses {
            if !registry::allows(&self.destinations, host, address.ip(), port) {
                // an allowed address that did not answer says more than one that is not allowed
                if last == Failure::NoAddress {
                    last = Failure::NotAllowed;
                }
                continue;
            }
            match tokio::time::timeout(PER_ADDRESS, TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => return self.secure(name, tcp).await,
                Ok(Err(_)) => last = Failure::Connection,
                Err(_) => last = Failure::Timeout,
            }
        }
        Err(last)
    }

    async fn secure(&self, name: ServerName<'static>, tcp: TcpStream) -> Result<Stream, Failure> {
        // without it, small requests wait for the other side's acknowledgement
        let _ = tcp.set_nodelay(true);
        match self.tls.connect(name, tcp).await {
            Ok(stream) => Ok(Stream(TokioIo::new(stream))),
            Err(error) if tls::is_tls(&error) => Err(Failure::Tls),
            Err(_) => Err(Failure::Connection),
        }
    }
}

impl Service<Uri> for Guard {
    type Response = Stream;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Stream, Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect_in_time(uri))
    }
}

/// A TLS connection as the client wants it.
pub(super) struct Stream(TokioIo<TlsStream<TcpStream>>);

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, buffers)
    }
}
