use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::fault::{FaultCode, Origin};
use crate::multipart::MultipartError;
use crate::soap_fault::SoapFaultError;
use crate::{ContentTypeError, Limits, Payload, soap_fault};

const CONTENT_TYPE: &str = "multipart/mixed; charset=UTF-8; boundary=xtopR";

/// One part: content type and content.
fn part(content_type: &str, content: &str) -> String {
    format!("\r\n--xtopR\r\ncontent-type: {content_type}\r\n\r\n{content}")
}

fn message(parts: &[(&str, &str)]) -> String {
    parts.iter().map(|(content_type, content)| part(content_type, content)).collect::<String>()
        + "\r\n--xtopR--\r\n"
}

fn decode(direction: Direction, parts: &[(&str, &str)]) -> Result<Vec<MessageEvent>, MessageError> {
    decode_all(direction, CONTENT_TYPE, message(parts).as_bytes(), &Limits::default())
}

fn request(parts: &[(&str, &str)]) -> Result<Vec<MessageEvent>, MessageError> {
    decode(Direction::Request, parts)
}

fn response(parts: &[(&str, &str)]) -> Result<Vec<MessageEvent>, MessageError> {
    decode(Direction::Response, parts)
}

fn fault() -> String {
    String::from_utf8(soap_fault::write("code", "text", "detail")).unwrap()
}

const OCSP: (&str, &str) = ("application/ocsp-response", "der");
const REST: (&str, &str) = ("application/x-road-rest-request", "GET");
const REST_BACK: (&str, &str) = ("application/x-road-rest-response", "200");
const BODY: (&str, &str) = ("application/x-road-rest-body", "body");
const SOAP: (&str, &str) = ("text/xml; charset=UTF-8", "<soap/>");
const XOP: (&str, &str) = ("application/xop+xml; type=\"text/xml\"", "<soap/>");
const NESTED: (&str, &str) = (
    "multipart/mixed; charset=UTF-8; boundary=xattR",
    "\r\n--xattR\r\ncontent-type: a/b\r\nX: y\r\n\r\none\r\n--xattR\r\ncontent-type: c/d\r\n\r\n\r\n--xattR--\r\n",
);
const RESULT: (&str, &str) = ("application/hash-chain-result", "result");
const CHAIN: (&str, &str) = ("application/hash-chain", "chain");
const SIGNATURE: (&str, &str) = ("signature/bdoc-1.0/ts", "signature");

#[test]
fn every_order_of_the_protocol() {
    for parts in [
        &[OCSP, REST, SIGNATURE][..],
        &[OCSP, OCSP, OCSP, REST, BODY, RESULT, CHAIN, SIGNATURE],
        &[REST, BODY, SIGNATURE],
        &[REST, RESULT, CHAIN, SIGNATURE],
        &[OCSP, SOAP, SIGNATURE],
        &[OCSP, SOAP, NESTED, RESULT, CHAIN, SIGNATURE],
        &[XOP, NESTED, SIGNATURE],
    ] {
        let events = request(parts).unwrap();
        assert_eq!(events.last(), Some(&MessageEvent::End), "{parts:?}");
    }
    assert!(response(&[REST_BACK, BODY, RESULT, CHAIN, SIGNATURE]).is_ok());
    assert!(response(&[SOAP, NESTED, RESULT, CHAIN, SIGNATURE]).is_ok());
}

#[test]
fn events_carry_the_parts() {
    let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
    let soap = SoapPart { content_type: SOAP.0.to_owned(), headers: vec![], bytes: bytes("<soap/>") };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let first = PartHeaders::new(vec![pair("content-type", "a/b"), pair("X", "y")]);
    let second = PartHeaders::new(vec![pair("content-type", "c/d")]);
    assert_eq!(
        request(&[OCSP, SOAP, NESTED, RESULT, CHAIN, SIGNATURE]).unwrap(),
        [
            MessageEvent::Ocsp(bytes("der")),
            MessageEvent::Soap(soap),
            MessageEvent::AttachmentsStart,
            MessageEvent::AttachmentStart(first),
            MessageEvent::Attachment(bytes("one")),
            MessageEvent::AttachmentEnd,
            MessageEvent::AttachmentStart(second),
            MessageEvent::AttachmentEnd,
            MessageEvent::AttachmentsEnd,
            MessageEvent::HashChainResult(bytes("result")),
            MessageEvent::HashChain(bytes("chain")),
            MessageEvent::Signature(bytes("signature")),
            MessageEvent::End,
        ]
    );
}

#[test]
fn an_empty_body_is_a_body() {
    let events = request(&[REST, ("application/x-road-rest-body", ""), SIGNATURE]).unwrap();
    assert_eq!(events[1..3], [MessageEvent::BodyStart, MessageEvent::BodyEnd]);
}

