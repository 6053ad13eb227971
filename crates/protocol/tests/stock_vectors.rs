//! The messages that the decoder tests and the end-to-end suite of X-Road 7.8 use, with the outcome they expect.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

use std::path::Path;

use protocol::fault::{FaultCode, Origin};
use protocol::proxy_message::{Direction, MessageEvent, decode_all};
use protocol::{Limits, Payload};

const DECODER_TESTS: &str = "multipart/mixed; charset=UTF-8; boundary=xtop1357783211hcn1yiro";
const ATTACHMENT_TEST: &str = "multipart/mixed; charset=UTF-8; boundary=xtop569125687hcu8vfma";
const RESPONSE_TEST: &str = "multipart/mixed; charset=UTF-8; boundary=xtop1143483536hcn1yj5i";
const SUITE: &str = "multipart/mixed; charset=UTF-8; boundary=jetty771207119h3h10dty";
const SUITE_SIGNATURE: &str = "multipart/mixed; boundary=jetty42534330h7vzfqv2;charset=ISO-8859-1";

fn file(path: &str) -> Vec<u8> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/x-road-7.8");
    std::fs::read(vectors.join(path)).unwrap()
}

/// Names of the events, or the fault code.
fn outcome(direction: Direction, content_type: &str, message: &[u8]) -> String {
    let origin = match direction {
        Direction::Request => Origin::ServerProxy,
        Direction::Response => Origin::ClientProxy,
    };
    match decode_all(direction, content_type, message, &Limits::default()) {
        Ok(events) => events.iter().map(name).collect::<Vec<_>>().join(" "),
        Err(error) => FaultCode::new(origin, error.words(Payload::Soap)).to_string(),
    }
}

fn name(event: &MessageEvent) -> String {
    match event {
        MessageEvent::Ocsp(_) => "ocsp".into(),
        MessageEvent::Soap(_) => "soap".into(),
        MessageEvent::AttachmentsStart => "(".into(),
        MessageEvent::AttachmentStart(headers) => headers.content_type().unwrap().into(),
        MessageEvent::Attachment(data) => format!("{:?}", std::str::from_utf8(data).unwrap()),
        MessageEvent::AttachmentEnd => ",".into(),
        MessageEvent::AttachmentsEnd => ")".into(),
        MessageEvent::Signature(_) => "signature".into(),
        MessageEvent::Fault(fault) => {
            format!("fault {} {}", fault.code, fault.detail.as_deref().unwrap_or_default())
        }
        MessageEvent::End => "end".into(),
        other => format!("{other:?}"),
    }
}

#[test]
fn decoder_tests() {
    let invalid_content_type = "server.clientproxy.service_failed.invalid_content_type";
    for (path, content_type, expected) in [
        ("normal.request", DECODER_TESTS, "soap signature end"),
        ("normal-soapfault.request", DECODER_TESTS, "fault CODE DETAIL signature end"),
        ("attachment.request", ATTACHMENT_TEST, "soap ( text/plain \"blaah\" , ) signature end"),
        ("fault-signature.request", DECODER_TESTS, "soap fault CODE DETAIL end"),
        ("normal.response", RESPONSE_TEST, "soap signature end"),
        ("invalid-soap-contenttype.request", DECODER_TESTS, invalid_content_type),
        ("invalid-contenttype-signature.request", DECODER_TESTS, invalid_content_type),
        ("normal.request", "text/xml", "server.clientproxy.service_failed.invalid_soap"),
        ("normal.request", "foo/bar", invalid_content_type),
    ] {
        let message = file(&format!("proxy-messages/{path}"));
        assert_eq!(
            outcome(Direction::Response, content_type, &message),
            expected,
            "{path} as {content_type}"
        );
    }
    let message = file("proxy-messages/ocsp.request");
    assert_eq!(outcome(Direction::Request, DECODER_TESTS, &message), "ocsp soap signature end");
    // Stock servers never send OCSP responses back; nothing would cover them.
    assert_eq!(outcome(Direction::Response, DECODER_TESTS, &message), invalid_content_type);
}

#[test]
fn extra_content() {
    let message = String::from_utf8(file("proxy-messages/normal.request")).unwrap();
    let extra = "--xtop1357783211hcn1yiro\nContent-Type: text/plain\n\nextra\n--xtop1357783211hcn1yiro--";
    let message = message.replace("--xtop1357783211hcn1yiro--", extra);
    let expected = "server.serverproxy.service_failed.invalid_message";
    assert_eq!(outcome(Direction::Request, DECODER_TESTS, message.as_bytes()), expected);
}

#[test]
fn requests_of_the_suite() {
    let sf = "server.serverproxy.service_failed";
    for (path, content_type, expected) in [
        ("no-signature", SUITE_SIGNATURE, "server.serverproxy.missing_signature".to_owned()),
        ("attachm", SUITE, "server.serverproxy.missing_signature".to_owned()),
        ("attachm2", SUITE, "server.serverproxy.missing_signature".to_owned()),
        ("getstate", "multipart/mixed; boundary=foobar", "server.serverproxy.missing_soap".to_owned()),
        ("empty", SUITE, "server.serverproxy.missing_soap".to_owned()),
        ("getstate", "text/xml; charset=UTF-8", format!("{sf}.invalid_content_type")),
        ("attachm-no-soap", SUITE, format!("{sf}.invalid_content_type")),
        ("attachm-error", SUITE, format!("{sf}.invalid_content_type")),
    ] {
        let message = file(&format!("soap-queries/{path}.query"));
        assert_eq!(outcome(Direction::Request, content_type, &message), expected, "{path}");
    }
}

/// An empty SOAP part is for the SOAP codec to refuse, which happens before the missing signature is noticed.
#[test]
fn empty_soap_part_is_an_event() {
    use bytes::Bytes;
    use protocol::proxy_message::MessageDecoder;

    let mut decoder = MessageDecoder::request(SUITE, &Limits::default()).unwrap();
    decoder.push(Bytes::from(file("soap-queries/no-soap.query")));
    let Ok(Some(MessageEvent::Soap(soap))) = decoder.next_event() else { panic!("SOAP expected") };
    assert_eq!((soap.content_type.as_str(), soap.bytes.len()), ("text/xml", 0));
}

#[test]
fn responses_of_the_suite() {
    let cf = "server.clientproxy.service_failed";
    for (path, content_type, expected) in [
        ("getstate", "oih", format!("{cf}.invalid_content_type")),
        ("getstate", "multipart/mixed", format!("{cf}.invalid_content_type")),
        ("attachm-error", SUITE, format!("{cf}.invalid_content_type")),
        ("getstate", "text/xml; charset=\"UTF-8\"; boundary=foobar", format!("{cf}.invalid_message")),
        ("missing-body", "text/xml; boundary=jetty771207119h3h10dty", format!("{cf}.missing_body")),
        ("empty", "text/xml", format!("{cf}.invalid_soap")),
        ("no-signature", SUITE_SIGNATURE, "server.clientproxy.missing_signature".to_owned()),
        ("fault", "text/xml", "fault CODE DETAIL end".to_owned()),
    ] {
        let message = file(&format!("soap-queries/{path}.query"));
        assert_eq!(
            outcome(Direction::Response, content_type, &message),
            expected,
            "{path} as {content_type}"
        );
    }
}
