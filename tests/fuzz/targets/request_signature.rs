//! Signatures of citizens' requests (`registry_api::request_signature`) and the bodies of their requests. Input:
//! method, target, the three headers and the body, with NUL between them.
//!
//! Holds: a signature that verifies does not for another method, target, body or time; the headers have one spelling.

#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use consent::device_key::DeviceKey;
use consent::opaque::Nonce;
use registry_api::request_signature::{MAX_SKEW, SignatureHeaders, Signed, present, sign};
use sekisho_fuzz::input::{joined, sections};
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "request_signature",
    max_len: 4 * 1024,
    memory: 64 * 1024,
    memory_per_byte: 64,
    dictionary: Some("consent.dict"),
    seeds,
    check,
});

/// A key of this target only, the same in every run, so that signatures in a corpus stay good.
const PKCS8: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqAChFOKfqD3ObD0gkiCWA1tAnD6kHmbOlrtLmtdkJvuh\
    RANCAARj0gB0Gj8f5T5DaO9otOn+MzWOX7JfS7a6cA3u/agBwssJKdsJCOg2Oq/DkSZFILXdviHIeyEJ9URWSegrSm+d";

static KEY: LazyLock<DeviceKey> = LazyLock::new(|| {
    let document = STANDARD.decode(PKCS8).expect("base64");
    DeviceKey::from_pkcs8(&document).expect("a key")
});

fn seeds() -> Vec<Vec<u8>> {
    let requests = [
        Signed { method: "GET", target: "/v1/me/consents?after=3", body: b"" },
        Signed { method: "POST", target: "/v1/me/links", body: b"{\"subsystem\":\"T/COM/2/coupons\"}" },
    ];
    let signed = requests.map(|request| {
        let headers =
            sign(&KEY, &request, vectors::CAPTURED_AT, &Nonce::from_bytes([9; 16])).expect("a signature");
        let SignatureHeaders { content_digest, signature_input, signature } = headers;
        let headers = [content_digest, signature_input, signature];
        let [digest, input, signature] = headers.each_ref().map(String::as_bytes);
        joined(&[
            request.method.as_bytes(),
            request.target.as_bytes(),
            digest,
            input,
            signature,
            request.body,
        ])
    });
    signed.to_vec()
}

fn check(data: &[u8]) {
    let key = &*KEY;
    let [method, target, digest, input, signature, body] = sections(data);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (method, target) = (text(method), text(target));
    let headers = SignatureHeaders {
        content_digest: text(digest),
        signature_input: text(input),
        signature: text(signature),
    };
    let request = Signed { method: &method, target: &target, body };
    let now = vectors::CAPTURED_AT;
    let Ok(presented) = present(&request, &headers) else { return };
    let Ok(verified) = presented.verify(key.public(), now) else { return };
    assert_eq!(*verified.key(), key.id());
    assert!(verified.replay_until() > now);
    presented.verify(key.public(), now + MAX_SKEW * 3).expect_err("too late");
    let longer = [body, b" "].concat();
    present(&Signed { body: &longer, ..request }, &headers).expect_err("another body");
    for (method, target) in [("DELETE", target.as_str()), (method.as_str(), "/v1/me")] {
        if (method, target) != (request.method, request.target) {
            let other = present(&Signed { method, target, body }, &headers).expect("the body is the same");
            other.verify(key.public(), now).expect_err("another request");
        }
    }
}
