//! Error answers to REST information systems, as the REST message protocol describes them.

use serde::Serialize;

use crate::fault::{Fault, ReceivedFault};
use crate::names::mime;
use crate::soap_fault::escape_into;

/// The format of an error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorFormat {
    /// `application/json`
    Json,
    /// `text/xml`
    TextXml,
    /// `application/xml`
    ApplicationXml,
}

impl ErrorFormat {
    /// Chooses by the `Accept` headers of the request, in their order.
    ///
    /// X-Road's rule, which information systems rely on: the first entry that names an XML type wins, even if JSON or
    /// `*/*` stands before it, and quality values do not count; no such entry means JSON.
    #[must_use]
    pub fn negotiate<'a>(accept_headers: impl IntoIterator<Item = &'a str>) -> Self {
        accept_headers
            .into_iter()
            .flat_map(|header| header.split(','))
            .filter_map(|entry| entry.split(';').next())
            .find_map(|entry| match entry.trim().to_ascii_lowercase().as_str() {
                "text/xml" | "text/*" => Some(Self::TextXml),
                "application/xml" => Some(Self::ApplicationXml),
                _ => None,
            })
            .unwrap_or(Self::Json)
    }

    /// The `Content-Type` of the answer.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => mime::JSON,
            Self::TextXml => "text/xml;charset=utf-8",
            Self::ApplicationXml => "application/xml;charset=utf-8",
        }
    }
}

/// An error answer: status, `X-Road-Error`, `Content-Type` and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// HTTP status.
    pub status: u16,
    /// Value of `X-Road-Error`: the fault code, without characters that a header cannot carry.
    pub error_header: String,
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// The body; left out in the answer to HEAD.
    pub body: Vec<u8>,
}

impl ErrorAnswer {
    /// The answer for a fault that we raise.
    #[must_use]
    pub fn of(fault: &Fault, format: ErrorFormat) -> Self {
        let code = fault.code.to_string();
        Self::new(fault.http_status(), &code, Some(&fault.text), Some(&fault.detail), format)
    }

    /// The answer for a fault that a peer sent: its code, text and detail unchanged.
    #[must_use]
    pub fn of_received(fault: &ReceivedFault, format: ErrorFormat) -> Self {
        let (text, detail) = (fault.text.as_deref(), fault.detail.as_deref());
        Self::new(fault.http_status(), &fault.code, text, detail, format)
    }

    fn new(status: u16, code: &str, text: Option<&str>, detail: Option<&str>, format: ErrorFormat) -> Self {
        let body = match format {
            ErrorFormat::Json => json(code, text, detail),
            ErrorFormat::TextXml | ErrorFormat::ApplicationXml => xml(code, text, detail),
        };
        let error_header = code.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
        Self { status, error_header, content_type: format.content_type(), body }
    }
}

#[derive(Serialize)]
struct JsonError<'a> {
    r#type: &'a str,
    message: Option<&'a str>,
    detail: Option<&'a str>,
}

fn json(code: &str, message: Option<&str>, detail: Option<&str>) -> Vec<u8> {
    // Serialising three strings into memory cannot fail; an empty body would still carry the code in the header.
    serde_json::to_vec(&JsonError { r#type: code, message, detail }).unwrap_or_default()
}

fn xml(code: &str, message: Option<&str>, detail: Option<&str>) -> Vec<u8> {
    let mut xml = String::from(r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?><error>"#);
    for (element, text) in [("type", Some(code)), ("message", message), ("detail", detail)] {
        xml.push('<');
        xml.push_str(element);
        xml.push('>');
        escape_into(&mut xml, text.unwrap_or_default());
        xml.push_str("</");
        xml.push_str(element);
        xml.push('>');
    }
    xml.push_str("</error>");
    xml.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Origin, Word};

    #[test]
    fn negotiation() {
        use ErrorFormat::{ApplicationXml, Json, TextXml};
        let cases: [(&[&str], ErrorFormat); 11] = [
            (&[], Json),
            (&[""], Json),
            (&["application/json"], Json),
            (&["*/*"], Json),
            (&["text/html, application/*"], Json),
            (&["text/xml"], TextXml),
            (&["text/*"], TextXml),
            (&["application/json, */*, TEXT/XML;q=0.1"], TextXml),
            (&["application/json", "application/xml"], ApplicationXml),
            (&["application/xml ; q=0, text/xml"], ApplicationXml),
            (&["text/xmlx"], Json),
        ];
        for (accept, expected) in cases {
            assert_eq!(ErrorFormat::negotiate(accept.iter().copied()), expected, "{accept:?}");
        }
    }

    #[test]
    fn bodies() {
        let fault = Fault::new(Origin::ServerProxy, &[Word::AccessDenied], "no \"right\" & <none>")
            .with_detail("u-1");
        let answer = ErrorAnswer::of(&fault, ErrorFormat::Json);
        assert_eq!(answer.status, 500);
        assert_eq!(answer.error_header, "server.serverproxy.access_denied");
        assert_eq!(answer.content_type, "application/json");
        assert_eq!(
            String::from_utf8(answer.body).unwrap(),
            r#"{"type":"server.serverproxy.access_denied","message":"no \"right\" & <none>","detail":"u-1"}"#
        );
        let answer = ErrorAnswer::of(&fault, ErrorFormat::ApplicationXml);
        assert_eq!(answer.content_type, "application/xml;charset=utf-8");
        assert_eq!(
            String::from_utf8(answer.body).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><error><type>server.serverproxy.access_denied\
             </type><message>no &quot;right&quot; &amp; &lt;none&gt;</message><detail>u-1</detail></error>"
        );
    }

    #[test]
    fn received_fault_without_text() {
        let fault = ReceivedFault {
            code: "Server.ServerProxy.AccessDenied\r\nX: y".into(),
            text: None,
            actor: None,
            detail: None,
            xml: bytes::Bytes::new(),
        };
        let answer = ErrorAnswer::of_received(&fault, ErrorFormat::Json);
        assert_eq!(answer.status, 400);
        assert_eq!(answer.error_header, "Server.ServerProxy.AccessDeniedX: y");
        assert!(answer.body.ends_with(br#""message":null,"detail":null}"#));
    }
}