#[test]
fn malformed_order_is_refused() {
    for parts in [
        &[SIGNATURE][..],
        &[BODY, SIGNATURE],
        &[RESULT],
        &[NESTED],
        &[OCSP, SIGNATURE],
        &[REST, OCSP, SIGNATURE],
        &[REST, REST, SIGNATURE],
        &[REST, SOAP, SIGNATURE],
        &[SOAP, REST, SIGNATURE],
        &[SOAP, XOP, SIGNATURE],
        &[REST, NESTED, SIGNATURE],
        &[SOAP, BODY, SIGNATURE],
        &[REST, BODY, BODY, SIGNATURE],
        &[SOAP, NESTED, NESTED, SIGNATURE],
        &[REST, CHAIN, RESULT, SIGNATURE],
        &[REST, RESULT, RESULT, SIGNATURE],
        &[REST, CHAIN, BODY, SIGNATURE],
        &[REST_BACK, SIGNATURE],
        &[("foo/bar", ""), SIGNATURE],
        &[REST, ("foo/bar", "")],
    ] {
        let refused = request(parts).unwrap_err();
        assert!(matches!(refused, MessageError::PartContentType(_)), "{parts:?}: {refused}");
        assert_eq!(code(&refused), "server.serverproxy.service_failed.invalid_content_type");
    }
    for parts in [&[OCSP, REST_BACK, SIGNATURE][..], &[REST, SIGNATURE]] {
        assert!(matches!(response(parts), Err(MessageError::PartContentType(_))), "{parts:?}");
    }
}

fn code(error: &MessageError) -> String {
    FaultCode::new(Origin::ServerProxy, error.words(Payload::Rest)).to_string()
}

#[test]
fn refused_with_reason() {
    use MessageError as E;
    let sf = "server.serverproxy.service_failed";
    let unclosed = ("multipart/mixed; boundary=xattR", "\r\n--xattR\r\ncontent-type: a/b\r\n\r\none");
    let typeless = ("multipart/mixed; boundary=xattR", "\r\n--xattR\r\n\r\none\r\n--xattR--\r\n");
    let trailing = ("multipart/mixed; boundary=xattR", "\r\n--xattR--\r\nextra");
    for (parts, reason, expected) in [
        (
            &[REST, SIGNATURE, SIGNATURE][..],
            E::ExtraContent(SIGNATURE.0.into()),
            format!("{sf}.invalid_message"),
        ),
        (&[REST, SIGNATURE, ("", "x")], E::ExtraContent(String::new()), format!("{sf}.invalid_message")),
        (&[], E::MessageMissing, "server.serverproxy.missing_rest".into()),
        (&[OCSP], E::MessageMissing, "server.serverproxy.missing_rest".into()),
        (&[REST], E::SignatureMissing, "server.serverproxy.missing_signature".into()),
        (&[REST, BODY, RESULT, CHAIN], E::SignatureMissing, "server.serverproxy.missing_signature".into()),
        (&[("", "x")], E::PartWithoutContentType, format!("{sf}.invalid_content_type")),
        (
            &[SOAP, unclosed, SIGNATURE],
            E::Attachments(MultipartError::Truncated),
            format!("{sf}.mime_parsing_failed"),
        ),
        (&[SOAP, typeless, SIGNATURE], E::PartWithoutContentType, format!("{sf}.invalid_content_type")),
        (
            &[SOAP, trailing, SIGNATURE],
            E::Attachments(MultipartError::Epilogue),
            format!("{sf}.invalid_message"),
        ),
        (
            &[SOAP, ("multipart/mixed", ""), SIGNATURE],
            E::Attachments(MultipartError::Boundary(ContentTypeError::NoBoundary)),
            format!("{sf}.invalid_content_type"),
        ),
    ] {
        let refused = request(parts).unwrap_err();
        assert_eq!(refused, reason, "{parts:?}");
        assert_eq!(code(&refused), expected);
    }
    assert_eq!(E::MessageMissing.words(Payload::Soap), [crate::fault::Word::MissingSoap]);
}

