//! SOAP messages as an information system writes them: envelopes as in the captures, alone or with attachments.

use super::table::numbered_bytes;
use super::words::case_at;
use super::{Case, Wanted};
use crate::http::Request;

/// Delimiter of the parts of a message with attachments.
const BOUNDARY: &str = "MIMEb0undary";
/// Content type of an envelope.
const TEXT_XML: &str = "text/xml; charset=UTF-8";
/// Content type of an envelope that refers to its attachments.
const XOP: &str = "application/xop+xml; charset=UTF-8; type=\"text/xml\"";
/// What a service is asked for, where nobody looks at it.
const DATA: &str = "<request><data>aaaaaaaaaa</data></request>";
/// The same as MTOM: the data is in the first attachment.
const INCLUDED: &str = "<request><data><xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" \
                        href=\"cid:att1@test\"/></data></request>";
/// The second attachment. Nobody may decode it on its way.
const ENCODED: &str = "Content-Type: text/plain\r\nContent-ID: <att2@test>\r\n\
                       Content-Transfer-Encoding: base64\r\nX-Attachment: second\r\n\r\nc2Vjb25kIGF0dGFjaG1lbnQ=";

/// A SOAP request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Soap {
    /// The subsystem that offers the service.
    pub provider: &'static str,
    /// Service code.
    pub service: &'static str,
    /// Service version.
    pub version: Option<&'static str>,
    /// The element in the body.
    pub wrapper: &'static str,
    /// What is in that element.
    pub content: &'static str,
    /// How it is packed.
    pub form: Form,
    /// `SOAPAction`, if there is to be one.
    pub action: Option<&'static str>,
    /// The header field `issue`.
    pub issue: Option<&'static str>,
    /// Other header fields.
    pub more: &'static str,
}

/// How a SOAP message is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The envelope alone.
    Plain,
    /// The envelope alone, behind a byte order mark.
    ByteOrderMark,
    /// SOAP with two attachments, the first with so many bytes.
    Attachments(usize),
    /// MTOM: the envelope refers to its attachment by XOP.
    Mtom,
}

/// A request to a SOAP service of the pair, which passes and is answered by the backend's echo.
#[must_use]
pub fn soap(name: &'static str, service: &'static str) -> Case {
    let soap = Soap {
        provider: "INST/GOV/2222/SUB2",
        service,
        version: Some("v1"),
        wrapper: service,
        content: DATA,
        form: Form::Plain,
        action: Some("\"\""),
        issue: None,
        more: "",
    };
    case_at(name, "POST", "/").soap(soap).wants(Wanted::Echo)
}

/// The same in another form.
#[must_use]
pub fn packed(name: &'static str, form: Form) -> Case {
    let content = if form == Form::Mtom { INCLUDED } else { DATA };
    soap(name, "getRandom").changed(|soap| Soap { form, content, ..soap })
}

impl Case {
    /// With something about the SOAP message changed.
    #[must_use]
    pub fn changed(self, change: impl FnOnce(Soap) -> Soap) -> Self {
        Self { soap: self.soap.map(change), ..self }
    }
}

impl Soap {
    /// What an information system sends.
    #[must_use]
    pub fn request(&self, target: &str, client: &str, query_id: &str) -> Request {
        let envelope = self.envelope(client, query_id);
        let related_type = |of: &str| {
            format!("multipart/related; type=\"{of}\"; start=\"<root@test>\"; boundary=\"{BOUNDARY}\"")
        };
        let (content_type, body) = match self.form {
            Form::Plain => (TEXT_XML.to_owned(), envelope.into_bytes()),
            Form::ByteOrderMark => (TEXT_XML.to_owned(), format!("\u{feff}{envelope}").into_bytes()),
            Form::Attachments(length) => {
                (related_type("text/xml"), related(TEXT_XML, &envelope, &numbered_bytes(length, query_id)))
            }
            Form::Mtom => {
                let content_type = related_type("application/xop+xml") + "; start-info=\"text/xml\"";
                (content_type, related(XOP, &envelope, &numbered_bytes(1_024, query_id)))
            }
        };
        let mut headers = vec![("Content-Type".to_owned(), content_type)];
        headers.extend(self.action.map(|action| ("SOAPAction".to_owned(), action.to_owned())));
        Request { verb: "POST".into(), target: target.to_owned(), headers, body: Some(body), chunked: false }
    }

    fn envelope(&self, client: &str, query_id: &str) -> String {
        let names = ["xRoadInstance", "memberClass", "memberCode", "subsystemCode"];
        let parts = |id: &str| -> String {
            let parts = names.iter().zip(id.split('/'));
            parts.map(|(name, value)| format!("<id:{name}>{value}</id:{name}>")).collect()
        };
        let Self { service, wrapper, content, more, .. } = self;
        let optional = |name: &str, value: Option<&str>| {
            value.map(|value| format!("<{name}>{value}</{name}>")).unwrap_or_default()
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope \
             xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:xroad=\"http://x-road.eu/xsd/xroad.xsd\" xmlns:id=\"http://x-road.eu/xsd/identifiers\">\
             <SOAP-ENV:Header><xroad:client id:objectType=\"SUBSYSTEM\">{}</xroad:client>\
             <xroad:service id:objectType=\"SERVICE\">{}<id:serviceCode>{service}</id:serviceCode>{}</xroad:service>\
             <xroad:id>{query_id}</xroad:id><xroad:userId>EE1234567890</xroad:userId>{}{more}\
             <xroad:protocolVersion>4.0</xroad:protocolVersion></SOAP-ENV:Header><SOAP-ENV:Body>\
             <xroad:{wrapper}>{content}</xroad:{wrapper}></SOAP-ENV:Body></SOAP-ENV:Envelope>",
            parts(client),
            parts(self.provider),
            optional("id:serviceVersion", self.version),
            optional("xroad:issue", self.issue),
        )
    }
}

/// The envelope and two attachments in one container.
fn related(content_type: &str, envelope: &str, attachment: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "--{BOUNDARY}\r\nContent-Type: {content_type}\r\nContent-ID: <root@test>\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{envelope}\r\n--{BOUNDARY}\r\n\
         Content-Type: application/octet-stream\r\nContent-ID: <att1@test>\r\n\
         Content-Transfer-Encoding: binary\r\n\r\n"
    )
    .into_bytes();
    bytes.extend_from_slice(attachment);
    bytes.extend_from_slice(format!("\r\n--{BOUNDARY}\r\n{ENCODED}\r\n--{BOUNDARY}--\r\n").as_bytes());
    bytes
}
