use super::*;
use crate::fixtures::consumer;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use registry::{Destination, Webhook};
use runtime::Secret;
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// An authority and what it signs.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Certificate and key in PEM.
    fn sign(&self, names: &[&str]) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// What the server writes after a request; then it closes, or waits for the next one.
#[derive(Clone, Copy)]
enum Script {
    Say(&'static [u8]),
    SayAndClose(&'static [u8]),
    /// this head, then a body without end
    Endless(&'static [u8]),
    Silence,
}

struct Server {
    port: u16,
    ca: String,
    connections: Arc<AtomicUsize>,
}

async fn serve(script: Script, clients: Option<&Authority>) -> Server {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let authority = Authority::new();
    let (chain, key) = authority.sign(&["localhost"]);
    let chain = vec![CertificateDer::from_pem_slice(chain.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let builder = ServerConfig::builder();
    let config = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(clients.0.der().clone()).unwrap();
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap())
        }
    };
    let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(chain, key).unwrap()));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(tcp).await else { return };
                let mut buffer = vec![0; 64 * 1024];
                while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {
                    match script {
                        Script::Say(text) => stream.write_all(text).await.unwrap(),
                        Script::SayAndClose(text) => {
                            stream.write_all(text).await.unwrap();
                            return;
                        }
                        Script::Endless(text) => {
                            let mut written = stream.write_all(text).await;
                            while written.is_ok() {
                                written = stream.write_all(&[b'.'; 4096]).await;
                            }
                            return;
                        }
                        Script::Silence => std::future::pending().await,
                    }
                }
            });
        }
    });
    Server { port, ca: authority.0.pem(), connections }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

fn credentials(server: &Server) -> Credentials {
    Credentials {
        signing_key: secret("a signing key of thirty-two bytes"),
        signing_key_previous: None,
        headers: Vec::new(),
        ca: Some(secret(&server.ca)),
        client_certificate: None,
    }
}

fn loopback(port: u16) -> Destination {
    Destination::Cidr { net: "127.0.0.0/8".parse().unwrap(), port }
}

fn calling(server: &Server, destinations: Vec<Destination>) -> Consumer {
    let url = format!("https://localhost:{}/hook", server.port);
    Consumer { webhook: Webhook { url, ..consumer().webhook }, destinations, ..consumer() }
}

async fn post_with(consumer: &Consumer, credentials: &Credentials) -> Result<Answered, Failure> {
    let endpoint = Endpoint::new(consumer, credentials, &Arc::new(RootCertStore::empty())).unwrap();
    endpoint.post(HeaderMap::new(), Bytes::from_static(b"{}")).await
}

async fn post(server: &Server) -> Result<Answered, Failure> {
    post_with(&calling(server, vec![loopback(server.port)]), &credentials(server)).await
}

#[expect(clippy::unnecessary_wraps, reason = "compared with a result")]
fn answered(status: u16) -> Result<Answered, Failure> {
    Ok(Answered { status, retry_after: None })
}

