//! A sender of advisories in a few lines: one kept-alive HTTPS connection, signed by a foreign library.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The moment at which the tests live.
pub(crate) const NOW: i64 = 1_768_220_000;

/// Base64 of 24 bytes that mean nothing.
pub(crate) const SECRET: &str = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0";

pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    path: String,
}

/// One advisory.
pub(crate) fn event(sequence: u64, subject: &str) -> String {
    json!({
        "specversion": "1.0", "id": format!("c-1-{sequence}"), "source": "urn:cprbroker:test:c:1",
        "type": "dk.cprbroker.person.changed.v1", "subject": subject, "time": "2026-01-12T12:00:00Z",
        "sequence": sequence.to_string(), "datacontenttype": "application/json", "data": {"changes": []},
    })
    .to_string()
}

impl Client {
    pub(crate) async fn connect(url: &str, ca_pem: &str) -> std::io::Result<Self> {
        let (host, path) = url.strip_prefix("https://").unwrap().split_once('/').unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
        tokio::spawn(connection);
        Ok(Self { sender, path: format!("/{path}") })
    }

    /// Signs `body` as the foreign library does and sends it.
    pub(crate) async fn send(&mut self, id: &str, body: &str) -> hyper::Result<Response<Incoming>> {
        let signature = standardwebhooks::Webhook::new(SECRET).unwrap().sign(id, NOW, body.as_bytes()).unwrap();
        self.send_signed(id, NOW, &signature, body).await
    }

    pub(crate) async fn send_signed(
        &mut self,
        id: &str,
        timestamp: i64,
        signature: &str,
        body: &str,
    ) -> hyper::Result<Response<Incoming>> {
        let request = Request::post(self.path.as_str())
            .header("host", "127.0.0.1")
            .header("content-type", "application/cloudevents+json; charset=utf-8")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .header("traceparent", "00-00000000000000000000000000000001-0000000000000001-01")
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
            .unwrap();
        self.raw(request).await
    }

    pub(crate) async fn raw(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Response<Incoming>> {
        self.sender.ready().await?;
        self.sender.send_request(request).await
    }

    /// Sends advisory `sequence` about `subject`; the status, or None if the connection failed.
    pub(crate) async fn advise(&mut self, sequence: u64, subject: &str) -> Option<u16> {
        let answer = self.send(&format!("c-1-{sequence}"), &event(sequence, subject)).await.ok()?;
        Some(answer.status().as_u16())
    }
}
