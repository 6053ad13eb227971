//! The exchanges of one connection, one after the other.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use time::macros::format_description;
use tokio::io::{AsyncWriteExt, WriteHalf};
use tokio::sync::oneshot;

use super::{ConnectionInfo, Handler, ServerSettings};
use crate::http::{
    Body, BodyLength, Encoding, HeadError, HeadLimits, IncomingBody, MessageReader, ReadHeadError, Request,
    RequestHead, Response, Unread, Version, WriteBodyError, request_body_length, wants_to_close,
    write_message, write_response_head,
};
use crate::shutdown::Shutdown;
use crate::transport::Transport;

/// A request body that the handler did not want is read over up to this length, to keep the connection.
const SKIP_LIMIT: usize = 64 * 1024;
/// And not longer than this.
const SKIP_TIME: Duration = Duration::from_millis(200);
/// After an early answer the rest of the request is thrown away for this long, so that the client gets to read
/// the answer before the connection is reset under it.
const LINGER_TIME: Duration = Duration::from_secs(2);
/// And up to this length.
const LINGER_LIMIT: usize = 1024 * 1024;

/// A connection at work.
pub(super) struct Exchanges<'a, H> {
    /// Absent while a body is read.
    reader: Option<MessageReader>,
    writer: WriteHalf<Box<dyn Transport>>,
    info: Arc<ConnectionInfo>,
    settings: &'a ServerSettings,
    handler: &'a H,
    shutdown: Shutdown,
    /// Was a request answered that is not completely read?
    unread: bool,
}

/// What follows an exchange.
enum Next {
    /// The next request on the same connection.
    Request,
    /// The proper end of the connection.
    Close,
    /// The end without a proper close, so that the other side notices that a message was cut short.
    BreakOff,
}

/// How reading a request head ended.
enum Arrival {
    Request(RequestHead, BodyLength),
    Refused(u16, String),
    Nothing,
}

impl<'a, H: Handler> Exchanges<'a, H> {
    pub(super) fn new(
        stream: Box<dyn Transport>,
        info: ConnectionInfo,
        settings: &'a ServerSettings,
        handler: &'a H,
        shutdown: Shutdown,
    ) -> Self {
        let (read, writer) = tokio::io::split(stream);
        let reader = Some(MessageReader::new(read));
        Self { reader, writer, info: Arc::new(info), settings, handler, shutdown, unread: false }
    }

    pub(super) async fn run(mut self) {
        let mut patience = self.settings.head_timeout;
        loop {
            let next = match self.arrival(patience).await {
                Arrival::Request(head, length) => self.exchange(head, length).await,
                Arrival::Refused(status, reason) => self.refuse(status, reason).await,
                Arrival::Nothing => Next::Close,
            };
            match next {
                Next::Request => patience = self.settings.idle_timeout,
                Next::Close => return self.close().await,
                Next::BreakOff => return,
            }
        }
    }

    /// Waits for a request and reads its head.
    async fn arrival(&mut self, patience: Duration) -> Arrival {
        let Some(reader) = &mut self.reader else { return Arrival::Nothing };
        reader.rest();
        let began = tokio::select! {
            () = self.shutdown.requested() => return Arrival::Nothing,
            began = tokio::time::timeout(patience, reader.wait_for_message()) => began,
        };
        if !matches!(began, Ok(Ok(true))) {
            return Arrival::Nothing;
        }
        let limits =
            HeadLimits { max_bytes: self.settings.max_head_bytes, max_headers: self.settings.max_headers };
        let bytes = match tokio::time::timeout(self.settings.head_timeout, reader.read_head(limits)).await {
            Ok(Ok(Some(bytes))) => bytes,
            Ok(Err(ReadHeadError::Head(error))) => return refusal(error),
            Ok(Ok(None) | Err(_)) => return Arrival::Nothing,
            Err(_) => return Arrival::Refused(408, "the request head took too long".to_owned()),
        };
        let head = RequestHead::parse(&bytes, limits);
        match head.and_then(|head| request_body_length(&head).map(|length| (head, length))) {
            Ok((head, length)) => Arrival::Request(head, length),
            Err(error) => refusal(error),
        }
    }

    async fn exchange(&mut self, head: RequestHead, length: BodyLength) -> Next {
        let RequestHead { method, target, version, headers } = head;
        let expects = match headers.get("expect") {
            None => false,
            Some(value) if value.eq_ignore_ascii_case("100-continue") => version == Version::Http11,
            Some(_) => {
                let Arrival::Refused(status, reason) = refusal(HeadError::Expect) else { return Next::Close };
                return self.refuse(status, reason).await;
            }
        };
        let close = wants_to_close(&headers, version);
        let for_head = method == "HEAD";
        let (body, mut incoming) = self.incoming_body(length);
        let connection = Some(Arc::clone(&self.info));
        let response =
            self.answer(Request { method, target, headers, body, connection }, &mut incoming, expects);
        let response = response.await;
        let (reusable, reader) = incoming.recover().await;
        self.reader = self.reader.take().or(reader);
        self.unread = !reusable;
        let close = close || response.closing || self.settings.close_after_response;
        let keep = reusable && !close && !self.shutdown.is_requested();
        let next = self.write(response, for_head, version, keep).await;
        if self.reader.is_none() {
            // The handler's answer may have used the request body until its own end.
            self.reader = incoming.late_reader();
        }
        next
    }

