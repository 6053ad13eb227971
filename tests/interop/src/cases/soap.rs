//! Messages of the SOAP protocol, and the metadata services. Envelopes are written as in the captures.

use super::table::{Case, Record, Wanted, case_at};
use crate::http::Request;
use crate::place::{Role, SERVICE};

/// Delimiter of the parts of a message with attachments.
const BOUNDARY: &str = "MIMEb0undary";
/// What a SOAP message with another content begins with is this.
const TEXT_XML: &str = "text/xml; charset=UTF-8";

/// A SOAP request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Soap {
    /// Service code.
    pub service: &'static str,
    /// Service version.
    pub version: Option<&'static str>,
    /// The element in the body.
    pub wrapper: &'static str,
    /// How it is packed.
    pub form: Form,
}

/// How a SOAP message is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The envelope alone.
    Plain,
    /// SOAP with attachments.
    Attachments,
    /// MTOM: the envelope refers to its attachment by XOP.
    Mtom,
}

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [messages(), refusals(), metadata()].concat()
}

fn soap(name: &'static str, service: &'static str) -> Case {
    let soap = Soap { service, version: Some("v1"), wrapper: service, form: Form::Plain };
    let wanted = Wanted::Containing("getRandomResponse");
    Case { soap: Some(soap), wanted, ..case_at(name, "POST", "/") }
}

fn packed(mut case: Case, form: Form) -> Case {
    case.soap = case.soap.map(|soap| Soap { form, ..soap });
    case
}

/// A fault has status 200, as the captures show.
fn refused(case: Case, code: &'static str, record: Record) -> Case {
    Case { error: Some(code), wanted: Wanted::Anything, record, ..case }
}

fn messages() -> Vec<Case> {
    vec![
        soap("soap/plain", "getRandom"),
        packed(soap("soap/attachments", "getRandom"), Form::Attachments),
        packed(soap("soap/mtom", "getRandom"), Form::Mtom),
        refused(soap("soap/service-fault", "getFault"), "SOAP-ENV:Server", Record::Request),
        soap("soap/sixteen-at-once", "getRandom").at_once(16),
    ]
}

fn refusals() -> Vec<Case> {
    let no_rights = Some("INST/GOV/1111/NORIGHTS");
    let mut other_body = soap("soap/body-does-not-match", "getRandom").only_as(Role::Ss1);
    other_body.soap = other_body.soap.map(|soap| Soap { wrapper: "somethingElse", ..soap });
    let later = Record::RequestOfConsumer;
    vec![
        refused(
            soap("soap/no-rights", "getRandom").client(no_rights),
            "server.serverproxy.access_denied",
            later,
        ),
        refused(soap("soap/unknown-service", "noSuchService"), "server.serverproxy.unknown_service", later),
        refused(other_body, "client.inconsistent_headers", Record::Nothing),
    ]
}

fn metadata() -> Vec<Case> {
    let soap = |name, service, wanted| {
        let mut case = soap(name, service);
        case.soap = case.soap.map(|soap| Soap { version: None, ..soap });
        Case { wanted: Wanted::Containing(wanted), ..case }
    };
    let rest = |name, service: &str| {
        let wanted = Wanted::Containing("\"svc\"");
        Case { wanted, ..case_at(name, "GET", &SERVICE.replace("/svc", service)) }
    };
    let random = "<id:serviceCode>getRandom</id:serviceCode>";
    vec![
        soap("metadata/soap-list-methods", "listMethods", random),
        soap("metadata/soap-allowed-methods", "allowedMethods", random),
        rest("metadata/rest-list-methods", "/listMethods"),
        rest("metadata/rest-allowed-methods", "/allowedMethods"),
    ]
}

impl Soap {
    /// What an information system sends.
    #[must_use]
    pub fn request(&self, client: &str, query_id: &str) -> Request {
        let envelope = self.envelope(client, query_id);
        let (content_type, body) = match self.form {
            Form::Plain => (TEXT_XML.to_owned(), envelope.into_bytes()),
            Form::Attachments => (
                format!(
                    "multipart/related; type=\"text/xml\"; start=\"<root@test>\"; boundary=\"{BOUNDARY}\""
                ),
                related(TEXT_XML, &envelope),
            ),
            Form::Mtom => {
                let xop = "application/xop+xml; charset=UTF-8; type=\"text/xml\"";
                let related_type = format!(
                    "multipart/related; type=\"application/xop+xml\"; start=\"<root@test>\"; \
                     start-info=\"text/xml\"; boundary=\"{BOUNDARY}\""
                );
                (related_type, related(xop, &envelope))
            }
        };
        let headers =
            vec![("Content-Type".to_owned(), content_type), ("SOAPAction".to_owned(), "\"\"".to_owned())];
        Request { verb: "POST".into(), target: "/".into(), headers, body: Some(body), chunked: false }
    }

    fn envelope(&self, client: &str, query_id: &str) -> String {
        let names = ["xRoadInstance", "memberClass", "memberCode", "subsystemCode"];
        let parts = |id: &str| -> String {
            let parts = names.iter().zip(id.split('/'));
            parts.map(|(name, value)| format!("<id:{name}>{value}</id:{name}>")).collect()
        };
        let (service, wrapper) = (self.service, self.wrapper);
        let version = self.version.map(|version| format!("<id:serviceVersion>{version}</id:serviceVersion>"));
        let data = match self.form {
            Form::Mtom => {
                "<xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:att1@test\"/>"
            }
            Form::Plain | Form::Attachments => "aaaaaaaaaa",
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope \
             xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:xroad=\"http://x-road.eu/xsd/xroad.xsd\" xmlns:id=\"http://x-road.eu/xsd/identifiers\">\
             <SOAP-ENV:Header><xroad:client id:objectType=\"SUBSYSTEM\">{}</xroad:client>\
             <xroad:service id:objectType=\"SERVICE\">{}<id:serviceCode>{service}</id:serviceCode>{}</xroad:service>\
             <xroad:id>{query_id}</xroad:id><xroad:userId>EE1234567890</xroad:userId>\
             <xroad:protocolVersion>4.0</xroad:protocolVersion></SOAP-ENV:Header><SOAP-ENV:Body>\
             <xroad:{wrapper}><request><data>{data}</data></request></xroad:{wrapper}>\
             </SOAP-ENV:Body></SOAP-ENV:Envelope>",
            parts(client),
            parts("INST/GOV/2222/SUB2"),
            version.unwrap_or_default(),
        )
    }
}

fn related(content_type: &str, envelope: &str) -> Vec<u8> {
    let mut bytes = format!(
        "--{BOUNDARY}\r\nContent-Type: {content_type}\r\nContent-ID: <root@test>\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{envelope}\r\n--{BOUNDARY}\r\n\
         Content-Type: application/octet-stream\r\nContent-ID: <att1@test>\r\n\
         Content-Transfer-Encoding: binary\r\n\r\n"
    )
    .into_bytes();
    bytes.extend((0..1024_u32).map(|at| (at % 256) as u8));
    bytes.extend_from_slice(
        format!(
            "\r\n--{BOUNDARY}\r\nContent-Type: text/plain\r\nContent-ID: <att2@test>\r\n\r\n\
             second attachment\r\n--{BOUNDARY}--\r\n"
        )
        .as_bytes(),
    );
    bytes
}
