//! The provider's service: takes any body, gives any body, gives back small ones; the same with attachments of SOAP.

use std::net::SocketAddr;

use anyhow::Result;
use bytes::Bytes;
use futures_util::stream;
use service_kit::http::{Body, BodyError, Request, Response};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;

use crate::attachments;

/// Bytes of a piece of a large body.
pub(crate) const PIECE: usize = 64 * 1024;

/// Longest body that is given back.
const MAX_ECHO: u64 = 64 * 1024;

/// Starts it on a free port of the loopback.
pub(crate) async fn start() -> Result<SocketAddr> {
    let server = Server::bind("127.0.0.1:0", ServerSecurity::Plain, ServerSettings::default()).await?;
    let address = server.local_address();
    tokio::spawn(server.serve(answer, Shutdown::new()));
    Ok(address)
}

async fn answer(request: Request) -> Response {
    let segments = request.segments().unwrap_or_default();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["echo"] => match request.body.read_all(MAX_ECHO).await {
            Ok(body) => Response::with(200, "text/plain", body),
            Err(error) => Response::text(400, error.to_string()),
        },
        ["take"] => match length(request.body).await {
            Ok(length) => Response::text(200, length.to_string()),
            Err(error) => Response::text(400, error.to_string()),
        },
        ["give", bytes] => match bytes.parse() {
            Ok(bytes) => Response::with(200, "application/octet-stream", pattern(bytes)),
            Err(_) => Response::text(400, "how much?"),
        },
        ["soap"] => soap(request).await.unwrap_or_else(|error| Response::text(400, format!("{error:#}"))),
        _ => Response::text(404, "echo, take, give, soap"),
    }
}

/// Gives an attachment as large as it was asked for, or says how large that was which came.
async fn soap(request: Request) -> Result<Response> {
    let has_attachment = request.headers.get("content-type").is_some_and(|kind| kind.contains("related"));
    if has_attachment {
        let (envelope, taken) = attachments::read(request.body).await?;
        let answer = attachments::answer(&envelope, taken)?;
        return Ok(Response::with(200, "text/xml; charset=UTF-8", answer));
    }
    let envelope = String::from_utf8(request.body.read_all(MAX_ECHO).await?.to_vec())?;
    let give = attachments::number_in(&envelope, "give")?;
    let answer = attachments::answer(&envelope, 0)?;
    Ok(Response::with(200, attachments::CONTENT_TYPE, attachments::message(&answer, give)))
}

async fn length(mut body: Body) -> Result<u64, BodyError> {
    let mut length = 0;
    while let Some(piece) = body.piece().await {
        length += piece?.len() as u64;
    }
    Ok(length)
}

/// A body of so many bytes that is never in memory as a whole.
pub(crate) fn pattern(bytes: u64) -> Body {
    let piece = piece_of_pattern();
    let pieces = stream::unfold(bytes, move |left| {
        let piece = piece.clone();
        async move {
            let next = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            (left > 0).then(|| (Ok(piece.slice(..next)), left - next as u64))
        }
    });
    Body::stream(Box::pin(pieces), None)
}

/// What such a body repeats.
pub(crate) fn piece_of_pattern() -> Bytes {
    (0..PIECE).map(|n| u8::try_from(n % 251).unwrap_or_default()).collect()
}
