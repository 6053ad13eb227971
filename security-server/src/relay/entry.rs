//! Where exchanges enter: from an information system, and from another security server.

use std::pin::pin;
use std::sync::Arc;

use protocol::error_body::ErrorFormat;
use protocol::fault::{Origin, Word};
use protocol::names::{HASH_ALGORITHM, header};
use service_kit::http::{Request, Response};
use service_kit::peer_tls::Stack;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::Relay;
use super::codec::{rest, target};
use super::leg1_consumer_request::consumer_request;
use super::leg2_provider_request::provider_request;
use super::leg3_provider_response::provider_response;
use super::leg4_consumer_response::consumer_response;
use super::outflow::Opened;
use super::refusals::follow;
use super::stage::{Language, Refusal};
use super::writer::MessageWriter;
use crate::config::KeepAlive;
use crate::information_services;
use crate::message_log::Side;

/// Answers one request of an information system.
pub async fn serve_information_system(relay: &Relay, request: Request) -> Response {
    if let Some(reason) = target::refusal(&request.target) {
        return Response::text(400, format!("Bad request target: {reason}\n"));
    }
    if let Some(answer) = information_services::answer(relay, &request).await {
        return answer;
    }
    let language = match request.path().starts_with(rest::PREFIX) {
        true => Language::Rest(ErrorFormat::negotiate(request.headers.get_all("accept"))),
        false => Language::Soap,
    };
    let answered = exchange(relay, request, async |response| Ok(response)).await;
    answered.unwrap_or_else(|refusal| refusal.to_client(language))
}

/// One exchange of an information system, and what `finish` makes of the answer: the legs of this side. A refusal is
/// told to the log and kept before it is given.
///
/// # Errors
/// The refusal that the information system is to be told.
pub(crate) async fn exchange<T>(
    relay: &Relay,
    request: Request,
    finish: impl AsyncFnOnce(Response) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let legs = async {
        let awaiting = consumer_request(relay, request).await?;
        finish(consumer_response(relay, awaiting).await?).await
    };
    let followed = async { legs.await.inspect_err(|refusal| relay.refused(Side::Consumer, refusal)) };
    follow(followed).instrument(context("consumer")).await
}

/// The log context of one exchange; the names are filled in when they are known.
fn context(side: &'static str) -> Span {
    tracing::info_span!(
        "exchange",
        side,
        client = Empty,
        service = Empty,
        query_id = Empty,
        request_id = Empty
    )
}

/// Answers one request of another security server.
pub async fn serve_peer(relay: Arc<Relay>, request: Request, keep_alive: KeepAlive) -> Response {
    let keep = match (keep_alive, request.peer().map(|peer| peer.stack)) {
        (KeepAlive::Always, _) | (KeepAlive::Modern, Some(Stack::Modern)) => true,
        (KeepAlive::Modern | KeepAlive::Never, _) => false,
    };
    let response = answer_peer(relay, request).await;
    if keep { response } else { response.closing() }
}

async fn answer_peer(relay: Arc<Relay>, request: Request) -> Response {
    let certificates = request.peer().map(|peer| peer.certificates.as_slice()).unwrap_or_default();
    let presented = match relay.peer_trust().presented(certificates) {
        Ok(presented) => presented,
        Err(refusal) => return Refusal::from(refusal.into_fault(Origin::ServerProxy)).to_peer(),
    };
    let (mut writer, opening) = MessageWriter::response();
    let head = Response::new(200)
        .header("Content-Type", writer.content_type())
        .header(header::HASH_ALGORITHM, HASH_ALGORITHM);
    // Both legs as one task: it goes on writing after the head of the answer has been returned.
    let work = async move {
        let delivered = match provider_request(&relay, request, &presented).await {
            Ok(delivered) => delivered,
            Err(refusal) => {
                relay.refused(Side::Provider, &refusal);
                return Some(refusal);
            }
        };
        if let Err(refusal) = provider_response(&relay, delivered, &mut writer).await {
            relay.refused(Side::Provider, &refusal);
            // In the place of the message, or of the signature, without which nothing before it counts.
            let _ = writer.fault(&refusal.to_xml()).await;
        }
        None
    };
    let mut work = Box::pin(follow(work).instrument(context("provider")));
    let mut opening = pin!(opening);
    tokio::select! {
        biased;
        finished = &mut work => match finished {
            Some(refusal) => refusal.to_peer(),
            // Complete: the whole message waits in the opening.
            None => match opening.await {
                Ok(opened) => opening_of(head, opened),
                Err(_) => lost().to_peer(),
            },
        },
        opened = &mut opening => match opened {
            Ok(opened) => {
                tokio::spawn(work);
                opening_of(head, opened)
            }
            // The writer was dropped before anything left: the refusal is about to come out of the work.
            Err(_) => work.await.unwrap_or_else(lost).to_peer(),
        },
    }
}

/// The answer whose body may begin to leave.
fn opening_of(head: Response, opened: Opened) -> Response {
    let head = match opened.original_content_type {
        Some(value) => head.header(header::ORIGINAL_CONTENT_TYPE, value),
        None => head,
    };
    head.body(opened.body)
}

fn lost() -> Refusal {
    Refusal::new(Origin::ServerProxy, &[Word::InternalError], "The answer was lost")
}
