//! SOAP messages of information systems (`protocol::soap`). Input: the content type, a line feed, the body.
//!
//! Holds: pieces give the same as the whole; a message that gets a request hash is read again with the same header and
//! belongs to its request; the encoded form decodes to the same message; metadata requests are read or refused.

#![no_main]

use bytes::Bytes;
use protocol::Limits;
use protocol::soap::{
    MetadataService, SoapDecoder, SoapEncoder, SoapError, SoapEvent, SoapMessage, WsdlRequest,
    check_soap_action, method_list, refused_fault,
};
use sekisho_fuzz::input::{first_boundary, line_and_rest, with_line};
use sekisho_fuzz::pieces::Pieces;
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "soap",
    max_len: 16 * 1024,
    memory: 512 * 1024,
    memory_per_byte: 128,
    dictionary: Some("xml.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for message in vectors::captured("-soap-") {
        if message.path.contains(".is-") {
            seeds.push(with_line(&message.content_type, &message.body));
        }
    }
    for body in vectors::files("x-road-7.8/soap-queries", "") {
        let content_type = match first_boundary(&body) {
            Some(boundary) => format!("multipart/related; boundary=\"{boundary}\""),
            None => "text/xml; charset=UTF-8".to_owned(),
        };
        seeds.push(with_line(&content_type, &body));
    }
    seeds
}

/// Low enough for inputs to reach them.
fn limits() -> Limits {
    Limits {
        soap_message: 12 * 1024,
        fault: 4 * 1024,
        attachments: 5,
        multipart_depth: 3,
        xml_depth: 24,
        xml_attributes: 16,
        xml_name: 128,
        xml_namespaces: 24,
        soap_header_field: 512,
        ..Limits::default()
    }
}

fn check(data: &[u8]) {
    let (content_type, body) = line_and_rest(data);
    let _ = check_soap_action(Some(&content_type));
    let at_once = decode(&content_type, std::iter::once(Bytes::copy_from_slice(body)));
    let in_pieces = decode(&content_type, Pieces::of(body));
    assert_eq!(at_once, in_pieces);
    let Ok(events) = at_once else { return };
    for event in &events {
        match event {
            SoapEvent::Message(message) => check_message(message),
            SoapEvent::Fault(fault) => assert!(refused_fault(fault).code.starts_with("client.")),
            _ => {}
        }
    }
    encode_and_decode(&content_type, &events);
}

fn decode(content_type: &str, pieces: impl Iterator<Item = Bytes>) -> Result<Vec<SoapEvent>, SoapError> {
    let mut decoder = SoapDecoder::new(Some(content_type), &limits())?;
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

fn add(events: &mut Vec<SoapEvent>, event: SoapEvent) {
    match (events.last_mut(), &event) {
        (Some(SoapEvent::Attachment(before)), SoapEvent::Attachment(piece)) => {
            *before = Bytes::from([&before[..], piece].concat());
        }
        _ => events.push(event),
    }
}

fn check_message(message: &SoapMessage) {
    let hash = message.hash();
    // Behind us, limits for a message that we made larger are those of everybody.
    if let Ok(answer) = message.clone().with_request_hash(&hash, &Limits::default()) {
        assert_eq!(answer.check_answers(message.header(), &hash), Ok(()));
        assert_eq!(answer.body_name(), message.body_name());
        let again = answer.clone().with_request_hash(&hash, &Limits::default()).expect("it took one before");
        assert_eq!(again.check_answers(message.header(), &hash), Ok(()));
        assert_eq!(again.header(), answer.header());
    }
    let service = message.header().service.clone();
    if MetadataService::of(&service).is_some() {
        let _ = method_list(message, std::slice::from_ref(&service), &Limits::default());
    }
    let _ = WsdlRequest::read(message, &limits());
}

/// Faults go on as they came, so only messages are encoded.
fn encode_and_decode(content_type: &str, events: &[SoapEvent]) {
    let Some(SoapEvent::Message(message)) = events.first() else { return };
    let attachments = events.iter().any(|event| matches!(event, SoapEvent::AttachmentStart(_)));
    let Ok(mut encoder) = SoapEncoder::new(content_type, attachments) else { return };
    let sent_type = encoder.content_type().to_owned();
    let mut bytes = encoder.soap(message.part()).to_vec();
    for event in events {
        match event {
            SoapEvent::AttachmentStart(headers) => {
                bytes.extend_from_slice(&encoder.attachment_start(headers))
            }
            SoapEvent::Attachment(piece) => bytes.extend_from_slice(piece),
            _ => {}
        }
    }
    bytes.extend_from_slice(&encoder.finish());
    let again = decode(&sent_type, std::iter::once(Bytes::from(bytes)));
    // A lone document goes out as UTF-8 whatever it is, as X-Road does it; so it may not be readable.
    let again = match again {
        Ok(again) => again,
        Err(_) if sent_type != content_type => return,
        Err(error) => panic!("what we encode ourselves: {error}"),
    };
    let Some(SoapEvent::Message(first)) = again.first() else { panic!("the message comes first") };
    assert_eq!(first.header(), message.header());
    assert_eq!(contents(&again), contents(events));
}

/// The contents of the attachments.
fn contents<'e>(events: &'e [SoapEvent]) -> Vec<&'e Bytes> {
    let content = |event: &'e SoapEvent| match event {
        SoapEvent::Attachment(content) => Some(content),
        _ => None,
    };
    events.iter().filter_map(content).collect()
}
