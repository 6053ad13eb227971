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

#[cfg(test)]
mod tests {
    use super::*;

    const SOAP: &str = "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
        xmlns:x=\"http://x-road.eu/xsd/xroad.xsd\" xmlns:i=\"http://x-road.eu/xsd/identifiers\"><s:Header>\
        <x:client><i:xRoadInstance>I</i:xRoadInstance><i:memberClass>C</i:memberClass>\
        <i:memberCode>1</i:memberCode><i:subsystemCode>S</i:subsystemCode></x:client>\
        <x:service><i:xRoadInstance>I</i:xRoadInstance><i:memberClass>C</i:memberClass>\
        <i:memberCode>2</i:memberCode><i:serviceCode>get</i:serviceCode></x:service></s:Header>\
        <s:Body><get/></s:Body></s:Envelope>";

    fn sender(message: &str) -> Option<String> {
        of(message.as_bytes()).ok().map(|client| client.to_string())
    }

    #[test]
    fn senders_of_messages() {
        let response = SOAP.replace("<get/>", "<getResponse/>");
        let twice = SOAP.replace("</s:Header>", "<x:client/></s:Header>");
        let no_body = SOAP.replace("<get/>", "");
        for (message, expected) in [
            ("GET\r\n/r1/I/C/2/T/svc\r\nX-Road-Client:I/C/1/S\r\n", Some("SUBSYSTEM:I/C/1/S")),
            (
                "200\r\nOK\r\nx-road-service:I/C/2/T/svc\r\nx-road-id:1\r\nx-road-request-hash:AA==\r\n",
                Some("SUBSYSTEM:I/C/2/T"),
            ),
            (SOAP, Some("SUBSYSTEM:I/C/1/S")),
            (&response, Some("MEMBER:I/C/2")),
            (&twice, None),
            (&no_body, None),
            ("<a/>", None),
            ("<!DOCTYPE a><a/>", None),
            ("GET\r\n/r1/I/C/2/T/svc\r\n", None),
            ("", None),
            ("\u{feff}", None),
        ] {
            assert_eq!(sender(message).as_deref(), expected, "{message}");
        }
    }
}
