//! Who must have signed: the sender that a message names.

use identifiers::{ClientId, MemberId};
use protocol::Limits;
use protocol::rest::{RestRequest, RestResponse};

use super::ContainerError;
use crate::xml::{Document, Element, XmlLimits};

const NS_SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const NS_XROAD: &str = "http://x-road.eu/xsd/xroad.xsd";
const NS_ID: &str = "http://x-road.eu/xsd/identifiers";

/// The sender of a message: the client of a request, the provider of a response.
pub(super) fn of(message: &[u8]) -> Result<ClientId, ContainerError> {
    let text = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message).trim_ascii_start();
    let sender = match text.first() {
        Some(b'<') => soap(message),
        Some(b'1'..=b'9') => response(message),
        _ => request(message),
    };
    sender.ok_or(ContainerError::NoSender)
}

fn request(message: &[u8]) -> Option<ClientId> {
    RestRequest::decode(message, &Limits::default()).ok()?.client().ok()
}

fn response(message: &[u8]) -> Option<ClientId> {
    let service = RestResponse::decode(message, &Limits::default()).ok()?.service().ok()??;
    Some(service.client().clone())
}

fn soap(message: &[u8]) -> Option<ClientId> {
    let document = Document::parse(message, &XmlLimits::MESSAGE).ok()?;
    let envelope = document.root();
    if !envelope.is(NS_SOAP, "Envelope") {
        return None;
    }
    let header = envelope.child(NS_SOAP, "Header")?;
    let body = envelope.child(NS_SOAP, "Body")?.children().next()?;
    let field = if body.local().ends_with("Response") { "service" } else { "client" };
    let mut fields = header.children().filter(|child| child.is(NS_XROAD, field));
    let found = fields.next()?;
    if fields.next().is_some() {
        return None;
    }
    client(found)
}

/// The client of an identifier element; a service is that of its client.
fn client(element: Element<'_, '_>) -> Option<ClientId> {
    let part = |name: &str| element.child(NS_ID, name).and_then(Element::text);
    let member = MemberId::new(&part("xRoadInstance")?, &part("memberClass")?, &part("memberCode")?).ok()?;
    ClientId::new(member, part("subsystemCode").as_deref()).ok()
}
