//! `getOpenAPI` and `getWsdl`: the description of one service, as consumers may see it: without the addresses of the
//! provider's own systems.

use bytes::Bytes;
use identifiers::ServiceId;
use protocol::fault::{Origin, Word};
use protocol::metadata::query_parameter;
use protocol::soap::{Sender, SoapEncoder, SoapError, SoapMessage, WsdlAnswer, WsdlRequest};
use service_description::{DescriptionLimits, ENDPOINT, publish_openapi, publish_wsdl};
use service_kit::http::{Request, Response};
use service_kit::http_client::Location;
use service_kit::random;
use std::sync::Arc;

use super::provider;
use crate::access_rights::{Description, Service, ServiceKind};
use crate::relay::Relay;
use crate::relay::codec::{RequestMessage, rest};
use crate::relay::stage::Refusal;

/// A description as the provider keeps it.
struct Document {
    content: Bytes,
    /// Only of what was fetched.
    content_type: Option<String>,
}

/// Answers `getOpenAPI`.
///
/// # Errors
/// See [`super::answer`].
pub(super) async fn open_api(relay: &Relay, request: &RequestMessage) -> Result<Response, Refusal> {
    let target = request.as_rest().map(|rest| rest.target.as_str()).unwrap_or_default();
    let query = target.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let code = query_parameter(query, "serviceCode", true).filter(|code| !code.trim().is_empty());
    let code =
        code.ok_or_else(|| refuse(Word::InvalidRequest, "Missing serviceCode in message body".to_owned()))?;
    let service = {
        let declarations = relay.declarations();
        let services = &provider(&declarations, request)?.services;
        // The caller can name no version, and so none of a service that has one.
        let service = services
            .iter()
            .find(|service| service.id.code() == code && service.id.version().is_none())
            .ok_or_else(|| {
                let text = format!("Service not found: {}", named(request, &code, None));
                refuse(Word::InternalError, text)
            })?;
        match service.kind {
            ServiceKind::OpenApi3 => {}
            ServiceKind::Rest => {
                return Err(refuse(Word::InternalError, "Invalid service type: REST".to_owned()));
            }
            ServiceKind::Wsdl => {
                return Err(refuse(Word::InternalError, "Invalid service type: WSDL".to_owned()));
            }
        }
        Arc::clone(service)
    };
    let document = obtain(relay, &service).await?;
    let published = publish_openapi(&document.content, &DescriptionLimits::default());
    let published = published.map_err(|error| {
        refuse(Word::InternalError, "Failed reading service description".to_owned()).because(error)
    })?;
    let content_type = document.content_type.unwrap_or_else(|| kind_of(&service).to_owned());
    Ok(rest::metadata_answer(request.service_headers(), &content_type, published))
}

/// The content type of a description in a file.
fn kind_of(service: &Service) -> &'static str {
    match &service.description {
        Some(Description::File { name, .. }) if name.to_ascii_lowercase().ends_with(".json") => {
            "application/json"
        }
        Some(Description::File { .. }) => "application/x-yaml",
        _ => "text/plain",
    }
}

/// Answers `getWsdl`; the description is an attachment.
///
/// # Errors
/// See [`super::answer`].
pub(super) async fn wsdl(relay: &Relay, request: &RequestMessage) -> Result<Response, Refusal> {
    let Some(message) = request.as_soap() else {
        return Err(refuse(Word::InternalError, "getWsdl is a SOAP service".to_owned()));
    };
    let asked = WsdlRequest::read(message, relay.limits())
        .map_err(|error| refuse(error.word(Sender::ClientProxy), error.to_string()))?;
    let service = {
        let declarations = relay.declarations();
        let services = &provider(&declarations, request)?.services;
        let matches = |service: &&Arc<Service>| {
            service.id.code() == asked.service_code
                && service.id.version() == asked.service_version.as_deref()
        };
        let service = services.iter().find(matches).ok_or_else(|| {
            let service = named(request, &asked.service_code, asked.service_version.as_deref());
            refuse(Word::UnknownService, format!("Could not find wsdl URL for service {service}"))
        })?;
        if service.kind != ServiceKind::Wsdl {
            let text = "Service is a REST service and does not have a WSDL";
            return Err(refuse(Word::ServiceType, text.to_owned()));
        }
        Arc::clone(service)
    };
    let document = obtain(relay, &service).await?;
    let charset = document.content_type.as_deref().and_then(charset);
    let limits = DescriptionLimits::default();
    let published = publish_wsdl(&document.content, charset.as_deref(), ENDPOINT, &limits);
    let published = published.map_err(|error| {
        refuse(Word::InternalError, "Failed reading service description".to_owned()).because(error)
    })?;
    answer_with(relay, message, published.into())
}

/// Message and description in one container, as a service with an attachment would answer.
fn answer_with(relay: &Relay, message: &SoapMessage, wsdl: Bytes) -> Result<Response, Refusal> {
    let boundary = format!("jetty{}", random::uuid().replace('-', ""));
    let written = || {
        let answer = WsdlAnswer::new(message, wsdl, &boundary, &random::uuid(), relay.limits())?;
        let mut encoder = SoapEncoder::new(&answer.content_type, true)?;
        let mut body = Vec::new();
        body.extend_from_slice(&encoder.soap(answer.message.part()));
        body.extend_from_slice(&encoder.attachment_start(&answer.headers));
        body.extend_from_slice(&answer.wsdl);
        body.extend_from_slice(&encoder.finish());
        Ok(Response::with(200, &answer.content_type, body))
    };
    written().map_err(|error: SoapError| {
        refuse(Word::InternalError, "The description cannot be sent".to_owned()).because(error)
    })
}

/// The description from its file, or from its address: by the TLS rules and the time limit of the service itself.
async fn obtain(relay: &Relay, service: &Service) -> Result<Document, Refusal> {
    let failed = |cause: String| {
        refuse(Word::InternalError, "Failed reading service description".to_owned()).because(cause)
    };
    let address = match &service.description {
        Some(Description::File { content, .. }) => {
            return Ok(Document { content: content.clone(), content_type: None });
        }
        Some(Description::Address(address)) => address,
        None => return Err(failed(format!("no `description` is declared for {}", service.id))),
    };
    let location = Location::parse(address).map_err(|error| failed(error.to_string()))?;
    let request = Request::get(&location.target);
    let response = relay.services().call(service, &location, request).await;
    let response = response.map_err(|error| failed(error.to_string()))?;
    if response.status != 200 {
        return Err(failed(format!("{address} answered with status {}", response.status)));
    }
    let content_type = response.headers.get("content-type").map(str::to_owned);
    let limit = DescriptionLimits::default().bytes as u64;
    let content = response.body.read_all(limit).await.map_err(|error| failed(error.to_string()))?;
    Ok(Document { content, content_type })
}

fn charset(content_type: &str) -> Option<String> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let charset = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    charset.map(|(_, value)| value.trim().trim_matches('"').to_owned())
}

/// The service that a caller asked about, short enough to be told back.
fn named(request: &RequestMessage, code: &str, version: Option<&str>) -> String {
    let short = |text: &str| text.chars().filter(|c| !c.is_control()).take(80).collect::<String>();
    let client = request.exchange.service.client();
    ServiceId::new(client.clone(), &short(code), version.map(short).as_deref())
        .map_or_else(|_| short(code), |service| service.to_string())
}

fn refuse(word: Word, text: String) -> Refusal {
    Refusal::new(Origin::ServerProxy, &[word], text)
}
