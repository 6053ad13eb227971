//! SOAP exchanges of a stock X-Road 7.8.1 pair, RSA and P-256: what we make of the same messages is what they made.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

mod capture;

use bytes::Bytes;
use capture::{Capture, captures};
use identifiers::ServiceId;
use protocol::fault::ReceivedFault;
use protocol::metadata::{RestServiceEntry, RestServiceType, rest_answer, rest_service_list};
use protocol::proxy_message::{Direction, MessageEvent, decode_all};
use protocol::rest::{ResponseContext, RestRequest, RestResponse};
use protocol::soap::{
    Sender, SoapDocument, SoapEncoder, SoapEvent, SoapMessage, decode_all as decode_soap, method_list,
};
use protocol::{Limits, soap_fault};

/// The captures of one exchange, as far as there are any.
fn exchanges(suffix: &str) -> Vec<Capture> {
    captures(suffix).into_iter().filter(|capture| capture.name.contains("-soap-")).collect()
}

fn sibling(capture: &Capture, from: &str, to: &str) -> Option<Capture> {
    let path = std::path::PathBuf::from(capture.name.replace(from, to));
    path.exists().then(|| Capture::read(&path))
}

/// The SOAP message between the security servers, and its attachments.
fn on_the_wire(
    direction: Direction,
    capture: &Capture,
) -> Result<(SoapMessage, Vec<MessageEvent>), Box<ReceivedFault>> {
    let events =
        decode_all(direction, capture.header("content-type"), &capture.body, &Limits::default()).unwrap();
    let (mut message, mut attachments) = (None, Vec::new());
    for event in events {
        match event {
            MessageEvent::Soap(part) => match SoapMessage::read(part, &Limits::default()).unwrap() {
                SoapDocument::Message(read) => message = Some(*read),
                SoapDocument::Fault(fault) => return Err(Box::new(fault)),
            },
            MessageEvent::Fault(fault) => return Err(Box::new(fault)),
            MessageEvent::AttachmentStart(_) | MessageEvent::Attachment(_) => attachments.push(event),
            _ => {}
        }
    }
    Ok((message.unwrap(), attachments))
}

/// Consumer side, request: the SOAP part and the attachments that we make of the information system's request are those
/// that the stock server sent.
#[test]
fn requests_become_the_same_parts() {
    let (mut count, mut attached) = (0, 0);
    for capture in exchanges(".is-request.http") {
        let Some(wire) = sibling(&capture, "is-request", "5500-request") else { continue };
        assert_eq!(wire.header("x-original-content-type"), capture.header("content-type"));
        let (sent, attachments) = on_the_wire(Direction::Request, &wire).unwrap();
        let mut made = Vec::new();
        for event in
            decode_soap(Some(capture.header("content-type")), &capture.body, &Limits::default()).unwrap()
        {
            match event {
                SoapEvent::Message(message) => assert_eq!(*message, sent, "{}", capture.name),
                SoapEvent::AttachmentStart(headers) => made.push(MessageEvent::AttachmentStart(headers)),
                SoapEvent::Attachment(data) => made.push(MessageEvent::Attachment(data)),
                SoapEvent::AttachmentEnd | SoapEvent::End => {}
                SoapEvent::Fault(_) => panic!("{}", capture.name),
            }
        }
        assert_eq!(without_order(made), without_order(attachments), "{}", capture.name);
        attached += usize::from(capture.name.contains("attachments"));
        count += 1;
    }
    assert_eq!((count, attached), (10, 2));
}

/// A stock server loses the order of a part's headers, and writes `content-type` in lower case.
fn without_order(events: Vec<MessageEvent>) -> Vec<(Vec<String>, Bytes)> {
    let events = events.into_iter().map(|event| match event {
        MessageEvent::AttachmentStart(headers) => {
            let mut headers: Vec<String> =
                headers.iter().map(|(name, value)| format!("{}:{value}", name.to_lowercase())).collect();
            headers.sort();
            (headers, Bytes::new())
        }
        MessageEvent::Attachment(data) => (Vec::new(), data),
        _ => (Vec::new(), Bytes::new()),
    });
    events.collect()
}

/// A request that the stock consumer side refused at once: we refuse it with the same document.
#[test]
fn the_refused_request_is_refused_alike() {
    let mut count = 0;
    for capture in exchanges(".is-request.http") {
        if !capture.name.contains("25-soap") {
            continue;
        }
        let body = decode_soap(Some(capture.header("content-type")), &capture.body, &Limits::default());
        let error = body.unwrap_err();
        let answer = sibling(&capture, "is-request", "is-response").unwrap();
        let told = soap_fault::parse(&Bytes::from(answer.body.clone()), &Limits::default()).unwrap();
        let detail = told.detail.unwrap();
        let code = error.code(Sender::Client).to_string();
        assert_eq!(soap_fault::write(&code, &error.to_string(), &detail), answer.body);
        count += 1;
    }
    assert_eq!(count, 1);
}

