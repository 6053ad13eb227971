//! Call the service. Never repeated: nobody but the service knows whether a lost call took effect.

use protocol::fault::{Origin, Word};
use service_kit::http_client::{ClientError, Location};

use crate::relay::Relay;
use crate::relay::services::CallError;
use crate::relay::stage::Refusal;
use crate::relay::state::{Call, Deliverable, Delivered};

/// Sends the request with its exact length and waits for the answer to begin.
///
/// # Errors
/// `server.serverproxy.` and `unknown_host`, `network_error`, `ssl_authentication_failed`, `io_error`,
/// `service_malformed_url`.
pub async fn deliver(relay: &Relay, deliverable: Deliverable) -> Result<Delivered, Refusal> {
    let Deliverable { recorded, call } = deliverable;
    let authorised = recorded.into_state();
    let (service, url, mut request) = match call {
        Call::Metadata(response) => return Ok(Delivered { authorised, response }),
        Call::Service { service, url, request } => (service, url, request),
    };
    let location = Location::parse(&url)
        .map_err(|_| refuse(Word::ServiceMalformedUrl, format!("Malformed URL of service {}", service.id)))?;
    request.target.clone_from(&location.target);
    let known = authorised.verified.message();
    let hands_on = known.message.as_rest().is_some_and(|rest| rest.verb.hands_on_body());
    if let Some(body) = known.parts.body.as_ref().filter(|_| hands_on) {
        request = request.body(body.body());
    }
    let response = relay.services().call(&service, &location, request).await;
    let response = response.map_err(|error| refuse_call(&error))?;
    Ok(Delivered { authorised, response })
}

fn refuse_call(error: &CallError) -> Refusal {
    let (word, text) = match error {
        CallError::Client(ClientError::UnknownHost(_)) => {
            (Word::UnknownHost, "The host of the service is unknown")
        }
        CallError::Client(ClientError::Tls { .. }) => {
            (Word::SslAuthenticationFailed, "The TLS identity of the service was not accepted")
        }
        CallError::Client(ClientError::Connect { .. } | ClientError::ConnectTimeout { .. }) => {
            (Word::NetworkError, "The service could not be reached")
        }
        CallError::Client(ClientError::ResponseTimeout(_)) => {
            (Word::IoError, "The service did not answer in time")
        }
        CallError::Client(_) => (Word::IoError, "The service did not answer properly"),
        CallError::Tls(_) => (Word::SslAuthenticationFailed, "TLS towards the service cannot be set up"),
    };
    refuse(word, text.to_owned()).because(error)
}

fn refuse(word: Word, text: String) -> Refusal {
    Refusal::new(Origin::ServerProxy, &[word], text)
}