    /// Lets the handler answer; says `100 Continue` when the client waits for that and the handler for the body.
    async fn answer(&mut self, request: Request, incoming: &mut Incoming, expects: bool) -> Response {
        let mut answer = pin!(self.handler.handle(request));
        if !expects {
            return answer.await;
        }
        tokio::select! {
            biased;
            response = &mut answer => {
                // Without the go-ahead the client may or may not send the body: what follows is unknown.
                incoming.unknown_rest = true;
                return response;
            }
            Ok(()) = &mut incoming.wanted => {}
        }
        let go_ahead = self.writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
        // A failure shows again when the body is read.
        let _ = tokio::time::timeout(self.settings.stall_timeout, go_ahead).await;
        let _ = self.writer.flush().await;
        answer.await
    }

    /// The body of a request, which holds the reader while it is read.
    fn incoming_body(&mut self, length: BodyLength) -> (Body, Incoming) {
        let (return_sender, returned) = oneshot::channel();
        let (want_sender, wanted) = oneshot::channel();
        let incoming =
            Incoming { returned, wanted, nothing_sent: length == BodyLength::Known(0), unknown_rest: false };
        if incoming.nothing_sent {
            return (Body::empty(), incoming);
        }
        let Some(reader) = self.reader.take() else { return (Body::empty(), incoming) };
        let body = IncomingBody::new(reader, length, self.settings.stall_timeout, move |unread| {
            let _ = return_sender.send(unread);
        });
        let body = body.before_first_wait(move || {
            let _ = want_sender.send(());
        });
        let known = if let BodyLength::Known(length) = length { Some(length) } else { None };
        (Body::incoming(body, known), incoming)
    }

    async fn write(&mut self, response: Response, for_head: bool, version: Version, keep: bool) -> Next {
        let bodiless = for_head || matches!(response.status, 204 | 304);
        let encoding = match (response.body.length(), version) {
            _ if bodiless => Encoding::None,
            (Some(length), _) => Encoding::Length(length),
            (None, Version::Http11) => Encoding::Chunked,
            (None, Version::Http10) => Encoding::UntilClose,
        };
        let keep = keep && encoding != Encoding::UntilClose;
        let connection = match (keep, version) {
            (false, _) => Some("close"),
            (true, Version::Http10) => Some("keep-alive"),
            (true, Version::Http11) => None,
        };
        let date = http_date(self.settings.clock.now());
        let head = match write_response_head(&response, &date, encoding, connection) {
            Ok(head) => head,
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written");
                return Box::pin(self.refuse(500, String::new())).await;
            }
        };
        let patience = self.settings.stall_timeout;
        match write_message(&mut self.writer, head, response.body, encoding, patience).await {
            Ok(()) if keep => Next::Request,
            Ok(()) => Next::Close,
            Err(WriteBodyError::Body(error)) => {
                tracing::debug!(peer = %self.info.peer_address, %error, "an answer was cut short");
                Next::BreakOff
            }
            Err(WriteBodyError::Connection(error)) => {
                tracing::debug!(peer = %self.info.peer_address, %error, "a client went away");
                Next::BreakOff
            }
        }
    }

    /// Answers without asking the handler.
    async fn refuse(&mut self, status: u16, reason: String) -> Next {
        tracing::debug!(peer = %self.info.peer_address, status, reason, "a request was refused");
        self.unread = true;
        let response = Response::text(status, reason);
        Box::pin(self.write(response, false, Version::Http11, false)).await
    }

    /// Ends the connection properly, and takes what the client still sends for a moment.
    async fn close(mut self) {
        let ended = tokio::time::timeout(LINGER_TIME, self.writer.shutdown()).await;
        if let (true, Ok(Ok(())), Some(mut reader)) = (self.unread, ended, self.reader) {
            let _ = tokio::time::timeout(LINGER_TIME, reader.discard(LINGER_LIMIT)).await;
        }
    }
}

/// The reader on its way through a request body.
struct Incoming {
    returned: oneshot::Receiver<Unread>,
    wanted: oneshot::Receiver<()>,
    nothing_sent: bool,
    unknown_rest: bool,
}

impl Incoming {
    /// After the answer: can the next request follow, and the reader, if the body gave it back.
    async fn recover(&mut self) -> (bool, Option<MessageReader>) {
        if self.nothing_sent {
            return (true, None);
        }
        let Ok(mut unread) = self.returned.try_recv() else { return (false, None) };
        if !self.unknown_rest {
            let _ = tokio::time::timeout(SKIP_TIME, unread.skip_rest(SKIP_LIMIT)).await;
        }
        (unread.finished, Some(unread.reader))
    }

    fn late_reader(&mut self) -> Option<MessageReader> {
        self.returned.try_recv().ok().map(|unread| unread.reader)
    }
}

fn refusal(error: HeadError) -> Arrival {
    let status = match error {
        HeadError::TargetTooLong => 414,
        HeadError::TooLong | HeadError::TooManyHeaders => 431,
        HeadError::Version => 505,
        HeadError::Expect => 417,
        HeadError::StartLine
        | HeadError::LineEnd
        | HeadError::Folded
        | HeadError::Name
        | HeadError::Value
        | HeadError::Host
        | HeadError::ContentLength
        | HeadError::TransferEncoding => 400,
    };
    Arrival::Refused(status, error.to_string())
}

/// IMF-fixdate (RFC 9110 section 5.6.7).
fn http_date(now: time::OffsetDateTime) -> String {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    now.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_default()
}
