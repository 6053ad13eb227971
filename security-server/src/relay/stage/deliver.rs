//! Call the service. Never repeated: nobody but the service knows whether a lost call took effect.

use protocol::Payload;
use protocol::fault::{Origin, Word};
use service_kit::http_client::{ClientError, Location};

use crate::relay::Relay;
use crate::relay::own_services;
use crate::relay::services::CallError;
use crate::relay::stage::Refusal;
use crate::relay::state::{Call, Deliverable, Delivered};

/// Sends the request with its exact length and waits for the answer to begin.
///
/// # Errors
/// `server.serverproxy.` and `unknown_host`, `network_error`, `ssl_authentication_failed`, `io_error`, for SOAP after
/// `service_failed`; `server.serverproxy.service_malformed_url`.
pub async fn deliver(relay: &Relay, deliverable: Deliverable) -> Result<Delivered, Refusal> {
    let Deliverable { recorded, call } = deliverable;
    let authorised = recorded.into_state().into_state();
    let (service, url, mut request) = match call {
        Call::Own => {
            let response = own_services::answer(relay, &authorised).await?;
            return Ok(Delivered { authorised, response });
        }
        Call::Service { service, url, request } => (service, url, request),
    };
    let location = Location::parse(&url).map_err(|_| {
        let text = format!("Malformed URL of service {}", service.id);
        Refusal::new(Origin::ServerProxy, &[Word::ServiceMalformedUrl], text)
    })?;
    request.target.clone_from(&location.target);
    let response = relay.services().call(&service, &location, request).await;
    let payload = authorised.verified.message().message.payload();
    let response = response.map_err(|error| refuse_call(payload, &error))?;
    Ok(Delivered { authorised, response })
}

fn refuse_call(payload: Payload, error: &CallError) -> Refusal {
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
    let refusal = match payload {
        Payload::Rest => Refusal::new(Origin::ServerProxy, &[word], text),
        Payload::Soap => Refusal::new(Origin::ServerProxy, &[Word::ServiceFailed, word], text),
    };
    refusal.because(error)
}
