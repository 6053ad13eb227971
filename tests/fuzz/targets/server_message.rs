//! Messages between security servers (`protocol::proxy_message`). Input: the content type, a line feed, the message.
//!
//! Holds in both directions: pieces give the same as the whole; a decoded message encodes to one that decodes the same;
//! parts that are held in memory are within their limits.

#![no_main]

use bytes::Bytes;
use protocol::Limits;
use protocol::proxy_message::{
    Boundary, Direction, MessageDecoder, MessageEncoder, MessageError, MessageEvent,
};
use sekisho_fuzz::input::{first_boundary, line_and_rest, with_line};
use sekisho_fuzz::pieces::Pieces;
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "server_message",
    max_len: 24 * 1024,
    memory: 256 * 1024,
    memory_per_byte: 64,
    dictionary: Some("mime.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let messages = vectors::captured(".5500-");
    let mut seeds: Vec<_> =
        messages.iter().map(|message| with_line(&message.content_type, &message.body)).collect();
    for path in vectors::paths("x-road-7.8/proxy-messages") {
        let message = vectors::file(&path);
        let boundary = first_boundary(&message).unwrap_or_default();
        seeds.push(with_line(&format!("multipart/mixed; boundary={boundary}"), &message));
    }
    seeds
}

/// Low enough for inputs to reach them.
fn limits() -> Limits {
    Limits {
        parts: 10,
        attachments: 4,
        ocsp_response: 4 * 1024,
        rest_message: 2 * 1024,
        soap_message: 8 * 1024,
        fault: 2 * 1024,
        hash_chain_result: 2 * 1024,
        hash_chain: 4 * 1024,
        signature: 12 * 1024,
        ..Limits::default()
    }
}

fn check(data: &[u8]) {
    let (content_type, message) = line_and_rest(data);
    for direction in [Direction::Request, Direction::Response] {
        let at_once = decode(direction, &content_type, std::iter::once(Bytes::copy_from_slice(message)));
        let in_pieces = decode(direction, &content_type, Pieces::of(message));
        assert_eq!(at_once, in_pieces);
        if let Ok(events) = at_once {
            check_limits(&events, &limits());
            encode_and_decode(direction, &events);
        }
    }
}

/// The events of a message, neighbouring pieces of bodies joined.
fn decode(
    direction: Direction,
    content_type: &str,
    pieces: impl Iterator<Item = Bytes>,
) -> Result<Vec<MessageEvent>, MessageError> {
    let mut decoder = match direction {
        Direction::Request => MessageDecoder::request(content_type, &limits())?,
        Direction::Response => MessageDecoder::response(content_type, &limits())?,
    };
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(event) = decoder.next_event()? {
            add(&mut events, event);
        }
    }
    decoder.finish();
    while let Some(event) = decoder.next_event()? {
        add(&mut events, event);
    }
    assert!(decoder.is_ended());
    Ok(events)
}

fn add(events: &mut Vec<MessageEvent>, event: MessageEvent) {
    match (events.last_mut(), &event) {
        (Some(MessageEvent::Body(before)), MessageEvent::Body(piece))
        | (Some(MessageEvent::Attachment(before)), MessageEvent::Attachment(piece)) => {
            *before = Bytes::from([&before[..], piece].concat());
        }
        _ => events.push(event),
    }
}

fn check_limits(events: &[MessageEvent], limits: &Limits) {
    for event in events {
        let (length, limit) = match event {
            MessageEvent::Ocsp(bytes) => (bytes.len(), limits.ocsp_response),
            MessageEvent::RestMessage(bytes) => (bytes.len(), limits.rest_message),
            MessageEvent::Soap(part) => (part.bytes.len(), limits.soap_message),
            MessageEvent::HashChainResult(bytes) => (bytes.len(), limits.hash_chain_result),
            MessageEvent::HashChain(bytes) => (bytes.len(), limits.hash_chain),
            MessageEvent::Signature(bytes) => (bytes.len(), limits.signature),
            _ => continue,
        };
        assert!(length <= limit, "{length} bytes, {limit} allowed");
    }
    assert_eq!(events.last(), Some(&MessageEvent::End));
}

fn encode_and_decode(direction: Direction, events: &[MessageEvent]) {
    let boundary = Boundary::from_letters("FuzzFuzzFuzz").expect("letters");
    let mut encoder = match direction {
        Direction::Request => MessageEncoder::request(boundary),
        Direction::Response => MessageEncoder::response(boundary),
    };
    let content_type = encoder.content_type();
    let mut bytes = Vec::new();
    for event in events {
        bytes.extend_from_slice(&encoder.event(event));
    }
    bytes.extend_from_slice(&encoder.finish());
    // A real boundary is random; no content contains it.
    if events.iter().any(contains_boundary) {
        return;
    }
    let again = decode(direction, &content_type, std::iter::once(Bytes::from(bytes)));
    let again = again.expect("what we encode ourselves");
    assert_eq!(again.len(), events.len());
    for (event, again) in events.iter().zip(&again) {
        match (event, again) {
            // The encoder writes one content type, first.
            (MessageEvent::AttachmentStart(before), MessageEvent::AttachmentStart(after)) => {
                assert_eq!(before.content_type(), after.content_type());
                assert_eq!(before.clone().without_content_type(), after.clone().without_content_type());
            }
            _ => assert_eq!(event, again),
        }
    }
}

fn contains_boundary(event: &MessageEvent) -> bool {
    let text = format!("{event:?}");
    text.contains("FuzzFuzz")
}
