//! From a request to an answer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_LENGTH, LOCATION};
use hyper::{Method, Request, Response, StatusCode};

use super::door::Desk;
use super::{Behaviour, Received, Refusal, received, signature};

/// The largest body that is read.
const LARGEST_BODY: usize = 4 << 20;

/// What a cut body promises, and what it gives.
const PROMISED: usize = 1000;
const GIVEN: &[u8] = b"the beginning of an answer";

/// A piece of the endless body.
const PIECE: &[u8] = &[b'.'; 16 << 10];

/// The body of an answer.
pub(super) enum Reply {
    Nothing,
    Endless,
    /// Gives some bytes, then fails, so that the connection closes in mid-body.
    Cut(Cut),
}

/// How far a cut body has come.
#[derive(Clone, Copy)]
pub(super) enum Cut {
    Begin,
    Flush,
    Fail,
}

impl Body for Reply {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(match *self {
            Self::Nothing => None,
            Self::Endless => Some(Ok(Frame::data(Bytes::from_static(PIECE)))),
            Self::Cut(Cut::Begin) => {
                *self = Self::Cut(Cut::Flush);
                Some(Ok(Frame::data(Bytes::from_static(GIVEN))))
            }
            Self::Cut(Cut::Flush) => {
                // what was given goes out while the body seems to wait
                *self = Self::Cut(Cut::Fail);
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Self::Cut(Cut::Fail) => Some(Err(io::Error::other("cut on purpose"))),
        })
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Nothing => SizeHint::with_exact(0),
            Self::Endless | Self::Cut(_) => SizeHint::default(),
        }
    }
}

/// Answers one request as the desk behaves now.
pub(super) async fn answer(desk: &Desk, request: Request<Incoming>) -> Response<Reply> {
    let behaviour = desk.behaviour();
    if matches!(behaviour, Behaviour::Sink) {
        return sink(desk, request).await;
    }
    match receive(desk, request).await {
        Ok(received) => {
            let received = desk.ledger.keep(received, behaviour.accepts());
            behave(behaviour, received).await
        }
        Err(refusal) => {
            desk.ledger.refuse(&desk.path, refusal);
            status(match refusal {
                Refusal::Address => StatusCode::NOT_FOUND,
                Refusal::Event | Refusal::Body => StatusCode::BAD_REQUEST,
                Refusal::Headers | Refusal::Timestamp | Refusal::Signature => StatusCode::UNAUTHORIZED,
            })
        }
    }
}

async fn sink(desk: &Desk, request: Request<Incoming>) -> Response<Reply> {
    // read to the end, or the connection could not be used again
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
    desk.ledger.sink();
    status(StatusCode::NO_CONTENT)
}

async fn receive(desk: &Desk, request: Request<Incoming>) -> Result<Received, Refusal> {
    if request.method() != Method::POST || request.uri().path() != desk.path {
        return Err(Refusal::Address);
    }
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_BODY).collect().await.map_err(|_| Refusal::Body)?.to_bytes();
    let now = (desk.clock)();
    let signed = signature::verify(&head.headers, &body, &desk.secrets(), now)?;
    received::read(&desk.path, &head.headers, signed, body, now)
}

async fn behave(behaviour: Behaviour, received: Received) -> Response<Reply> {
    match behaviour {
        Behaviour::Accept | Behaviour::Sink | Behaviour::Down | Behaviour::WrongCertificate => {}
        Behaviour::Slow(time) => tokio::time::sleep(time).await,
        Behaviour::Hook(run) => run(received).await,
        Behaviour::Gone => return status(StatusCode::GONE),
        Behaviour::Status(code, headers) => return with_headers(code, &headers),
        Behaviour::Redirect(to) => return with_headers(301, &[(LOCATION.to_string(), to)]),
        Behaviour::EndlessBody => return reply(StatusCode::OK, Reply::Endless),
        Behaviour::CutBody => {
            let mut response = reply(StatusCode::OK, Reply::Cut(Cut::Begin));
            response.headers_mut().insert(CONTENT_LENGTH, PROMISED.into());
            return response;
        }
    }
    status(StatusCode::NO_CONTENT)
}

fn with_headers(code: u16, headers: &[(String, String)]) -> Response<Reply> {
    let response = Response::builder().status(code);
    let response = headers.iter().fold(response, |response, (name, value)| response.header(name, value));
    // a status or header that cannot be sent is a mistake in the test that asked for it
    response.body(Reply::Nothing).unwrap_or_else(|_| status(StatusCode::NOT_IMPLEMENTED))
}

fn status(status: StatusCode) -> Response<Reply> {
    reply(status, Reply::Nothing)
}

fn reply(status: StatusCode, body: Reply) -> Response<Reply> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}
