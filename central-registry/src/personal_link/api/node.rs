//! Routes for security servers, see `registry_api::node`.

use bytes::Bytes;
use consent::frame::{Frame, STREAM_VERSION};
use consent::opaque::SessionId;
use futures_util::{Stream, StreamExt, stream};
use identifiers::{LinkHandle, ServerId};
use registry_api::node::{Ack, OpenStream, Redeem, Redeemed};
use registry_api::problem::Code;
use service_kit::http::{Body, BodyError, Request, Response};
use service_kit::random;

use super::{Call, answer, authenticate, blocking};
use crate::personal_link::PersonalLink;
use crate::personal_link::failure::Failure;
use crate::personal_link::linking::tokens;
use crate::personal_link::sync::session::{Opening, Outgoing};
use crate::personal_link::sync::snapshot;

/// Answers a request on the security servers' port.
pub async fn handle(link: &PersonalLink, request: Request) -> Response {
    answer(route(link, request).await)
}

async fn route(link: &PersonalLink, request: Request) -> Result<Response, Failure> {
    let server = authenticate::server(link, &request)?;
    let call = Call::read(request).await?;
    match (call.request.method.as_str(), call.request.path()) {
        ("POST", "/v1/links/redeem") => Ok(Response::json(200, &redeem(link, server, &call).await?)),
        ("POST", "/v1/sync/stream") => open_stream(link, server, &call).await,
        ("POST", "/v1/sync/ack") => acknowledge(link, server, &call).await,
        _ => Err(Code::NotFound.into()),
    }
}

async fn redeem(link: &PersonalLink, server: ServerId, call: &Call) -> Result<Redeemed, Failure> {
    let redeem: Redeem = call.json()?;
    if !link.network.subsystems_of(&server).contains(&redeem.subsystem) {
        return Err(Code::NotYourSubsystem.into());
    }
    let fresh = LinkHandle::from_bytes(random::bytes()?);
    let link = link.clone();
    blocking(move || {
        let now = link.clock.now();
        link.database.write("redeem a link token", |transaction| {
            Ok(Redeemed { link: tokens::redeem(transaction, &server, &redeem, fresh, now)? })
        })
    })
    .await
}

async fn open_stream(link: &PersonalLink, server: ServerId, call: &Call) -> Result<Response, Failure> {
    let OpenStream { version } = call.json()?;
    if version != STREAM_VERSION {
        return Err(Code::Malformed.into());
    }
    let certificate = call.request.peer().map(|peer| peer.leaf().to_vec()).unwrap_or_default();
    let hosted = link.network.subsystems_of(&server);
    let session = SessionId::from_bytes(random::bytes()?);
    let link = link.clone();
    let outgoing = blocking(move || {
        link.hub.exclusively(|streams| {
            let rows = link.database.read("snapshot", |transaction| snapshot::rows(transaction, &hosted))?;
            streams.open_session(Opening { server, certificate, hosted, session }, rows)
        })
    });
    let body = Body::stream(lines(outgoing.await?), None);
    Ok(Response::with(200, "application/x-ndjson", body))
}

/// One JSON document a line, until the session ends.
fn lines(outgoing: Outgoing) -> impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static {
    let Outgoing { first, then } = outgoing;
    let then = stream::unfold(then, |mut frames| async move { Some((frames.recv().await?, frames)) });
    stream::iter(first).chain(then).map(|frame| line(&frame))
}

fn line(frame: &Frame) -> Result<Bytes, BodyError> {
    let mut line = serde_json::to_vec(frame).map_err(|error| BodyError::Aborted(error.to_string()))?;
    line.push(b'\n');
    Ok(line.into())
}

async fn acknowledge(link: &PersonalLink, server: ServerId, call: &Call) -> Result<Response, Failure> {
    let ack: Ack = call.json()?;
    let link = link.clone();
    // The lock may be held for the time of a disk write.
    let goes_on = blocking(move || Ok(link.hub.exclusively(|streams| streams.acknowledge(&server, &ack))));
    if goes_on.await? { Ok(Response::new(204)) } else { Err(Code::SessionOver.into()) }
}
