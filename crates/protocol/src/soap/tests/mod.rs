mod answers;
mod containers;
mod rules;

use bytes::Bytes;

use super::*;
use crate::Limits;
use crate::proxy_message::SoapPart;

const CLIENT: &str = "<x:client i:objectType='SUBSYSTEM'><i:xRoadInstance>EE</i:xRoadInstance>\
    <i:memberClass>GOV</i:memberClass><i:memberCode>1</i:memberCode><i:subsystemCode>s</i:subsystemCode></x:client>";
const SERVICE: &str = "<x:service i:objectType='SERVICE'><i:xRoadInstance>EE</i:xRoadInstance>\
    <i:memberClass>GOV</i:memberClass><i:memberCode>2</i:memberCode><i:serviceCode>get</i:serviceCode></x:service>";
const ID: &str = "<x:id>q</x:id>";
const VERSION: &str = "<x:protocolVersion>4.0</x:protocolVersion>";
const BODY: &str = "<s:Body><get/></s:Body>";

fn envelope(inside: &str) -> String {
    format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:x='http://x-road.eu/xsd/xroad.xsd' \
         xmlns:i='http://x-road.eu/xsd/identifiers' xmlns:r='http://x-road.eu/xsd/representation.xsd'>{inside}</s:Envelope>"
    )
}

fn with_header(fields: &[&str]) -> String {
    envelope(&format!("<s:Header>{}</s:Header>{BODY}", fields.concat()))
}

/// A good message whose header has more fields.
fn good(more: &str) -> String {
    with_header(&[CLIENT, SERVICE, ID, VERSION, more])
}

fn read_as(bytes: &[u8], content_type: &str, limits: &Limits) -> Result<SoapDocument, SoapError> {
    let bytes = Bytes::copy_from_slice(bytes);
    SoapMessage::read(SoapPart { content_type: content_type.to_owned(), headers: Vec::new(), bytes }, limits)
}

fn read(xml: &str) -> Result<SoapMessage, SoapError> {
    match read_as(xml.as_bytes(), "text/xml", &Limits::default())? {
        SoapDocument::Message(message) => Ok(*message),
        SoapDocument::Fault(_) => panic!("a fault: {xml}"),
    }
}
