//! The provider's information system: a process of its own, so that its share of the work can be told apart.
//!
//! `/answer/<bytes>` takes any body and answers with so many bytes. `/soap` answers a SOAP request with itself, the
//! wrapper of its body renamed as SOAP wants it.

use std::convert::Infallible;
use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::message::{SOAP_REQUEST, SOAP_RESPONSE, TEXT_XML};
use crate::payload::Payload;

/// Serves until the process is ended.
///
/// # Errors
/// The address is not free.
pub(crate) async fn serve(address: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            // A client that goes away is none of our business.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(answer))
                .await;
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Payload>, Infallible> {
    let path = request.uri().path().to_owned();
    let answered = match path.strip_prefix("/answer/").map(str::parse) {
        Some(Ok(bytes)) => {
            swallow(request.into_body()).await.map(|()| ("application/octet-stream", Payload::Pattern(bytes)))
        }
        Some(Err(_)) => Err("how much?".to_owned()),
        None if path == "/soap" => {
            soap(request.into_body()).await.map(|body| (TEXT_XML, Payload::Whole(body)))
        }
        None => Ok(("text/plain", Payload::Whole(Bytes::from_static(b"ready\n")))),
    };
    Ok(match answered {
        Ok((content_type, body)) => {
            let mut response = Response::new(body);
            response.headers_mut().insert("content-type", http::HeaderValue::from_static(content_type));
            response
        }
        Err(reason) => {
            let mut response = Response::new(Payload::Whole(reason.into()));
            *response.status_mut() = http::StatusCode::BAD_REQUEST;
            response
        }
    })
}

async fn swallow(mut body: Incoming) -> Result<(), String> {
    while let Some(frame) = body.frame().await {
        frame.map_err(|error| error.to_string())?;
    }
    Ok(())
}

async fn soap(body: Incoming) -> Result<Bytes, String> {
    let bytes = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    let text = std::str::from_utf8(&bytes).map_err(|error| error.to_string())?;
    Ok(text.replace(SOAP_REQUEST, SOAP_RESPONSE).into())
}
