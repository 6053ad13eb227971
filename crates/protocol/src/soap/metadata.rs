//! Metadata services in SOAP: `listMethods`, `allowedMethods`, `getWsdl`. They are ordinary requests to a provider,
//! answered by its security server instead of a service.

use std::ops::Range;

use bytes::Bytes;
use identifiers::{ClientId, ServiceId};

use super::SoapError;
use super::layout::Layout;
use super::message::SoapMessage;
use crate::Limits;
use crate::metadata::{element, write_client_id, write_service, write_service_id};
use crate::multipart::PartHeaders;
use crate::names::xmlns;
use crate::soap_fault::escape_into;
use crate::xml::{Scanner, Token, UTF8_DECLARATION};

/// A metadata service, by its service code; the version is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetadataService {
    /// All services of the provider.
    ListMethods,
    /// The services of the provider that the client may call.
    AllowedMethods,
    /// The description of one service.
    GetWsdl,
}

impl MetadataService {
    /// The metadata service that a service is, if it is one.
    #[must_use]
    pub fn of(service: &ServiceId) -> Option<Self> {
        match service.code() {
            "listMethods" => Some(Self::ListMethods),
            "allowedMethods" => Some(Self::AllowedMethods),
            "getWsdl" => Some(Self::GetWsdl),
            _ => None,
        }
    }
}

/// The answer to `listMethods` or `allowedMethods`: the header of the request, and the services. It still lacks the
/// request hash.
///
/// # Errors
/// An answer larger than its limit.
pub fn method_list(
    request: &SoapMessage,
    services: &[ServiceId],
    limits: &Limits,
) -> Result<SoapMessage, SoapError> {
    let layout = &request.layout;
    let name = format!("xroad:{}Response", request.header.service.code());
    let mut body = format!("<{name}");
    if !layout.xroad_bound {
        body.push_str(&format!(" xmlns:xroad=\"{}\"", xmlns::XROAD));
    }
    if !layout.id_bound {
        body.push_str(&format!(" xmlns:id=\"{}\"", xmlns::IDENTIFIERS));
    }
    body.push('>');
    for service in services {
        write_service_id(&mut body, service);
    }
    body.push_str(&format!("</{name}>"));
    let text = request.text()?.text;
    SoapMessage::read_own(respond(&text, layout, &body), limits)
}

/// What `getWsdl` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WsdlRequest {
    /// `serviceCode`.
    pub service_code: String,
    /// `serviceVersion`, if given.
    pub service_version: Option<String>,
}

impl WsdlRequest {
    /// The message by which `client` asks for the description of `service`: a document in UTF-8.
    #[must_use]
    pub fn write(client: &ClientId, service: &ServiceId, query_id: &str) -> String {
        let mut xml = format!(
            "{UTF8_DECLARATION}\n<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"{}\" xmlns:xroad=\"{}\" xmlns:id=\"{}\">\
             <SOAP-ENV:Header>",
            xmlns::SOAP,
            xmlns::XROAD,
            xmlns::IDENTIFIERS
        );
        write_client_id(&mut xml, "xroad:client", client);
        write_service(&mut xml, service.client(), "getWsdl", None);
        element(&mut xml, "xroad:id", query_id);
        element(&mut xml, "xroad:protocolVersion", "4.0");
        xml.push_str("</SOAP-ENV:Header><SOAP-ENV:Body><xroad:getWsdl>");
        element(&mut xml, "xroad:serviceCode", service.code());
        if let Some(version) = service.version() {
            element(&mut xml, "xroad:serviceVersion", version);
        }
        xml.push_str("</xroad:getWsdl></SOAP-ENV:Body></SOAP-ENV:Envelope>\n");
        xml
    }

    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`SoapError::MissingParameter`] without service code.
    pub fn read(request: &SoapMessage, limits: &Limits) -> Result<Self, SoapError> {
        let text = request.text()?.text;
        let mut scanner = Scanner::new(&text, &[xmlns::SOAP, xmlns::XROAD], limits)?;
        let (mut in_body, mut open) = (false, None);
        let (mut code, mut version) = (None::<String>, None::<String>);
        while let Some(token) = scanner.next_token()? {
            match token {
                Token::Start(name) if scanner.depth() == 2 => in_body = name.is(xmlns::SOAP, "Body"),
                Token::Start(name) if scanner.depth() == 4 && in_body => {
                    open = ["serviceCode", "serviceVersion"]
                        .into_iter()
                        .find(|part| name.is(xmlns::XROAD, part));
                }
                Token::End if scanner.depth() == 3 => open = None,
                Token::Text(text) if scanner.depth() == 4 && in_body => match open {
                    Some("serviceCode") => code.get_or_insert_default().push_str(&text),
                    Some(_) => version.get_or_insert_default().push_str(&text),
                    None => {}
                },
                _ => {}
            }
        }
        let service_code = code.filter(|code| !code.trim().is_empty());
        Ok(Self {
            service_code: service_code.ok_or(SoapError::MissingParameter("serviceCode"))?,
            service_version: version.filter(|version| !version.trim().is_empty()),
        })
    }
}

