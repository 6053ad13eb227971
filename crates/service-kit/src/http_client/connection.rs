//! One exchange on one connection.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::io::WriteHalf;
use tokio_util::task::AbortOnDropHandle;

use super::pool::{Key, Line, Pool};
use super::{ClientError, ClientSettings, Destination};
use crate::http::{
    Body, BodyLength, Encoding, HeadLimits, IncomingBody, MessageReader, ReadHeadError, Request, Response,
    ResponseHead, Unread, WriteBodyError, response_body_length, wants_to_close, write_message,
    write_request_head,
};
use crate::peer_tls::PeerIdentity;
use crate::transport::Transport;

/// How long a response is still waited for after the server stopped taking the request.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Interim responses (status 1xx) that may come before the real one.
const MAX_INTERIM: usize = 8;

/// An open connection for one exchange; afterwards it goes back to the pool by itself.
pub struct Connection {
    pool: Arc<Pool>,
    key: Key,
    host: String,
    line: Line,
    reused: bool,
}

type Writer = WriteHalf<Box<dyn Transport>>;
/// Sends a request; gives the writing half back.
type Sending = Pin<Box<dyn Future<Output = Result<Writer, WriteBodyError>> + Send>>;

impl Connection {
    pub(super) fn new(pool: Arc<Pool>, destination: &Destination, line: Line, reused: bool) -> Self {
        Self { pool, key: Key::of(destination), host: destination.authority(), line, reused }
    }

    /// Who answers, as TLS proved it; `None` over plain HTTP.
    #[must_use]
    pub fn peer(&self) -> Option<&PeerIdentity> {
        self.line.peer.as_deref()
    }

    /// Does it come from the pool?
    #[must_use]
    pub const fn is_reused(&self) -> bool {
        self.reused
    }

    /// Sends the request and waits for the head of the response. The request body goes on being sent while the
    /// response is read, if the server answers early.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn send(self, request: Request) -> Result<Response, ClientError> {
        let settings = self.pool.settings();
        let close = settings.keep_idle.is_zero();
        let encoding = request_encoding(&request);
        let head = write_request_head(&request, &self.host, encoding, close)
            .map_err(|error| ClientError::BadRequest(error.to_string()))?;
        let Line { reader, mut writer, peer } = self.line;
        let patience = settings.stall_timeout;
        let body = request.body;
        let sending: Sending = Box::pin(async move {
            write_message(&mut writer, head, body, encoding, patience).await.map(|()| writer)
        });
        let mut waiting = Waiting { reader, sent: Sent::Not(sending), reused: self.reused, settings };
        let head = waiting.response_head().await?;
        let length = response_body_length(&request.method, &head)
            .map_err(|error| ClientError::BadResponse(error.to_string()))?;
        if length == BodyLength::UntilClose && !settings.accept_close_delimited {
            return Err(ClientError::BadResponse("its body has neither length nor chunks".to_owned()));
        }
        let keep = !close && !wants_to_close(&head.headers, head.version);
        let Waiting { reader, sent, .. } = waiting;
        let sent = sent.in_background();
        let (pool, key) = (Arc::clone(&self.pool), self.key);
        let body = IncomingBody::new(reader, length, patience, move |unread: Unread| {
            let Unread { reader, finished, .. } = unread;
            if let (true, true, Some(writer)) = (keep, finished, sent.into_writer()) {
                pool.put(key, Line { reader, writer, peer });
            }
        });
        let body = match length {
            // Dropped, it gives the connection back at once.
            BodyLength::Known(0) => Body::empty(),
            BodyLength::Known(length) => Body::incoming(body, Some(length)),
            BodyLength::Chunked | BodyLength::UntilClose => Body::incoming(body, None),
        };
        Ok(Response {
            status: head.status,
            reason: head.reason,
            headers: head.headers,
            body,
            ..Response::default()
        })
    }
}

fn request_encoding(request: &Request) -> Encoding {
    match request.body.length() {
        None => Encoding::Chunked,
        Some(0) if !matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") => Encoding::None,
        Some(length) => Encoding::Length(length),
    }
}

/// An exchange whose response has not come yet.
struct Waiting<'a> {
    reader: MessageReader,
    sent: Sent,
    reused: bool,
    settings: &'a ClientSettings,
}

/// How far the request is sent.
enum Sent {
    Not(Sending),
    /// The response came first; the rest goes out meanwhile.
    InBackground(AbortOnDropHandle<Result<Writer, WriteBodyError>>),
    All(Writer),
    /// The server stopped taking it.
    Part,
}

impl Waiting<'_> {
    async fn response_head(&mut self) -> Result<ResponseHead, ClientError> {
        let limits =
            HeadLimits { max_bytes: self.settings.max_head_bytes, max_headers: self.settings.max_headers };
        for _ in 0..MAX_INTERIM {
            let bytes = self.head_bytes(limits).await?;
            let head = ResponseHead::parse(&bytes, limits);
            let head = head.map_err(|error| ClientError::BadResponse(error.to_string()))?;
            match head.status {
                101 => return Err(ClientError::BadResponse("it switches protocols unasked".to_owned())),
                100..=199 => {}
                _ => return Ok(head),
            }
        }
        Err(ClientError::BadResponse("there are too many interim responses".to_owned()))
    }

    /// Sends on and reads, until a head is there.
    async fn head_bytes(&mut self, limits: HeadLimits) -> Result<Bytes, ClientError> {
        while let Sent::Not(sending) = &mut self.sent {
            let outcome = tokio::select! {
                outcome = sending => outcome,
                bytes = self.reader.read_head(limits) => return self.complete(bytes),
            };
            self.sent = match outcome {
                Ok(writer) => Sent::All(writer),
                Err(WriteBodyError::Body(error)) => return Err(ClientError::RequestBody(error)),
                Err(WriteBodyError::Connection(_)) => Sent::Part,
            };
        }
        let limit = match self.sent {
            Sent::Part => Some(LAST_WORDS),
            Sent::Not(_) | Sent::InBackground(_) | Sent::All(_) => self.settings.response_timeout,
        };
        let Some(limit) = limit else {
            let bytes = self.reader.read_head(limits).await;
            return self.complete(bytes);
        };
        match tokio::time::timeout(limit, self.reader.read_head(limits)).await {
            Ok(bytes) => self.complete(bytes),
            Err(_) => Err(ClientError::ResponseTimeout(limit)),
        }
    }

    fn complete(&self, bytes: Result<Option<Bytes>, ReadHeadError>) -> Result<Bytes, ClientError> {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        let closed = ClientError::Closed { reused: self.reused };
        match bytes {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(closed),
            Err(ReadHeadError::Io(error)) => match error.kind() {
                BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => Err(closed),
                _ => Err(ClientError::Io(error)),
            },
            Err(error @ (ReadHeadError::Head(_) | ReadHeadError::Truncated)) => {
                Err(ClientError::BadResponse(error.to_string()))
            }
        }
    }
}

impl Sent {
    fn in_background(self) -> Self {
        match self {
            Self::Not(sending) => Self::InBackground(AbortOnDropHandle::new(tokio::spawn(sending))),
            other => other,
        }
    }

    /// The writing half, if the whole request went out.
    fn into_writer(self) -> Option<Writer> {
        match self {
            Self::All(writer) => Some(writer),
            Self::InBackground(task) if task.is_finished() => task.now_or_never()?.ok()?.ok(),
            Self::InBackground(_) | Self::Not(_) | Self::Part => None,
        }
    }
}