/// Provider side, response, and consumer side: the hash is that of the request, put in again it makes the same bytes,
/// the response belongs to its request, and the information system gets the same bytes.
#[test]
fn responses_are_hashed_checked_and_answered_alike() {
    let mut count = 0;
    for capture in exchanges(".5500-response.http") {
        let request = sibling(&capture, "5500-response", "5500-request").unwrap();
        let answer = sibling(&capture, "5500-response", "is-response").unwrap();
        let (request, _) = on_the_wire(Direction::Request, &request).unwrap();
        let (response, attachments) = match on_the_wire(Direction::Response, &capture) {
            Ok(found) => found,
            Err(fault) => {
                assert_eq!(fault.xml, answer.body, "{}", capture.name);
                continue;
            }
        };
        assert_eq!(response.check_answers(request.header(), &request.hash()), Ok(()), "{}", capture.name);

        let document = String::from_utf8(response.part().bytes.to_vec()).unwrap();
        let hash =
            document.find("<xroad:requestHash").unwrap()..document.find("</xroad:requestHash>").unwrap();
        let bare =
            format!("{}{}", &document[..hash.start], &document[hash.end + "</xroad:requestHash>".len()..]);
        let content_type = Some(capture.header("x-original-content-type"));
        let events = decode_soap(content_type, bare.as_bytes(), &Limits::default()).unwrap();
        let Some(SoapEvent::Message(service)) = events.into_iter().next() else { panic!("{}", capture.name) };
        let made = service.with_request_hash(&request.hash(), &Limits::default()).unwrap();
        assert_eq!(made, response, "{}", capture.name);
        let again = made.with_request_hash(&request.hash(), &Limits::default()).unwrap();
        assert_eq!(again, response, "{}", capture.name);

        assert!(attachments.is_empty());
        let mut encoder = SoapEncoder::new(capture.header("x-original-content-type"), false).unwrap();
        assert_eq!(encoder.answer_content_type(), answer.header("content-type"));
        let mut bytes = encoder.soap(response.part()).to_vec();
        bytes.extend_from_slice(&encoder.finish());
        assert_eq!(bytes, answer.body, "{}", capture.name);
        count += 1;
    }
    assert_eq!(count, 6);
}

#[test]
fn list_methods_is_answered_alike() {
    let mut count = 0;
    for capture in exchanges("24-soap-listMethods.5500-request.http") {
        let (request, _) = on_the_wire(Direction::Request, &capture).unwrap();
        let answer = sibling(&capture, "5500-request", "5500-response").unwrap();
        let (answer, _) = on_the_wire(Direction::Response, &answer).unwrap();
        let provider = request.header().service.client().clone();
        let services =
            ["getRandom", "getFault"].map(|code| ServiceId::new(provider.clone(), code, Some("v1")).unwrap());
        let made = method_list(&request, &services, &Limits::default()).unwrap();
        let made = made.with_request_hash(&request.hash(), &Limits::default()).unwrap();
        assert_eq!(made, answer, "{}", capture.name);
        count += 1;
    }
    assert_eq!(count, 2);
}

/// The metadata services of REST: message and body.
#[test]
fn rest_lists_are_answered_alike() {
    let mut count = 0;
    for capture in captures("Methods.5500-request.http") {
        if capture.name.contains("-soap-") {
            continue;
        }
        let answer = sibling(&capture, "5500-request", "5500-response").unwrap();
        let events = |direction, capture: &Capture| {
            decode_all(direction, capture.header("content-type"), &capture.body, &Limits::default()).unwrap()
        };
        let mut request = None;
        for event in events(Direction::Request, &capture) {
            if let MessageEvent::RestMessage(bytes) = event {
                request = Some(RestRequest::decode(&bytes, &Limits::default()).unwrap());
            }
        }
        let request = request.unwrap();
        let service = request.target().unwrap().service;
        let context = ResponseContext {
            client: request.client().unwrap(),
            query_id: request.query_id().unwrap().to_owned(),
            service: service.clone(),
            request_id: capture.header("x-road-request-id").to_owned(),
            request_hash: request.hash(None),
        };
        let services = [RestServiceEntry {
            id: ServiceId::new(service.client().clone(), "svc", None).unwrap(),
            service_type: RestServiceType::Rest,
            endpoints: Vec::new(),
        }];
        for event in events(Direction::Response, &answer) {
            match event {
                MessageEvent::RestMessage(bytes) => {
                    let made = rest_answer(&request, &context, "application/json").unwrap();
                    assert_eq!(made, RestResponse::decode(&bytes, &Limits::default()).unwrap());
                    assert_eq!(made.encode(), bytes, "{}", capture.name);
                }
                MessageEvent::Body(bytes) => assert_eq!(rest_service_list(&services), bytes),
                _ => {}
            }
        }
        count += 1;
    }
    assert_eq!(count, 4);
}