/// The answer to `getWsdl`, which carries the description as its only attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WsdlAnswer {
    /// The message; it still lacks the request hash.
    pub message: SoapMessage,
    /// The content type of the whole, `x-original-content-type` of the response.
    pub content_type: String,
    /// The headers of the attachment.
    pub headers: PartHeaders,
    /// The description.
    pub wsdl: Bytes,
}

impl WsdlAnswer {
    /// Answers a request with a description. `boundary` must not occur in it; `content_id` makes the attachment unique.
    ///
    /// # Errors
    /// An answer larger than its limit.
    pub fn new(
        request: &SoapMessage,
        wsdl: Bytes,
        boundary: &str,
        content_id: &str,
        limits: &Limits,
    ) -> Result<Self, SoapError> {
        let text = request.text()?.text;
        let body = renamed_body(&text, &request.layout, request.header.service.code());
        let message = SoapMessage::read_own(respond(&text, &request.layout, &body), limits)?;
        let headers = [
            ("content-type", "text/xml".to_owned()),
            ("Content-Transfer-Encoding", "binary".to_owned()),
            ("Content-ID", format!("<wsdl={content_id}@x-road.eu>")),
        ];
        Ok(Self {
            message,
            content_type: format!("multipart/related; type=\"text/xml\"; charset=UTF-8; boundary={boundary}"),
            headers: PartHeaders::new(headers.map(|(name, value)| (name.to_owned(), value)).into()),
            wsdl,
        })
    }
}

/// The envelope of a request with another body, as X-Road writes it: the attributes of the envelope in the order of
/// their names, everything else as it was.
fn respond(text: &str, layout: &Layout, body: &str) -> String {
    let part = |range: Range<usize>| text.get(range).unwrap_or_default();
    let mut attributes: Vec<&str> = layout.root.attributes.iter().map(|range| part(range.clone())).collect();
    attributes.sort_unstable();
    let mut out = String::with_capacity(text.len() + body.len());
    out.push_str(UTF8_DECLARATION);
    out.push('\n');
    out.push_str(part(layout.root.span.start..layout.root.name_end));
    for attribute in attributes {
        out.push(' ');
        out.push_str(attribute);
    }
    out.push('>');
    out.push_str(part(layout.root.span.end..layout.body.start));
    out.push_str(body);
    out.push_str(part(layout.body.end..layout.root_end));
    out.push('\n');
    out
}

/// The body of a request with its child element named as a response: service code and `Response`, in the namespace of
/// the request.
fn renamed_body(text: &str, layout: &Layout, service_code: &str) -> String {
    let wrapper = &layout.wrapper;
    let colon = if wrapper.prefix.is_empty() { "" } else { ":" };
    let mut name = format!("{}{colon}", wrapper.prefix);
    escape_into(&mut name, service_code);
    name.push_str("Response");
    let part = |range: Range<usize>| text.get(range).unwrap_or_default();
    let before = part(layout.body.start..wrapper.start_name.start);
    if wrapper.end_name.is_empty() {
        return format!("{before}{name}{}", part(wrapper.start_name.end..layout.body.end));
    }
    let between = part(wrapper.start_name.end..wrapper.end_name.start);
    let after = part(wrapper.end_name.end..layout.body.end);
    format!("{before}{name}{between}{name}{after}")
}
