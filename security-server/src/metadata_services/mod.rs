//! The metadata services: what a provider offers, answered by its security server in the place of a service.
//!
//! Every client may ask ([`access_rights::metadata`](crate::access_rights)); the answers go the way of all others:
//! bound to their request, signed, recorded.
//!
//! * [`listing`]: `listMethods`, `allowedMethods`;
//! * [`description`]: `getOpenAPI`, `getWsdl`.

pub mod description;
pub mod listing;

use protocol::fault::{Origin, Word};
use protocol::metadata::rest_service_list;
use protocol::soap::{Sender, method_list};
use service_kit::http::Response;

use crate::access_rights::{MetadataService, Subsystem};
use crate::relay::Relay;
use crate::relay::codec::{RequestMessage, rest};
use crate::relay::stage::Refusal;
use listing::Listing;

/// The answer to a request, as a service would give it.
///
/// # Errors
/// `server.serverproxy.` and `invalid_request` without a parameter, `unknown_service` and `service_type` for a
/// description that there is not, `internal_error` for one that cannot be had.
pub async fn answer(
    relay: &Relay,
    request: &RequestMessage,
    asked: MetadataService,
) -> Result<Response, Refusal> {
    match asked {
        MetadataService::ListMethods => list(relay, request, Listing::All),
        MetadataService::AllowedMethods => list(relay, request, Listing::Allowed),
        MetadataService::GetOpenApi => description::open_api(relay, request).await,
        MetadataService::GetWsdl => description::wsdl(relay, request).await,
    }
}

fn list(relay: &Relay, request: &RequestMessage, listing: Listing) -> Result<Response, Refusal> {
    let conf = relay.valid_global_conf(Origin::ServerProxy)?;
    let declarations = relay.declarations();
    let provider = provider(&declarations, request)?;
    let client = &request.exchange.consumer;
    if let Some(message) = request.as_soap() {
        let services = listing::soap_services(provider, &conf, client, listing);
        let answer = method_list(message, &services, relay.limits());
        let answer = answer.map_err(|error| Refusal::of_soap(&error, Sender::ClientProxy))?;
        let content_type = protocol::names::mime::TEXT_XML_UTF8;
        return Ok(Response::with(200, content_type, answer.part().bytes.clone()));
    }
    let services = listing::rest_services(provider, &conf, client, listing);
    let json = rest_service_list(&services);
    Ok(rest::metadata_answer(request.service_headers(), "application/json", json))
}

/// The subsystem that was asked. It was there when the request was permitted; declarations may have changed since.
fn provider<'a>(
    declarations: &'a crate::access_rights::Declarations,
    request: &RequestMessage,
) -> Result<&'a Subsystem, Refusal> {
    let id = request.exchange.service.client();
    declarations.subsystem(id).ok_or_else(|| {
        Refusal::new(Origin::ServerProxy, &[Word::UnknownMember], format!("Client '{id}' not found"))
    })
}
