//! The SOAP messages of X-Road 7.8's end-to-end suite, as a request of an information system and as the answer of a
//! service, with the outcome that the suite expects.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

use std::path::{Path, PathBuf};

use protocol::Limits;
use protocol::soap::{
    MetadataService, Sender, SoapDocument, SoapEncoder, SoapEvent, SoapMessage, WsdlRequest, decode_all,
    refused_fault,
};

const PLAIN: &str = "text/xml; charset=UTF-8";
const B1: &str = "multipart/related; charset=UTF-8; boundary=jetty771207119h3h10dty";
const B2: &str = "multipart/related; boundary=jetty771207119h3h10dty";
const MTOM: &str = "Multipart/Related; start-info=\"application/soap+xml\"; type=\"application/xop+xml\"; boundary=\"jetty771207119h3h10dty\"";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/x-road-7.8/soap-queries")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

/// The events as text, or the fault code.
fn outcome(content_type: &str, body: &[u8], sender: Sender) -> String {
    let events = match decode_all(Some(content_type), body, &Limits::default()) {
        Ok(events) => events,
        Err(error) => return error.code(sender).to_string(),
    };
    let words = events.into_iter().map(|event| match event {
        SoapEvent::Message(message) => message.body_name().to_owned(),
        SoapEvent::Fault(fault) if sender == Sender::Client => refused_fault(&fault).code,
        SoapEvent::Fault(fault) => fault.code,
        SoapEvent::AttachmentStart(headers) => format!("({}", headers.content_type().unwrap()),
        SoapEvent::Attachment(data) => format!("{} bytes", data.len()),
        SoapEvent::AttachmentEnd => ")".to_owned(),
        SoapEvent::End => "end".to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn requests() {
    let plain_attachment = "test (text/plain 5 bytes ) end";
    for (name, content_type, expected) in [
        ("attachm", B1, plain_attachment),
        ("attachm2", B2, plain_attachment),
        ("attachm-error", B1, "client.invalid_content_type"),
        ("attachm-faulty-soap", B1, "client.missing_header_field"),
        ("attachm-mtom", MTOM, "test (text/plain; charset=UTF-8; name=attachment.txt 6 bytes ) end"),
        ("attachm-no-soap", B1, "client.invalid_content_type"),
        ("simple", PLAIN, "testQuery end"),
        ("simple-rpc", PLAIN, "testQuery end"),
        ("simple-representedparty", PLAIN, "testQuery end"),
        ("request-suffix", PLAIN, "testQueryRequest end"),
        ("empty", B1, "client.missing_soap"),
        ("empty", PLAIN, "client.invalid_soap"),
        ("faulty-header2", PLAIN, "client.duplicate_header_field"),
        ("faulty-header", PLAIN, "client.missing_header_field"),
        ("getstate", "blah", "client.invalid_content_type"),
        ("getstate", "text/html", "client.invalid_content_type"),
        ("getstate", "", "server.clientproxy.internal_error"),
        ("getstate", PLAIN, "getState end"),
        ("getstate", "application/xop+xml", "getState end"),
        ("getstate-subsystem", PLAIN, "getState end"),
        ("proxyemulator", PLAIN, "testQuery end"),
        ("malformed-body1", PLAIN, "client.invalid_body"),
        ("malformed-body2", PLAIN, "client.invalid_body"),
        ("inconsistent-headers", PLAIN, "client.inconsistent_headers"),
        ("malformed-protocolVersion", PLAIN, "client.invalid_protocol_version"),
        ("wrong-version", PLAIN, "client.invalid_protocol_version"),
        ("missing-body", PLAIN, "client.missing_body"),
        ("no-header", PLAIN, "client.missing_header"),
        ("missingobjecttype", PLAIN, "client.invalid_xml"),
        ("missing-protocolVersion", PLAIN, "client.missing_header_field"),
        ("no-soap", B1, "client.invalid_soap"),
        ("fault", PLAIN, "client.code end"),
        ("soapfaulterror", PLAIN, "client.soap-env:clientrwerete end"),
        // What these cases are about comes later than reading.
        ("notAllowed", PLAIN, "test end"),
        ("missing-org", PLAIN, "getState end"),
        ("invalid-service-address", PLAIN, "invalidServiceAddress end"),
        ("signing-error-request", PLAIN, "getState end"),
        ("signing-error-response", PLAIN, "getState end"),
        ("xml", PLAIN, "test end"),
        ("listMethods", PLAIN, "listMethods end"),
        ("allowedMethods", PLAIN, "allowedMethods end"),
        ("attach-error-withsoap", PLAIN, "client.inconsistent_headers"),
    ] {
        let body = file(&format!("{name}.query"));
        assert_eq!(outcome(content_type, &body, Sender::Client), expected, "{name} as {content_type}");
    }
}

#[test]
fn answers() {
    let sf = |word: &str| format!("server.serverproxy.service_failed.{word}");
    for (name, content_type, expected) in [
        ("attachm.answer", PLAIN, "testResponse end".to_owned()),
        ("attachm2.answer", B1, "testResponse (text/plain 5 bytes ) end".to_owned()),
        ("attachm-faulty-soap.query", B1, sf("missing_header_field")),
        ("attachm-no-soap.query", B1, sf("invalid_content_type")),
        ("attachm-error.query", B1, sf("invalid_content_type")),
        ("empty.query", B1, sf("invalid_message")),
        ("empty.query", PLAIN, sf("invalid_soap")),
        ("faulty-header.query", PLAIN, sf("missing_header_field")),
        ("getstate.answer", PLAIN, "getStateResponse end".to_owned()),
        ("getstate.answer", "blah", sf("invalid_content_type")),
        ("getstate.answer", "", sf("invalid_content_type")),
        ("getstate-subsystem.answer", PLAIN, "getStateResponse end".to_owned()),
        ("malformed-body2.query", PLAIN, sf("invalid_body")),
        ("missing-body.query", PLAIN, sf("missing_body")),
        ("no-header.query", PLAIN, sf("missing_header")),
        ("simple.answer", PLAIN, "testQueryResponse end".to_owned()),
        ("simple-comment.answer", PLAIN, "testQueryResponse end".to_owned()),
        ("response-with-requestId.answer", PLAIN, "clientRegResponse end".to_owned()),
        ("smallAttachment.answer", PLAIN, "testResponse end".to_owned()),
        ("attachment-small-mantis.answer", PLAIN, "testResponse end".to_owned()),
        ("faulty-fault.answer", "text/xml", "soap:Server end".to_owned()),
        ("fault.query", "text/xml", "CODE end".to_owned()),
        ("customfault.answer", "text/xml", "foo:FOOCODE end".to_owned()),
        ("customsoapenv.answer", "text/xml", "soapenv:Server.CODE end".to_owned()),
    ] {
        let body = file(name);
        assert_eq!(outcome(content_type, &body, Sender::Service), expected, "{name} as {content_type}");
    }
    let mtom = format!("{MTOM};charset=UTF-8");
    let expected = "testResponse (text/plain; charset=UTF-8; name=attachment.txt 9 bytes ) end";
    assert_eq!(outcome(&mtom, &file("attachm-mtom.answer"), Sender::Service), expected);
    let folded = "multipart/related; boundary=MIMEBoundaryurn_uuid_0FE43E4D025F0BF3DC11582467646812";
    let xop = file("xop.answer");
    assert_eq!(outcome(folded, &xop, Sender::Service), "testResponse (text/plain 997 bytes ) end");
    // A stock server takes a container that is cut short; nobody can tell that from a lost connection.
    assert_eq!(outcome(folded, &xop[..xop.len() - 10], Sender::Service), sf("mime_parsing_failed"));
    let attachment = file("smallAttachment.query");
    let boundary = String::from_utf8_lossy(&attachment).lines().next().unwrap()[2..].to_owned();
    let content_type = format!("multipart/related; boundary={boundary}");
    assert!(outcome(&content_type, &attachment, Sender::Client).starts_with("test ("), "small attachment");
}

#[test]
fn peers_are_told_so() {
    let body = file("missing-body.query");
    let code = |sender| outcome(PLAIN, &body, sender);
    assert_eq!(code(Sender::ClientProxy), "server.serverproxy.service_failed.missing_body");
    assert_eq!(code(Sender::ServerProxy), "server.clientproxy.service_failed.missing_body");
}

fn message(name: &str) -> SoapMessage {
    let events = decode_all(Some(PLAIN), &file(name), &Limits::default()).unwrap();
    let Some(SoapEvent::Message(message)) = events.into_iter().next() else { panic!("{name}") };
    *message
}

#[test]
fn header_fields() {
    let header = message("simple-representedparty.query").header().clone();
    assert_eq!(header.client.to_string(), "MEMBER:EE/BUSINESS/consumer");
    assert_eq!(header.service.to_string(), "SERVICE:EE/BUSINESS/producer/testQuery");
    assert_eq!(header.user_id.as_deref(), Some("EE37702211234"));
    assert_eq!((header.id.as_str(), header.issue.as_deref()), ("1234567890", Some("issue-1")));
    assert_eq!(header.protocol_version, "4.0");
    let party = header.represented_party.unwrap();
    assert_eq!((party.class.as_deref(), party.code.as_deref()), (Some("COM"), Some("MEMBER3")));
    assert_eq!(message("getstate.query").header().issue.as_deref(), Some(""));
    assert_eq!(message("simple.query").header().issue, None);
    let subsystem = message("getstate-subsystem.query");
    assert!(
        subsystem.header().client.subsystem().is_some()
            && subsystem.header().service.client().subsystem().is_some()
    );
}

#[test]
fn a_response_gets_the_hash_of_its_request() {
    let (request, answer) = (message("getstate.query"), message("getstate.answer"));
    let answered = answer.clone().with_request_hash(&request.hash(), &Limits::default()).unwrap();
    assert_eq!(answered.check_answers(request.header(), &request.hash()), Ok(()));
    let (before, after) = (answer.part().bytes.clone(), answered.part().bytes.clone());
    let (before, after) = (std::str::from_utf8(&before).unwrap(), std::str::from_utf8(&after).unwrap());
    let hash = &answered.header().request_hash.as_ref().unwrap().value;
    let id = "<xroad:id>411d6755661409fed365ad8135f8210be07613da</xroad:id>";
    let algorithm = "http://www.w3.org/2001/04/xmlenc#sha512";
    let inserted =
        format!("{id}\n        <xroad:requestHash algorithmId=\"{algorithm}\">{hash}</xroad:requestHash>");
    assert_eq!(after, before.replace(id, &inserted));
    // The other way round: a stale hash goes, wherever it stands.
    let stale = message("response-with-requestId.answer");
    let renewed = stale.clone().with_request_hash(&[7; 64], &Limits::default()).unwrap();
    let text = String::from_utf8(renewed.part().bytes.to_vec()).unwrap();
    assert!(!text.contains("xhlFFlffQR5L0KOL3dGRuLxxOsl04P1"));
    assert_eq!(text.matches("<xroad:requestHash ").count(), 1);
    assert_eq!(renewed.check_answers(stale.header(), &[7; 64]), Ok(()));
    let restored = renewed.with_request_hash(&[7; 64], &Limits::default()).unwrap();
    assert_eq!(restored.check_answers(stale.header(), &[7; 64]), Ok(()));
}

/// Case ServerClientInconsistency of the suite.
#[test]
fn another_answer_is_noticed() {
    let (request, answer) = (message("xml.query"), message("getstate.query"));
    let mismatch = answer.check_answers(request.header(), &request.hash()).unwrap_err();
    let words: Vec<String> = mismatch.words().iter().map(ToString::to_string).collect();
    assert_eq!(words.join("."), "service_failed.inconsistent_response");
}

/// What a message becomes at the service: read again, it is the same. Nested containers are gone.
#[test]
fn messages_are_rebuilt_for_services() {
    for (name, content_type) in [
        ("attachm.query", B1),
        ("attachm2.query", B2),
        ("attachm-mtom.query", MTOM),
        ("getstate.query", PLAIN),
    ] {
        let events = decode_all(Some(content_type), &file(name), &Limits::default()).unwrap();
        let attachments = events.iter().any(|event| matches!(event, SoapEvent::AttachmentStart(_)));
        let mut encoder = SoapEncoder::new(content_type, attachments).unwrap();
        let target = encoder.content_type().to_owned();
        let mut rebuilt = Vec::new();
        for event in &events {
            rebuilt.extend_from_slice(&match event {
                SoapEvent::Message(message) => encoder.soap(message.part()),
                SoapEvent::AttachmentStart(headers) => encoder.attachment_start(headers),
                SoapEvent::Attachment(data) => data.clone(),
                _ => bytes::Bytes::new(),
            });
        }
        rebuilt.extend_from_slice(&encoder.finish());
        assert_eq!(target, content_type, "{name}");
        let again = decode_all(Some(&target), &rebuilt, &Limits::default()).unwrap();
        assert_eq!(again[0], events[0], "{name}");
        assert_eq!(
            outcome(&target, &rebuilt, Sender::Client),
            outcome(content_type, &file(name), Sender::Client)
        );
        if name == "attachm.query" {
            let text = String::from_utf8(rebuilt).unwrap();
            let end = "\r\n--jetty771207119h3h10dty\r\ncontent-type:text/plain\r\nClient-Header: FooBar\r\n\r\nblaah\r\n--jetty771207119h3h10dty--\r\n";
            assert!(text.ends_with(end), "{text}");
        }
    }
}

#[test]
fn metadata_services_are_known() {
    let service = |name: &str| MetadataService::of(&message(name).header().service);
    assert_eq!(service("listMethods.query"), Some(MetadataService::ListMethods));
    assert_eq!(service("allowedMethods.query"), Some(MetadataService::AllowedMethods));
    assert_eq!(service("getstate.query"), None);
    let text = String::from_utf8(file("listMethods.query")).unwrap();
    let asked = "<xroad:getWsdl><xroad:serviceCode>foo</xroad:serviceCode><xroad:serviceVersion>v2</xroad:serviceVersion></xroad:getWsdl>";
    let text = text.replace("<xroad:listMethods />", asked).replace("listMethods", "getWsdl");
    let Some(SoapEvent::Message(request)) =
        decode_all(Some(PLAIN), text.as_bytes(), &Limits::default()).unwrap().into_iter().next()
    else {
        panic!("message")
    };
    assert_eq!(MetadataService::of(&request.header().service), Some(MetadataService::GetWsdl));
    let wanted = WsdlRequest::read(&request, &Limits::default()).unwrap();
    assert_eq!((wanted.service_code.as_str(), wanted.service_version.as_deref()), ("foo", Some("v2")));
}

/// Every file has been looked at above, or is no message at all: what is read is read the same in small pieces.
#[test]
fn the_size_of_chunks_does_not_matter() {
    use protocol::soap::SoapDecoder;

    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 50);
    for path in files {
        let body = std::fs::read(&path).unwrap();
        for content_type in [PLAIN, B1, MTOM] {
            let whole = decode_all(Some(content_type), &body, &Limits::default());
            for size in [1, 7, 1000] {
                let mut decoder = SoapDecoder::new(Some(content_type), &Limits::default()).unwrap();
                let mut events = Vec::new();
                let mut feed = |decoder: &mut SoapDecoder| -> Result<(), protocol::soap::SoapError> {
                    while let Some(event) = decoder.next_event()? {
                        match (events.last_mut(), &event) {
                            (Some(SoapEvent::Attachment(before)), SoapEvent::Attachment(data)) => {
                                *before = [&before[..], data].concat().into();
                            }
                            _ => events.push(event),
                        }
                    }
                    Ok(())
                };
                let mut result = Ok(());
                for chunk in body.chunks(size) {
                    decoder.push(bytes::Bytes::copy_from_slice(chunk));
                    result = result.and_then(|()| feed(&mut decoder));
                }
                decoder.finish();
                let result = result.and_then(|()| feed(&mut decoder)).map(|()| events);
                assert_eq!(result, whole, "{path:?} as {content_type} by {size}");
            }
        }
    }
}

#[test]
fn a_part_is_read_alike() {
    let part = message("getstate.query").into_part();
    let SoapDocument::Message(again) = SoapMessage::read(part, &Limits::default()).unwrap() else {
        panic!("message")
    };
    assert_eq!(*again, message("getstate.query"));
}