const NO_CONTENT: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn the_status_decides_whatever_the_body_does() {
    let cases = [
        (Script::Say(NO_CONTENT), answered(204)),
        (
            Script::Say(b"HTTP/1.1 301 Moved\r\nlocation: https://localhost/\r\ncontent-length: 0\r\n\r\n"),
            answered(301),
        ),
        (Script::SayAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\ncut"), answered(200)),
        (Script::Endless(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"), answered(200)),
        (Script::SayAndClose(b"HTTP/1.1 200 O"), Err(Failure::Connection)),
        (Script::SayAndClose(b"SSH-2.0-OpenSSH_9\r\n\r\n"), Err(Failure::NotHttp)),
        (Script::SayAndClose(b""), Err(Failure::Connection)),
    ];
    for (n, (script, expected)) in cases.into_iter().enumerate() {
        assert_eq!(post(&serve(script, None).await).await, expected, "case {n}");
    }
}

#[tokio::test]
async fn retry_after_is_handed_on() {
    let server =
        serve(Script::Say(b"HTTP/1.1 429 Slow down\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n"), None).await;
    assert_eq!(post(&server).await, Ok(Answered { status: 429, retry_after: Some("7".to_owned()) }));
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let server = serve(Script::Silence, None).await;
    let mut consumer = calling(&server, vec![loopback(server.port)]);
    consumer.webhook.timeout = Duration::from_millis(100);
    assert_eq!(post_with(&consumer, &credentials(&server)).await, Err(Failure::Timeout));
}

#[tokio::test]
async fn only_allowed_addresses_are_connected_to() {
    let server = serve(Script::Say(NO_CONTENT), None).await;
    let by_name = Destination::HostSuffix { suffix: "localhost".to_owned(), port: server.port };
    let elsewhere = Destination::Cidr { net: "10.0.0.0/8".parse().unwrap(), port: server.port };
    for refused in [vec![], vec![by_name], vec![elsewhere], vec![loopback(443)]] {
        let consumer = calling(&server, refused);
        assert_eq!(post_with(&consumer, &credentials(&server)).await, Err(Failure::NotAllowed));
    }
    assert_eq!(server.connections.load(Ordering::Relaxed), 0, "refused before any packet");
    assert_eq!(post(&server).await, answered(204));
}

#[tokio::test]
async fn a_foreign_certificate_is_refused() {
    let server = serve(Script::Say(NO_CONTENT), None).await;
    let consumer = calling(&server, vec![loopback(server.port)]);
    let other = Credentials { ca: Some(secret(&Authority::new().0.pem())), ..credentials(&server) };
    assert_eq!(post_with(&consumer, &other).await, Err(Failure::Tls));
    let mut consumer = consumer;
    consumer.webhook.url = format!("https://127.0.0.1:{}/hook", server.port);
    assert_eq!(post_with(&consumer, &credentials(&server)).await, Err(Failure::Tls), "another name");
}

#[tokio::test]
async fn a_closed_port_is_a_failed_connection() {
    let server = serve(Script::Silence, None).await;
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let consumer = calling(&Server { port, ..server }, vec![loopback(port)]);
    let credentials = Credentials { ca: None, ..credentials(&serve(Script::Silence, None).await) };
    assert_eq!(post_with(&consumer, &credentials).await, Err(Failure::Connection));
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let clients = Authority::new();
    let server = serve(Script::Say(NO_CONTENT), Some(&clients)).await;
    let consumer = calling(&server, vec![loopback(server.port)]);
    let (chain, key) = clients.sign(&["cprbroker"]);
    let shown = Credentials { client_certificate: Some((secret(&chain), secret(&key))), ..credentials(&server) };
    assert_eq!(post_with(&consumer, &shown).await, answered(204));
    assert_eq!(post_with(&consumer, &credentials(&server)).await, Err(Failure::Tls));
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = serve(Script::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"), None).await;
    let consumer = calling(&server, vec![loopback(server.port)]);
    let endpoint = Endpoint::new(&consumer, &credentials(&server), &Arc::new(RootCertStore::empty())).unwrap();
    for _ in 0..20 {
        assert_eq!(endpoint.post(HeaderMap::new(), Bytes::from_static(b"{}")).await, answered(200));
    }
    assert_eq!(server.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_cannot_be_used_is_said_before_any_call() {
    let server = serve(Script::Silence, None).await;
    let good = credentials(&server);
    let new = |consumer: &Consumer, credentials: &Credentials| {
        Endpoint::new(consumer, credentials, &Arc::new(RootCertStore::empty())).map(|_| ()).unwrap_err().to_string()
    };
    for url in ["http://localhost/", "https:///x", "localhost", "ftp://localhost/"] {
        let consumer = Consumer { webhook: Webhook { url: url.to_owned(), ..consumer().webhook }, ..consumer() };
        assert_eq!(new(&consumer, &good), "the webhook's url is not of the form https://HOST/PATH", "{url}");
    }
    for name in ["webhook-id", "Content-Type", "host", "bad name"] {
        let headers = vec![(name.to_owned(), secret("x"))];
        let told = new(&consumer(), &Credentials { headers, ..good.clone() });
        assert_eq!(told, format!("the headers' secret holds a header that cannot be sent: {name}"));
    }
    let broken = Credentials { ca: Some(secret("no certificate")), ..good.clone() };
    assert_eq!(new(&consumer(), &broken), "the secret's ca.crt holds no usable certificate");
    let broken = Credentials { client_certificate: Some((secret("a"), secret("b"))), ..good };
    assert_eq!(new(&consumer(), &broken), "the secret's tls.crt and tls.key cannot be used together");
}
