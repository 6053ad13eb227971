//! The provider's service: takes any body, gives any body, gives back small ones.

use std::net::SocketAddr;

use anyhow::Result;
use bytes::Bytes;
use futures_util::stream;
use service_kit::http::{Body, BodyError, Request, Response};
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;

/// Bytes of a piece of a large body.
const PIECE: usize = 64 * 1024;

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
        _ => Response::text(404, "echo, take, give"),
    }
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
    let piece: Bytes = (0..PIECE).map(|n| u8::try_from(n % 251).unwrap_or_default()).collect();
    let pieces = stream::unfold(bytes, move |left| {
        let piece = piece.clone();
        async move {
            let next = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            (left > 0).then(|| (Ok(piece.slice(..next)), left - next as u64))
        }
    });
    Body::stream(Box::pin(pieces), None)
}
