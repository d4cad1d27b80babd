//! Health over HTTP, on a thread and runtime of its own, so that probes are answered under any load.

use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Answer, Health};

/// A running health server; it ends when this is dropped.
#[derive(Debug)]
pub struct HealthServer {
    address: SocketAddr,
    stop: Option<DropGuard>,
    thread: Option<JoinHandle<()>>,
}

impl HealthServer {
    /// Where it listens; tells the port when port 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for HealthServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers `/livez`, `/readyz` and `/startupz` on `address` with 200 or 503 and the names of the failing parts as JSON.
pub fn serve(address: SocketAddr, health: Health) -> std::io::Result<HealthServer> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let routes = Router::new()
        .route("/livez", get(|State(health): State<Health>| async move { reply(health.live()) }))
        .route("/readyz", get(|State(health): State<Health>| async move { reply(health.ready()) }))
        .route("/startupz", get(|State(health): State<Health>| async move { reply(health.started()) }))
        .with_state(health);
    let thread = std::thread::Builder::new().name("health".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let served = async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                axum::serve(listener, routes).await
            };
            tokio::select! {
                ended = served => if let Err(error) = ended {
                    tracing::error!(%error, "the health server ended");
                },
                () = stopped.cancelled() => {}
            }
        });
    })?;
    Ok(HealthServer { address, stop: Some(stop.drop_guard()), thread: Some(thread) })
}

fn reply(answer: Answer) -> (StatusCode, Json<Answer>) {
    let status = if answer.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    fn ask(server: &HealthServer, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    #[test]
    fn answers_the_three_questions_and_ends_when_dropped() {
        let health = Health::new();
        let beat = health.register("loader");
        let server = serve(([127, 0, 0, 1], 0).into(), health.clone()).unwrap();
        let failing = r#"{"ok":false,"failing":["loader"]}"#;
        assert_eq!(ask(&server, "/readyz"), ("HTTP/1.1 503 Service Unavailable".to_owned(), failing.to_owned()));
        assert_eq!(ask(&server, "/startupz").0, "HTTP/1.1 503 Service Unavailable");
        assert_eq!(ask(&server, "/livez").0, "HTTP/1.1 200 OK");
        health.set_started();
        beat.ready();
        assert_eq!(ask(&server, "/readyz"), ("HTTP/1.1 200 OK".to_owned(), r#"{"ok":true,"failing":[]}"#.to_owned()));
        assert_eq!(ask(&server, "/startupz").0, "HTTP/1.1 200 OK");
        let address = server.address();
        drop(server);
        assert!(TcpStream::connect(address).is_err());
    }
}
