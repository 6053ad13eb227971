//! What the information system of the consumer sends, for the pair and for the plain hop.

use demo_town::town::names::{CONSUMER, PROVIDER, PURPOSE, SERVICE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::cases::{Case, Form};
use crate::payload::{self, Payload};

/// Code of the REST service without consent, and of the SOAP service.
pub(crate) const REST_SERVICE: &str = "bench";

/// See [`REST_SERVICE`].
pub(crate) const SOAP_SERVICE: &str = "benchSoap";

/// Content type of SOAP 1.1.
pub(crate) const TEXT_XML: &str = "text/xml; charset=UTF-8";

/// How the service makes its answer: the wrapper of the request ...
pub(crate) const SOAP_REQUEST: &str = "xroad:benchSoap>";

/// ... becomes the wrapper of the response.
pub(crate) const SOAP_RESPONSE: &str = "xroad:benchSoapResponse>";

/// A request that is sent again and again.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) method: Method,
    pub(crate) target: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Payload,
    /// Length of the body that must come back; absent: whatever comes.
    pub(crate) answer_bytes: Option<u64>,
}

impl Message {
    /// To a security server; `customer` is the number of the person whom a case with consent is about.
    ///
    /// # Errors
    /// Something cannot be a header or a target.
    pub(crate) fn for_pair(case: &Case, customer: &str) -> anyhow::Result<Self> {
        match case.form {
            Form::Soap => Self::soap(case, "/"),
            Form::Rest if case.consent => {
                let target = format!("/r1/{PROVIDER}/{SERVICE}/answer/{}", case.answer_bytes);
                Self::rest(case, &target, CONSUMER)?
                    .header("x-road-consent-subject", customer)?
                    .header("x-road-consent-purpose", PURPOSE)
            }
            Form::Rest => {
                let target = format!("/r1/{PROVIDER}/{REST_SERVICE}/answer/{}", case.answer_bytes);
                Self::rest(case, &target, CONSUMER)
            }
        }
    }

    /// The same to the service itself, through the plain hop.
    ///
    /// # Errors
    /// As [`Message::for_pair`].
    pub(crate) fn for_hop(case: &Case) -> anyhow::Result<Self> {
        match case.form {
            Form::Soap => Self::soap(case, "/soap"),
            Form::Rest => Self::rest(case, &format!("/answer/{}", case.answer_bytes), CONSUMER),
        }
    }

    /// The same to another security server, whose service answers with what it wants.
    ///
    /// # Errors
    /// As [`Message::for_pair`].
    pub(crate) fn for_other(case: &Case, target: &str, client: &str) -> anyhow::Result<Self> {
        Ok(Self { answer_bytes: None, ..Self::rest(case, target, client)? })
    }

    fn rest(case: &Case, target: &str, client: &str) -> anyhow::Result<Self> {
        let method = if case.request_bytes == 0 { Method::GET } else { Method::POST };
        let message = Self {
            method,
            target: target.parse()?,
            headers: HeaderMap::new(),
            body: Payload::Pattern(case.request_bytes),
            answer_bytes: Some(case.answer_bytes),
        };
        message
            .header("host", "security-server")?
            .header("content-type", "application/octet-stream")?
            .header("x-road-client", client)
    }

    /// The length of the case is that of the data in the body; the header adds about 1 KB.
    fn soap(case: &Case, target: &str) -> anyhow::Result<Self> {
        let data = payload::text(usize::try_from(case.request_bytes)?);
        let envelope = envelope(&data);
        let message = Self {
            method: Method::POST,
            target: target.parse()?,
            headers: HeaderMap::new(),
            body: Payload::Whole(envelope.into()),
            answer_bytes: None,
        };
        message
            .header("host", "security-server")?
            .header("content-type", TEXT_XML)?
            .header("soapaction", "\"\"")
    }

    fn header(mut self, name: &'static str, value: &str) -> anyhow::Result<Self> {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value)?);
        Ok(self)
    }
}

/// A request of the X-Road SOAP protocol, version 4.0.
fn envelope(data: &str) -> String {
    let parts = |id: &str| -> String {
        let names = ["xRoadInstance", "memberClass", "memberCode", "subsystemCode"];
        let parts = names.iter().zip(id.split('/'));
        parts.map(|(name, value)| format!("<id:{name}>{value}</id:{name}>")).collect()
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope \
         xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xroad=\"http://x-road.eu/xsd/xroad.xsd\" xmlns:id=\"http://x-road.eu/xsd/identifiers\">\
         <SOAP-ENV:Header><xroad:client id:objectType=\"SUBSYSTEM\">{}</xroad:client>\
         <xroad:service id:objectType=\"SERVICE\">{}<id:serviceCode>{SOAP_SERVICE}</id:serviceCode></xroad:service>\
         <xroad:id>bench</xroad:id><xroad:userId>EE1234567890</xroad:userId>\
         <xroad:protocolVersion>4.0</xroad:protocolVersion></SOAP-ENV:Header><SOAP-ENV:Body>\
         <{SOAP_REQUEST}<data>{data}</data></{SOAP_REQUEST}</SOAP-ENV:Body></SOAP-ENV:Envelope>",
        parts(CONSUMER),
        parts(PROVIDER),
    )
}
