//! The request leaves: first everything that can be hashed, last the signature.

use bytes::Bytes;
use pki::Certificate;
use protocol::fault::{Origin, Word};
use protocol::names::{HASH_ALGORITHM, MESSAGE_TYPE_REST, PROXY_VERSION, header};
use service_kit::http::Request;

use crate::relay::Relay;
use crate::relay::exchanging::{ExchangeError, Exchanging};
use crate::relay::stage::record::Recorded;
use crate::relay::stage::{Refusal, receive};
use crate::relay::state::{Awaiting, Connected, Draft, OutgoingRequest, RequestMessage, Sealed};
use crate::relay::writer::MessageWriter;
use protocol::Payload;

/// Whether this server can show others who it is. Without that no request needs to be looked at, as X-Road says too.
///
/// # Errors
/// As [`begin`].
pub fn can_authenticate(relay: &Relay) -> Result<(), Refusal> {
    own_status(relay, &relay.peers().shown()).map(drop)
}

fn own_status(relay: &Relay, shown: &[Certificate]) -> Result<Vec<Bytes>, Refusal> {
    relay.own_auth_ocsp(shown).map_err(|error| {
        let text = "Security server has no valid authentication certificate";
        Refusal::new(Origin::ClientProxy, &[Word::SslAuthenticationFailed], text).because(error)
    })
}

/// Opens the HTTP exchange on the connection. Nothing leaves yet.
///
/// # Errors
/// `server.clientproxy.ssl_authentication_failed`: we have no fresh OCSP response for our own certificate, without
/// which no provider would let us in.
pub fn begin(
    relay: &Relay,
    connected: Connected,
) -> Result<(Draft<OutgoingRequest>, MessageWriter), Refusal> {
    let Connected { enveloped, connection, shown, provider } = connected;
    let ocsp = own_status(relay, &shown)?;
    let (writer, opening) = MessageWriter::request();
    let head = head(&enveloped.message, writer.content_type());
    let exchanging = Exchanging::start(connection, head, opening);
    let outgoing = OutgoingRequest { message: enveloped.message, provider, exchanging };
    Ok((Draft { outgoing, ocsp, part: enveloped.part, enclosure: enveloped.enclosure }, writer))
}

/// Lets the signature go, against the receipt of the journal, and waits for the answer to begin.
///
/// # Errors
/// `server.clientproxy.network_error`.
pub async fn transmit(
    relay: &Relay,
    recorded: Recorded<Sealed<OutgoingRequest>>,
    writer: &mut MessageWriter,
) -> Result<Awaiting, Refusal> {
    let Sealed { forwarded, seal } = recorded.into_state();
    let OutgoingRequest { message, provider, exchanging } = forwarded.outgoing;
    if writer.seal(&seal).await.is_err() {
        return Err(early_answer(relay, OutgoingRequest { message, provider, exchanging }).await);
    }
    let expected = message.expected_answer(&forwarded.digests);
    let response = exchanging.response().await.map_err(|error| no_answer(&error))?;
    Ok(Awaiting { message, expected, provider, response })
}

/// The peer stopped reading before our message was complete. If it says why, that is the refusal.
pub(super) async fn early_answer(relay: &Relay, outgoing: OutgoingRequest) -> Refusal {
    let payload = outgoing.message.payload();
    match outgoing.exchanging.response().await {
        Ok(response) => receive::fault_of(relay, payload, response).await,
        Err(error) => no_answer(&error),
    }
}

fn no_answer(error: &ExchangeError) -> Refusal {
    let text = "The provider's security server did not answer";
    Refusal::new(Origin::ClientProxy, &[Word::NetworkError], text).because(error)
}

/// The header fields of the link between security servers, in X-Road's order.
fn head(message: &RequestMessage, content_type: &str) -> Request {
    let mut head = Request::new("POST", "/");
    if message.payload() == Payload::Rest {
        head = head.header(header::MESSAGE_TYPE, MESSAGE_TYPE_REST);
    }
    let mut head = head
        .header(header::HASH_ALGORITHM, HASH_ALGORITHM)
        .header(header::ORIGINAL_CONTENT_TYPE, &message.original_content_type)
        .header(header::REQUEST_ID, &message.exchange.request_id)
        .header(header::PROXY_VERSION, PROXY_VERSION);
    if let Some(action) = message.soap_action() {
        head = head.header(header::ORIGINAL_SOAP_ACTION, action);
    }
    head.header("Content-Type", content_type)
        .header("User-Agent", concat!("Sekisho/", env!("CARGO_PKG_VERSION")))
}