#[test]
fn frames_refused_with_reason() {
    use MessageError as E;
    let sf = "server.serverproxy.service_failed";
    let limits = Limits::default();
    let complete = message(&[REST, SIGNATURE]);
    for (content_type, body, reason, expected) in [
        (
            CONTENT_TYPE,
            "<xml/>".to_owned(),
            E::Multipart(MultipartError::NoDelimiter),
            "server.serverproxy.missing_rest".to_owned(),
        ),
        (
            CONTENT_TYPE,
            format!("x{complete}"),
            E::Multipart(MultipartError::Preamble),
            format!("{sf}.mime_parsing_failed"),
        ),
        (
            CONTENT_TYPE,
            format!("{complete}x"),
            E::Multipart(MultipartError::Epilogue),
            format!("{sf}.invalid_message"),
        ),
        (
            CONTENT_TYPE,
            complete.replace("R--", "R"),
            E::Multipart(MultipartError::Truncated),
            format!("{sf}.io_error"),
        ),
        ("text/xml", fault(), E::ContentType("text/xml".into()), format!("{sf}.invalid_content_type")),
        (
            "oih",
            String::new(),
            E::MalformedContentType(ContentTypeError::Malformed),
            format!("{sf}.invalid_content_type"),
        ),
        (
            "multipart/related; boundary=xtopR",
            complete.clone(),
            E::ContentType("multipart/related; boundary=xtopR".into()),
            format!("{sf}.invalid_content_type"),
        ),
        (
            "multipart/mixed",
            complete.clone(),
            E::MalformedContentType(ContentTypeError::NoBoundary),
            format!("{sf}.invalid_content_type"),
        ),
    ] {
        let refused = decode_all(Direction::Request, content_type, body.as_bytes(), &limits).unwrap_err();
        assert_eq!(refused, reason);
        assert_eq!(code(&refused), expected, "{content_type}");
    }
}

#[test]
fn plain_answers() {
    let decode = |body: &str| {
        decode_all(Direction::Response, "text/xml;charset=utf-8", body.as_bytes(), &Limits::default())
    };
    let events = decode(&fault()).unwrap();
    assert!(matches!(&events[..], [MessageEvent::Fault(fault), MessageEvent::End] if fault.code == "code"));
    let envelope = |body: &str| {
        format!("<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>{body}</e:Envelope>")
    };
    for (body, reason, word) in [
        (String::new(), SoapFaultError::NotSoap, "invalid_soap"),
        ("text".into(), SoapFaultError::NotSoap, "invalid_soap"),
        (envelope(""), SoapFaultError::MissingBody, "missing_body"),
        (envelope("<e:Body><x/></e:Body>"), SoapFaultError::NotFault, "invalid_message"),
        (format!("<!DOCTYPE x>{}", envelope("")), SoapFaultError::Dtd, "invalid_soap"),
    ] {
        let refused = decode(&body).unwrap_err();
        assert_eq!(refused, MessageError::Fault(reason), "{body}");
        assert_eq!(code(&refused), format!("server.serverproxy.service_failed.{word}"));
    }
}

#[test]
fn faults_inside_a_message() {
    let fault = fault();
    let fault = ("text/xml; charset=UTF-8", fault.as_str());
    for parts in [
        &[fault][..],
        &[fault, SIGNATURE],
        &[REST_BACK, fault],
        &[REST_BACK, BODY, fault],
        &[REST_BACK, BODY, RESULT, CHAIN, fault],
        &[SOAP, NESTED, fault],
        &[SOAP, fault],
    ] {
        let events = response(parts).unwrap();
        assert!(
            events.iter().any(|event| matches!(event, MessageEvent::Fault(fault) if fault.code == "code"))
        );
    }
    assert_eq!(response(&[REST_BACK, fault, SIGNATURE]), Err(MessageError::ExtraContent(SIGNATURE.0.into())));
    assert_eq!(response(&[REST_BACK, SOAP]), Err(MessageError::PartContentType(SOAP.0.into())));
}

#[test]
fn every_limit_has_its_error() {
    let limits = Limits {
        ocsp_response: 3,
        rest_message: 3,
        soap_message: 7,
        fault: 300,
        hash_chain_result: 6,
        hash_chain: 5,
        signature: 9,
        parts: 8,
        attachments: 2,
        ..Limits::default()
    };
    let decode = |parts: &[(&str, &str)]| {
        decode_all(Direction::Request, CONTENT_TYPE, message(parts).as_bytes(), &limits).map(drop)
    };
    let full = [OCSP, REST, BODY, RESULT, CHAIN, SIGNATURE];
    assert_eq!(decode(&full), Ok(()));
    assert_eq!(decode(&[OCSP, SOAP, NESTED, RESULT, CHAIN, SIGNATURE]), Ok(()));
    for (index, kind) in [
        (0, PartKind::Ocsp),
        (1, PartKind::Rest),
        (3, PartKind::HashChainResult),
        (4, PartKind::HashChain),
        (5, PartKind::Signature),
    ] {
        let mut parts = full.map(|(content_type, content)| (content_type, content.to_owned()));
        parts[index].1.push('x');
        let parts: Vec<(&str, &str)> = parts.iter().map(|(a, b)| (*a, b.as_str())).collect();
        assert_eq!(decode(&parts), Err(MessageError::PartTooLarge(kind)));
    }
    assert_eq!(decode(&[("text/xml", "<soap />")]), Err(MessageError::PartTooLarge(PartKind::Soap)));
    assert_eq!(
        decode(&[REST, ("text/xml", &"x".repeat(301))]),
        Err(MessageError::PartTooLarge(PartKind::Fault))
    );
    let nine = [OCSP; 9];
    assert_eq!(decode(&nine), Err(MessageError::Multipart(MultipartError::TooManyParts)));
    let three = NESTED.1.replace("--xattR--", "--xattR\r\ncontent-type: e/f\r\n\r\n\r\n--xattR--");
    let refused = decode(&[SOAP, (NESTED.0, &three), SIGNATURE]);
    assert_eq!(refused, Err(MessageError::Attachments(MultipartError::TooManyParts)));
    let mut decoder = MessageDecoder::response("text/xml", &limits).unwrap();
    decoder.push(Bytes::from(vec![b' '; 301]));
    assert_eq!(decoder.next_event(), Err(MessageError::PartTooLarge(PartKind::Fault)));
}

