//! What two stock X-Road 7.8.1 servers sent each other, RSA and P-256: everything decodes, encodes to the same bytes,
//! and agrees with itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

mod capture;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use capture::{Capture, captures};
use protocol::error_body::{ErrorAnswer, ErrorFormat};
use protocol::proxy_message::{
    Boundary, Direction, MessageDecoder, MessageEncoder, MessageEvent, decode_all,
};
use protocol::rest::{ResponseContext, RestRequest, RestResponse};
use protocol::{Limits, PartDigests, boundary_of, soap_fault};

fn all() -> Vec<(Direction, Capture)> {
    let requests = captures(".5500-request.http").into_iter().map(|capture| (Direction::Request, capture));
    let responses = captures(".5500-response.http").into_iter().map(|capture| (Direction::Response, capture));
    let all: Vec<_> = requests.chain(responses).collect();
    assert_eq!(all.len(), 72, "18 exchanges with either kind of key");
    all
}

fn decoder(direction: Direction, content_type: &str) -> MessageDecoder {
    match direction {
        Direction::Request => MessageDecoder::request(content_type, &Limits::default()),
        Direction::Response => MessageDecoder::response(content_type, &Limits::default()),
    }
    .unwrap()
}

fn events(direction: Direction, capture: &Capture) -> Vec<MessageEvent> {
    decode_all(direction, capture.header("content-type"), &capture.body, &Limits::default())
        .unwrap_or_else(|error| panic!("{}: {error}", capture.name))
}

/// The events with neighbouring pieces of content put together, so that runs with other chunks compare equal.
fn merged(events: Vec<MessageEvent>) -> Vec<MessageEvent> {
    let mut merged: Vec<MessageEvent> = Vec::new();
    for event in events {
        match (merged.last_mut(), &event) {
            (Some(MessageEvent::Body(before)), MessageEvent::Body(data))
            | (Some(MessageEvent::Attachment(before)), MessageEvent::Attachment(data)) => {
                *before = Bytes::from([&before[..], data].concat());
            }
            _ => merged.push(event),
        }
    }
    merged
}

#[test]
fn every_message_decodes_and_encodes_to_the_same_bytes() {
    let (mut plain, mut faults, mut signed, mut attachments) = (0, 0, 0, 0);
    for (direction, capture) in all() {
        let events = events(direction, &capture);
        assert_eq!(events.last(), Some(&MessageEvent::End), "{}", capture.name);
        if capture.header("content-type").starts_with("text/xml") {
            let MessageEvent::Fault(fault) = &events[0] else { panic!("{}", capture.name) };
            assert_eq!(fault.xml, capture.body, "{}", capture.name);
            plain += 1;
            continue;
        }
        let outer = boundary_of(capture.header("content-type")).unwrap();
        let boundary = Boundary::from_letters(outer.strip_prefix("xtop").unwrap()).unwrap();
        let mut encoder = match direction {
            Direction::Request => MessageEncoder::request(boundary),
            Direction::Response => MessageEncoder::response(boundary),
        };
        assert_eq!(encoder.content_type(), capture.header("content-type"));
        let mut encoded = Vec::new();
        for event in &events {
            encoded.extend_from_slice(&encoder.event(event));
            faults += usize::from(matches!(event, MessageEvent::Fault(_)));
            signed += usize::from(matches!(event, MessageEvent::Signature(_)));
            attachments += usize::from(matches!(event, MessageEvent::AttachmentStart(_)));
        }
        encoded.extend_from_slice(&encoder.finish());
        assert_eq!(encoded, capture.body, "{}", capture.name);
    }
    assert_eq!((plain, faults, attachments), (6, 2, 4));
    assert_eq!(signed, 72 - plain - faults);
}

#[test]
fn the_size_of_chunks_does_not_matter() {
    for (direction, capture) in all() {
        let expected = merged(events(direction, &capture));
        for size in [1, 2, 3, 7, 16 * 1024] {
            let mut decoder = decoder(direction, capture.header("content-type"));
            let mut found = Vec::new();
            for chunk in capture.body.chunks(size) {
                decoder.push(Bytes::copy_from_slice(chunk));
                while let Some(event) = decoder.next_event().unwrap() {
                    found.push(event);
                }
            }
            assert_ne!(found.last(), Some(&MessageEvent::End), "the end must be said");
            decoder.finish();
            while let Some(event) = decoder.next_event().unwrap() {
                found.push(event);
            }
            assert!(decoder.is_ended());
            assert_eq!(merged(found), expected, "{} in chunks of {size}", capture.name);
        }
    }
}

#[test]
fn a_message_cut_short_is_refused() {
    for (direction, capture) in all() {
        let content_type = capture.header("content-type");
        let close = capture.body.len().saturating_sub(200);
        // The line break after the closing delimiter may be missing; anything else may not.
        let complete = capture.body.len() - if content_type.starts_with("text/xml") { 1 } else { 2 };
        for length in (close..complete).chain((0..close).step_by(997)) {
            let result = decode_all(direction, content_type, &capture.body[..length], &Limits::default());
            assert!(result.is_err(), "{} cut to {length}", capture.name);
        }
    }
}

