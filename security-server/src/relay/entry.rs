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
use super::stage::Refusal;
use super::writer::MessageWriter;
use crate::config::KeepAlive;
use crate::information_services;
use crate::trust::Presented;

/// Answers one request of an information system.
pub async fn serve_information_system(relay: &Relay, request: Request) -> Response {
    if let Some(reason) = target::refusal(&request.target) {
        return Response::text(400, format!("Bad request target: {reason}\n"));
    }
    if let Some(answer) = information_services::answer(relay, &request).await {
        return answer;
    }
    if !request.path().starts_with(rest::PREFIX) {
        return not_rest(&request);
    }
    let format = ErrorFormat::negotiate(request.headers.get_all("accept"));
    let exchange = async {
        let awaiting = consumer_request(relay, request).await?;
        consumer_response(relay, awaiting).await
    };
    let answered = async {
        exchange.await.unwrap_or_else(|refusal| {
            refusal.audit();
            refusal.to_rest_client(format)
        })
    };
    answered.instrument(context("consumer")).await
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
    let certificates = request.peer().map(|peer| peer.certificates.clone()).unwrap_or_default();
    let presented = match Presented::from_der(&certificates) {
        Ok(presented) => presented,
        Err(refusal) => return Refusal::from(refusal.into_fault(Origin::ServerProxy)).to_peer(),
    };
    let (mut writer, opening) = MessageWriter::response();
    let head = Response::new(200)
        .header("Content-Type", writer.content_type())
        .header(header::HASH_ALGORITHM, HASH_ALGORITHM);
    // Both legs as one task: it goes on writing after the head of the answer has been returned.
    let work = async move {
        let exchange = async {
            let delivered = provider_request(&relay, request, &presented).await?;
            provider_response(&relay, delivered, &mut writer).await
        };
        let Err(refusal) = exchange.await else { return None };
        refusal.audit();
        if !writer.has_begun() {
            return Some(refusal);
        }
        // The head has left: the fault takes the place of the signature, without which nothing counts.
        let _ = writer.fault(&refusal.to_xml()).await;
        None
    };
    let mut work = Box::pin(work.instrument(context("provider")));
    let mut opening = pin!(opening);
    tokio::select! {
        biased;
        finished = &mut work => match finished {
            Some(refusal) => refusal.to_peer(),
            // Complete: the whole message waits in the opening.
            None => match opening.await {
                Ok(body) => head.body(body),
                Err(_) => lost().to_peer(),
            },
        },
        opened = &mut opening => match opened {
            Ok(body) => {
                tokio::spawn(work);
                head.body(body)
            }
            // The writer was dropped before anything left: the refusal is about to come out of the work.
            Err(_) => work.await.unwrap_or_else(lost).to_peer(),
        },
    }
}

fn lost() -> Refusal {
    Refusal::new(Origin::ServerProxy, &[Word::InternalError], "The answer was lost")
}

/// Requests that are not REST. The SOAP protocol answers with a fault in any case.
fn not_rest(request: &Request) -> Response {
    let refusal = if request.method == "POST" {
        Refusal::new(
            Origin::ClientProxy,
            &[Word::InternalError],
            "SOAP messages are not served by this server",
        )
    } else {
        let text = format!("Must use POST request method instead of {}", request.method);
        Refusal::new(Origin::Client, &[Word::InvalidHttpMethod], text)
    };
    refusal.audit();
    refusal.to_peer()
}