#[test]
fn errors_are_final() {
    let mut decoder = MessageDecoder::request(CONTENT_TYPE, &Limits::default()).unwrap();
    decoder.push(Bytes::from(message(&[SIGNATURE])));
    let refused = decoder.next_event().unwrap_err();
    decoder.push(Bytes::from(message(&[REST, SIGNATURE])));
    decoder.finish();
    assert_eq!(decoder.next_event(), Err(refused));
    assert!(!decoder.is_ended());
}

/// However large a body is, nothing of it stays in the decoder.
#[test]
fn bodies_are_streamed() {
    let mut decoder = MessageDecoder::request(CONTENT_TYPE, &Limits::default()).unwrap();
    decoder.push(Bytes::from(part(REST.0, REST.1) + &part(BODY.0, "")));
    let mut passed = 0;
    for _ in 0..1000 {
        decoder.push(Bytes::from(vec![b'\n'; 16 * 1024]));
        while let Some(event) = decoder.next_event().unwrap() {
            if let MessageEvent::Body(data) = event {
                passed += data.len();
            }
        }
    }
    assert!(passed >= 1000 * 16 * 1024 - 1, "{passed}");
}

#[test]
fn decoders_and_encoders_can_move_between_tasks() {
    fn movable<T: Send + Sync + 'static>() {}
    movable::<MessageDecoder>();
    movable::<MessageEncoder>();
    assert_eq!(Payload::of_message_type(Some("REST")), Payload::Rest);
    assert_eq!(Payload::of_message_type(Some("rest")), Payload::Soap);
    assert_eq!(Payload::of_message_type(None), Payload::Soap);
    assert!(crate::names::is_supported_hash_algorithm("sha-512"));
    assert!(!crate::names::is_supported_hash_algorithm("SHA-256"));
}

#[test]
fn boundaries() {
    let boundary = Boundary::from_random(&[0; 30]);
    assert_eq!(boundary.outer(), format!("xtop{}", "A".repeat(30)));
    assert_eq!(boundary.attachments(), format!("xatt{}", "A".repeat(30)));
    assert_eq!(Boundary::from_random(&[255; 30]).outer().len(), 34);
    for letters in ["", "a b", "a\r\nb", &"a".repeat(67)] {
        assert!(Boundary::from_letters(letters).is_err(), "{letters}");
    }
}

#[test]
fn a_fault_closes_the_container() {
    let mut encoder = MessageEncoder::response(Boundary::from_letters("R").unwrap());
    let soap =
        SoapPart { content_type: "text/xml".into(), headers: vec![], bytes: Bytes::from_static(b"<soap/>") };
    let mut bytes = encoder.soap(&soap).to_vec();
    bytes.extend_from_slice(
        &encoder.attachment_start(&PartHeaders::new(vec![("Content-Type".into(), "a/b".into())])),
    );
    bytes.extend_from_slice(b"half");
    bytes.extend_from_slice(&encoder.fault(fault().as_bytes()));
    bytes.extend_from_slice(&encoder.finish());
    let events = decode_all(Direction::Response, CONTENT_TYPE, &bytes, &Limits::default()).unwrap();
    assert!(matches!(&events[events.len() - 2..], [MessageEvent::Fault(_), MessageEvent::End]));
}

proptest! {
    #[test]
    fn changed_bytes_never_panic_and_never_pass_unsigned(
        at in 0usize..900,
        byte in any::<u8>(),
        cut in 0usize..900,
    ) {
        let mut bytes = message(&[OCSP, SOAP, NESTED, RESULT, CHAIN, SIGNATURE]).into_bytes();
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(length.saturating_sub(cut % 100));
        if let Ok(events) = decode_all(Direction::Request, CONTENT_TYPE, &bytes, &Limits::default()) {
            prop_assert!(events.iter().any(|event| matches!(event, MessageEvent::Signature(_))));
            prop_assert_eq!(events.last(), Some(&MessageEvent::End));
        }
    }
}
