//! What the information system of the consumer sends, for the pair and for the plain hop.

use anyhow::Context as _;
use demo_town::town::names::{CONSUMER, PROVIDER, PURPOSE, SERVICE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::cases::{BASE, CASES, Case, Form};
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

/// Twenty messages of everyday traffic: how many, how, request and answer in bytes, with consent.
const MIX: [(usize, Form, u64, u64, bool); 5] = [
    (10, Form::Rest, 1_000, 1_000, false),
    (4, Form::Rest, 0, 10_000, false),
    (3, Form::Soap, 1_000, 1_000, false),
    (2, Form::Rest, 1_000, 1_000, true),
    (1, Form::Rest, 100_000, 1_000, false),
];

/// One message of a case.
#[derive(Clone, Copy)]
struct Shape {
    form: Form,
    request_bytes: u64,
    answer_bytes: u64,
    consent: bool,
}

impl Shape {
    /// Those that a case sends in turn.
    fn all(case: &Case) -> Vec<Self> {
        let Case { form, request_bytes, answer_bytes, consent, .. } = *case;
        if form != Form::Mix {
            return vec![Self { form, request_bytes, answer_bytes, consent }];
        }
        let count: usize = MIX.iter().map(|(count, ..)| count).sum();
        let shapes = MIX.iter().flat_map(|(count, form, request_bytes, answer_bytes, consent)| {
            let (form, request_bytes, answer_bytes, consent) =
                (*form, *request_bytes, *answer_bytes, *consent);
            std::iter::repeat_n(Self { form, request_bytes, answer_bytes, consent }, *count)
        });
        // A step that has no divisor in common with the count: neighbours are of different kinds.
        let shapes: Vec<Self> = shapes.collect();
        (0..count).filter_map(|place| shapes.get(place * 7 % count).copied()).collect()
    }
}

impl Message {
    /// The one of the case that others refer to.
    ///
    /// # Errors
    /// As [`Message::for_pair`].
    pub(crate) fn base() -> anyhow::Result<Self> {
        let base = CASES.iter().find(|case| case.name == BASE).context("the case that others refer to")?;
        Self::for_pair(base, "")?.into_iter().next().context("one message")
    }

    /// To a security server; `customer` is the number of the person whom a case with consent is about.
    ///
    /// # Errors
    /// Something cannot be a header or a target.
    pub(crate) fn for_pair(case: &Case, customer: &str) -> anyhow::Result<Vec<Self>> {
        let message = |shape: Shape| match shape.form {
            Form::Soap => Self::soap(shape, "/"),
            Form::Rest | Form::Mix if shape.consent => {
                let target = format!("/r1/{PROVIDER}/{SERVICE}/answer/{}", shape.answer_bytes);
                Self::rest(shape, &target, CONSUMER)?
                    .header("x-road-consent-subject", customer)?
                    .header("x-road-consent-purpose", PURPOSE)
            }
            Form::Rest | Form::Mix => {
                let target = format!("/r1/{PROVIDER}/{REST_SERVICE}/answer/{}", shape.answer_bytes);
                Self::rest(shape, &target, CONSUMER)
            }
        };
        Shape::all(case).into_iter().map(message).collect()
    }

    /// The same to the service itself, through the plain hop.
    ///
    /// # Errors
    /// As [`Message::for_pair`].
    pub(crate) fn for_hop(case: &Case) -> anyhow::Result<Vec<Self>> {
        let message = |shape: Shape| match shape.form {
            Form::Soap => Self::soap(shape, "/soap"),
            Form::Rest | Form::Mix => Self::rest(shape, &format!("/answer/{}", shape.answer_bytes), CONSUMER),
        };
        Shape::all(case).into_iter().map(message).collect()
    }

    /// The same to another security server, whose service answers with what it wants.
    ///
    /// # Errors
    /// As [`Message::for_pair`].
    pub(crate) fn for_other(case: &Case, target: &str, client: &str) -> anyhow::Result<Vec<Self>> {
        let message = |shape| Ok(Self { answer_bytes: None, ..Self::rest(shape, target, client)? });
        Shape::all(case).into_iter().map(message).collect()
    }

    fn rest(shape: Shape, target: &str, client: &str) -> anyhow::Result<Self> {
        let method = if shape.request_bytes == 0 { Method::GET } else { Method::POST };
        let message = Self {
            method,
            target: target.parse()?,
            headers: HeaderMap::new(),
            body: Payload::Pattern(shape.request_bytes),
            answer_bytes: Some(shape.answer_bytes),
        };
        message
            .header("host", "security-server")?
            .header("content-type", "application/octet-stream")?
            .header("x-road-client", client)
    }

    /// The length of the case is that of the data in the body; the header adds about 1 KB.
    fn soap(shape: Shape, target: &str) -> anyhow::Result<Self> {
        let data = payload::text(usize::try_from(shape.request_bytes)?);
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

/// Bytes of the bodies of one round trip, both directions, on average.
#[expect(clippy::cast_precision_loss, reason = "an average")]
pub(crate) fn bytes_of_a_round_trip(case: &Case) -> f64 {
    let shapes = Shape::all(case);
    let bytes: u64 = shapes.iter().map(|shape| shape.request_bytes + shape.answer_bytes).sum();
    bytes as f64 / shapes.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_holds_every_kind_as_often_as_it_says() {
        let mix = CASES.iter().find(|case| case.form == Form::Mix).unwrap();
        let shapes = Shape::all(mix);
        for (count, form, request_bytes, answer_bytes, consent) in MIX {
            let alike = shapes.iter().filter(|shape| {
                (shape.form, shape.request_bytes, shape.answer_bytes, shape.consent)
                    == (form, request_bytes, answer_bytes, consent)
            });
            assert_eq!(alike.count(), count);
        }
        assert!(shapes.windows(2).any(|two| two[0].form != two[1].form), "mixed, not one after the other");
    }

    #[test]
    fn every_case_can_be_sent() {
        for case in CASES {
            assert!(!Message::for_pair(&case, "c").unwrap().is_empty(), "{}", case.name);
            assert!(!Message::for_hop(&case).unwrap().is_empty(), "{}", case.name);
        }
    }
}