#[test]
fn rest_messages_encode_to_the_same_bytes() {
    let mut count = 0;
    for (direction, capture) in all() {
        for event in events(direction, &capture) {
            let MessageEvent::RestMessage(message) = event else { continue };
            let encoded = match direction {
                Direction::Request => RestRequest::decode(&message, &Limits::default()).unwrap().encode(),
                Direction::Response => RestResponse::decode(&message, &Limits::default()).unwrap().encode(),
            };
            assert_eq!(encoded, message, "{}", capture.name);
            count += 1;
        }
    }
    assert_eq!(count, 2 * (13 + 11));
}

#[test]
fn rest_responses_answer_their_requests() {
    let pairs = captures(".5500-request.http").into_iter().zip(captures(".5500-response.http"));
    let mut answered = 0;
    for (request, response) in pairs {
        let (mut digests, mut message) = (PartDigests::new(), None);
        for event in events(Direction::Request, &request) {
            digests.observe(&event);
            if let MessageEvent::RestMessage(bytes) = event {
                message = Some(RestRequest::decode(&bytes, &Limits::default()).unwrap());
            }
        }
        let answer = events(Direction::Response, &response).into_iter().find_map(|event| match event {
            MessageEvent::RestMessage(bytes) => {
                Some(RestResponse::decode(&bytes, &Limits::default()).unwrap())
            }
            _ => None,
        });
        let (Some(message), Some(answer)) = (message, answer) else { continue };
        assert_eq!(message.request_id(), Some(request.header("x-road-request-id")));
        let context = ResponseContext {
            client: message.client().unwrap(),
            query_id: message.query_id().unwrap().to_owned(),
            service: message.target().unwrap().service,
            request_id: message.request_id().unwrap().to_owned(),
            request_hash: message.hash(digests.digests().get(1).map(|body| &body.sha512)),
        };
        assert_eq!(answer.check_answers(&context), Ok(()), "{}", response.name);
        answered += 1;
        if response.name.contains("metaservice") {
            // There the content type stands behind the X-Road headers.
            continue;
        }
        // Made anew from what the service sent, the message is the same.
        let service_headers = answer.headers[..answer.headers.len() - 5].to_vec();
        let made =
            RestResponse::from_service(answer.status, &answer.reason, service_headers, &context).unwrap();
        assert_eq!(made.encode(), answer.encode(), "{}", response.name);
    }
    assert_eq!(answered, 2 * 11);
}

#[test]
fn digests_are_those_that_were_signed() {
    let mut parts = 0;
    for (direction, capture) in all() {
        let (mut digests, mut documents) = (PartDigests::new(), String::new());
        for event in events(direction, &capture) {
            digests.observe(&event);
            match event {
                MessageEvent::HashChain(document) | MessageEvent::Signature(document) => {
                    documents.push_str(std::str::from_utf8(&document).unwrap());
                }
                _ => {}
            }
        }
        let documents = documents.replace("&#13;", "").replace(['\r', '\n'], "");
        if documents.is_empty() {
            continue;
        }
        for part in digests.finish() {
            assert!(documents.contains(&format!("URI=\"{}\"", part.name)), "{} {}", capture.name, part.name);
            assert!(documents.contains(&STANDARD.encode(part.sha512)), "{} {}", capture.name, part.name);
            parts += 1;
        }
    }
    assert!(parts > 72, "{parts}");
}

#[test]
fn faults_are_written_as_received() {
    let mut count = 0;
    for capture in captures(".5500-response.http") {
        if !capture.header("content-type").starts_with("text/xml") {
            continue;
        }
        let fault = soap_fault::parse(&Bytes::from(capture.body.clone()), &Limits::default()).unwrap();
        let (text, detail) = (fault.text.as_deref().unwrap(), fault.detail.as_deref().unwrap());
        assert_eq!(soap_fault::write(&fault.code, text, detail), capture.body, "{}", capture.name);
        assert_eq!(fault.actor.as_deref(), Some(""));
        count += 1;
        let information_system = capture.name.replace("5500-response", "is-response");
        if let Ok(path) = std::fs::canonicalize(&information_system) {
            let seen = Capture::read(&path);
            if seen.name.contains("-soap-") {
                assert_eq!(fault.xml, seen.body, "{}", seen.name);
                continue;
            }
            let answer = ErrorAnswer::of_received(&fault, ErrorFormat::negotiate([]));
            assert_eq!(answer.status, 500);
            assert_eq!(answer.error_header, seen.header("x-road-error"));
            assert_eq!(answer.content_type, seen.header("content-type"));
            assert_eq!(answer.body, seen.body, "{}", seen.name);
        }
    }
    assert_eq!(count, 6);
}
