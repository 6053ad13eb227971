//! `GET /wsdl`: the description of a SOAP service, for tools that load one by its address.
//!
//! Parameters, as X-Road had them up to 6.23: `xRoadInstance`, `memberClass`, `memberCode`, `serviceCode`, and if there
//! are such, `subsystemCode` and `version` of the service; and one more, `client`, in the form of `X-Road-Client`: in
//! whose name the provider is asked. Without it that is the owner of this server, as it was in X-Road.
//!
//! It is an ordinary `getWsdl`: the same stages, signed and recorded like every message, and the caller authenticates
//! like an information system of the client. What comes back is made usable where it arrives: ports have the address
//! by which the caller reached this server, and schemas of X-Road stand in the document, whoever wrote it.

use identifiers::{ClientId, MemberId, ServiceId};
use protocol::ContentType;
use protocol::fault::{Origin, Word};
use protocol::names::{header, mime};
use protocol::proxy_message::MessageEvent;
use protocol::soap::{SoapDecoder, WsdlRequest};
use service_description::{DescriptionLimits, ENDPOINT, publish_wsdl};
use service_kit::http::{Request, Response};
use service_kit::random;

use super::required;
use crate::relay::enclosure::{Enclosure, EnclosureError, SoapBeginning, SoapReading};
use crate::relay::stage::Refusal;
use crate::relay::{Relay, exchange};

/// Answers one request. A parameter that is wrong is told with 400 and one line of text, a refusal with its status and
/// its fault: a tool that loads documents must not take a fault for one.
pub(super) async fn answer(relay: &Relay, request: &Request) -> Response {
    let (client, service) = match asked(relay, request) {
        Ok(asked) => asked,
        Err(text) => return Response::text(400, format!("{text}\n")),
    };
    let query_id = random::uuid();
    let answered = describe(relay, request, &WsdlRequest::write(&client, &service, &query_id)).await;
    let response = match answered {
        Ok(document) => Response::with(200, mime::TEXT_XML_UTF8, document),
        Err(refusal) => Response::with(refusal.http_status(), mime::FAULT, refusal.to_xml()),
    };
    // By it, journal and `explain` know the exchange.
    response.header(header::QUERY_ID, query_id)
}

/// Who asks, and for what.
fn asked(relay: &Relay, request: &Request) -> Result<(ClientId, ServiceId), String> {
    let optional = |name: &str| request.query_value(name).filter(|value| !value.trim().is_empty());
    let member = MemberId::new(
        &required(request, "xRoadInstance")?,
        &required(request, "memberClass")?,
        &required(request, "memberCode")?,
    );
    let code = required(request, "serviceCode")?;
    let service = member
        .and_then(|member| ClientId::new(member, optional("subsystemCode").as_deref()))
        .and_then(|provider| ServiceId::new(provider, &code, optional("version").as_deref()))
        .map_err(|error| format!("The service identifier is malformed: {error}"))?;
    let client = match optional("client") {
        Some(path) => ClientId::from_path(&path)
            .map_err(|error| format!("Parameter \"client\" is not like X-Road-Client: {error}"))?,
        None => ClientId::from(relay.server().member().clone()),
    };
    Ok((client, service))
}

async fn describe(relay: &Relay, request: &Request, message: &str) -> Result<String, Refusal> {
    let question = Request::post("/", mime::TEXT_XML_UTF8, message.to_owned()).on_behalf_of(request);
    let endpoint = own_address(request).unwrap_or_else(|| ENDPOINT.to_owned());
    exchange(relay, question, async |answer| {
        let (content_type, document) = attachment(relay, answer).await?;
        let charset = content_type.as_deref().and_then(|value| ContentType::parse(value).ok());
        let charset = charset.as_ref().and_then(|value| value.parameter("charset"));
        publish_wsdl(&document, charset, &endpoint, &DescriptionLimits::default())
            .map_err(|error| refuse("The description that the provider gave is not usable").because(error))
    })
    .await
}

/// The description in an answer, which is its first attachment, and the content type of that.
async fn attachment(relay: &Relay, answer: Response) -> Result<(Option<String>, Vec<u8>), Refusal> {
    let unreadable = |error: EnclosureError| refuse("The provider's answer is not readable").because(error);
    let decoder = SoapDecoder::new(answer.headers.get(header::CONTENT_TYPE), relay.limits());
    let decoder = decoder.map_err(|error| unreadable(error.into()))?;
    let mut attachments = match SoapReading::begin(decoder, answer.body).await.map_err(unreadable)? {
        SoapBeginning::Message(_, attachments) => Enclosure::Attachments(attachments),
        SoapBeginning::Fault(fault) => return Err(Refusal::handed_on(fault)),
    };
    let limit = DescriptionLimits::default().bytes;
    let (mut content_type, mut document) = (None, Vec::new());
    while let Some(event) = attachments.next().await.map_err(unreadable)? {
        match event {
            MessageEvent::AttachmentStart(headers) => {
                content_type = headers.content_type().map(str::to_owned);
            }
            MessageEvent::Attachment(piece) if document.len() + piece.len() > limit => {
                return Err(refuse("The description is too large"));
            }
            MessageEvent::Attachment(piece) => document.extend_from_slice(&piece),
            MessageEvent::AttachmentEnd => return Ok((content_type, document)),
            _ => {}
        }
    }
    Err(refuse("The provider's answer has no description"))
}

/// Where the caller reached this server, as it says itself; `None` when what it says is no host.
fn own_address(request: &Request) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    let host = request.headers.get("host")?;
    let is_host = !host.is_empty() && host.len() <= 255 && host.bytes().all(allowed);
    let encrypted = request.connection().is_some_and(|connection| connection.encrypted);
    is_host.then(|| format!("{}://{host}/", if encrypted { "https" } else { "http" }))
}

fn refuse(text: &str) -> Refusal {
    Refusal::new(Origin::ClientProxy, &[Word::InternalError], text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_get_the_address_that_the_caller_used_if_it_is_one() {
        let address = |host: &str| own_address(&Request::get("/wsdl").header("Host", host));
        assert_eq!(address("ss.example:8080").as_deref(), Some("http://ss.example:8080/"));
        assert_eq!(address("[::1]:8080").as_deref(), Some("http://[::1]:8080/"));
        for host in ["", "a/b", "a\"b", "a b", "a@b", &"a".repeat(256)] {
            assert_eq!(address(host), None, "{host}");
        }
        assert_eq!(own_address(&Request::get("/wsdl")), None);
    }
}
