//! The REST part of messages (`protocol::rest`). Input: the part.
//!
//! Holds: what decodes encodes to a part that decodes to the same; encoding is stable; limits are kept; the request's
//! identifiers were all checked; the hash of a request does not depend on how it was written.

#![no_main]

use protocol::Limits;
use protocol::rest::{RestRequest, RestResponse, filter_request_headers, filter_response_headers};
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "rest_message",
    max_len: 8 * 1024,
    memory: 128 * 1024,
    memory_per_byte: 64,
    dictionary: Some("http.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        b"GET\r\n/r1/I/C/M/S/s\r\nX-Road-Client:I/C/M/S\r\nX-Road-Represented-Party:C/P\r\n".to_vec(),
        b"POST\n/r1/I/C/M/S/s/a%20b?x=y\nX-Road-Security-Server:I/C/M/SS\n".to_vec(),
    ];
    for message in vectors::captured(".5500-") {
        let limits = Limits::default();
        let events = protocol::proxy_message::decode_all(
            message.direction(),
            &message.content_type,
            &message.body,
            &limits,
        );
        for event in events.unwrap_or_default() {
            if let protocol::proxy_message::MessageEvent::RestMessage(part) = event {
                seeds.push(part.to_vec());
            }
        }
    }
    seeds
}

/// Low enough for inputs to reach them.
fn limits() -> Limits {
    Limits { rest_message: 6 * 1024, target: 1024, headers: 24, ..Limits::default() }
}

fn check(data: &[u8]) {
    let limits = limits();
    if let Ok(request) = RestRequest::decode(data, &limits) {
        assert!(data.len() <= limits.rest_message && request.target.len() <= limits.target);
        assert!(request.headers.len() <= limits.headers);
        let encoded = request.encode();
        let again = RestRequest::decode(&encoded, &Limits::default()).expect("what we encode ourselves");
        assert_eq!(again, request);
        assert_eq!(again.encode(), encoded);
        assert_eq!(again.hash(None), request.hash(None));
        request.target().expect("checked when it was decoded");
        request.security_server().expect("checked when it was decoded");
        request.represented_party().expect("checked when it was decoded");
        let _ = (request.client(), request.query_id(), request.request_id(), request.user_id());
        let filtered = filter_request_headers(request.headers.clone());
        assert_eq!(filter_request_headers(filtered.clone()), filtered);
    }
    if let Ok(response) = RestResponse::decode(data, &limits) {
        assert!(response.headers.len() <= limits.headers);
        let encoded = response.encode();
        let again = RestResponse::decode(&encoded, &Limits::default()).expect("what we encode ourselves");
        assert_eq!(again, response);
        assert_eq!(again.encode(), encoded);
        assert!(response.query_id().is_some() && response.request_hash().is_some());
        let filtered = filter_response_headers(response.headers);
        assert_eq!(filter_response_headers(filtered.clone()), filtered);
    }
}
