//! The HTTP message and the parts of the multipart.

use super::super::captured::{OCSP, REQUEST, RESPONSE};
use super::super::place::ocsp_response;
use super::{BODY, CHAIN, RESULT, Role, Row, SIGNATURE, find};

pub(super) const HTTP: &[Row] = &[
    ("another method", "invalid_http_method", "instead of PUT", |s| {
        "PUT / HTTP/1.1".clone_into(&mut s.http.start);
    }),
    ("message type missing", "missing_soap", "does not have SOAP", |s| {
        s.set_header("x-road-message-type", None);
    }),
    ("hash algorithm missing", "internal_error", "hash algorithm", |s| {
        s.set_header("x-hash-algorithm", None);
    }),
    ("another hash algorithm", "internal_error", "SHA-256", |s| {
        s.set_header("x-hash-algorithm", Some("SHA-256"));
    }),
    ("another content type", "service_failed.invalid_content_type", "text/plain", |s| {
        s.set_header("Content-Type", Some("text/plain"));
    }),
    ("content type missing", "service_failed.invalid_content_type", "content type is empty", |s| {
        s.set_header("Content-Type", None);
    }),
    ("boundary missing", "service_failed.invalid_content_type", "boundary", |s| {
        s.set_header("Content-Type", Some("multipart/mixed; charset=UTF-8"));
    }),
    ("bit of the boundary", "missing_rest", "without any part", |s| {
        let mut boundary = s.message.boundary.clone().into_bytes();
        boundary[20] ^= 1;
        let boundary = String::from_utf8(boundary).expect("ASCII");
        s.set_header("Content-Type", Some(&format!("multipart/mixed; charset=UTF-8; boundary={boundary}")));
    }),
    ("bit of a delimiter in the middle", "service_failed.invalid_content_type", "x-road-rest-body", |s| {
        s.body = |mut bytes| {
            let second = find(&bytes[10..], b"\r\n--xtop").expect("a delimiter");
            bytes[second + 10 + 8] ^= 1;
            bytes
        };
    }),
    ("bit of a chunk's size", "service_failed.io_error", "not hexadecimal", |s| {
        s.wire = |mut bytes| {
            let head = find(&bytes, b"\r\n\r\n").expect("a head");
            bytes[head + 4] ^= 0x40;
            bytes
        };
    }),
    ("cut in the middle", "service_failed.io_error", "closing delimiter", |s| {
        s.body = |mut bytes| {
            bytes.truncate(bytes.len() / 2);
            bytes
        };
    }),
    ("closing delimiter missing", "service_failed.io_error", "closing delimiter", |s| {
        s.body = |mut bytes| {
            bytes.truncate(bytes.len() - 8);
            bytes
        };
    }),
    (
        "text after the closing delimiter",
        "service_failed.invalid_message",
        "after the closing delimiter",
        |s| {
            s.body = |bytes| [&bytes[..], b"more"].concat();
        },
    ),
    (
        "text before the first delimiter",
        "service_failed.mime_parsing_failed",
        "before the first delimiter",
        |s| {
            s.body = |bytes| [b"more\r\n", &bytes[..]].concat();
        },
    ),
    ("nothing", "missing_rest", "without any part", |s| s.body = |_| Vec::new()),
    (
        "sent by another server",
        "service_failed.ssl_authentication_failed",
        "no OCSP response for certificate",
        |s| s.sender = Role::Ss2,
    ),
    (
        "sent by another server with its own status",
        "service_failed.ssl_authentication_failed",
        "not registered",
        |s| {
            s.sender = Role::Ss2;
            *s.part(OCSP) = ocsp_response("rsa", Role::Ss2, "auth");
        },
    ),
];

pub(super) const PARTS: &[Row] = &[
    ("status missing", "service_failed.ssl_authentication_failed", "OCSP response is missing", |s| {
        s.remove(OCSP)
    }),
    (
        "bit of the status",
        "service_failed.ssl_authentication_failed",
        "signature of the OCSP response is wrong",
        |s| s.flip(OCSP, 300),
    ),
    (
        "status of another certificate",
        "service_failed.ssl_authentication_failed",
        "no OCSP response for certificate",
        |s| {
            *s.part(OCSP) = ocsp_response("rsa", Role::Ss1, "sign");
        },
    ),
    (
        "status cut short",
        "service_failed.ssl_authentication_failed",
        "no OCSP response for certificate",
        |s| s.part(OCSP).truncate(500),
    ),
    ("status after the message", "service_failed.invalid_content_type", OCSP, |s| s.message.parts.swap(0, 1)),
    ("message missing", "service_failed.invalid_content_type", BODY, |s| s.remove(REQUEST)),
    ("message twice", "service_failed.invalid_content_type", REQUEST, |s| {
        let message = s.part(REQUEST).clone();
        s.insert(REQUEST, REQUEST, &message);
    }),
    ("response in the place of the message", "service_failed.invalid_content_type", RESPONSE, |s| {
        let at = s.at(REQUEST);
        RESPONSE.clone_into(&mut s.message.parts[at].content_type);
    }),
    ("body twice", "service_failed.invalid_content_type", BODY, |s| {
        let body = s.part(BODY).clone();
        s.insert(BODY, BODY, &body);
    }),
    ("body before the message", "service_failed.invalid_content_type", BODY, |s| {
        let at = s.at(REQUEST);
        s.message.parts.swap(at, at + 1);
    }),
    ("hash chain before its result", "service_failed.invalid_content_type", RESULT, |s| {
        let at = s.at(RESULT);
        s.message.parts.swap(at, at + 1);
    }),
    ("part of an unknown type", "service_failed.invalid_content_type", "application/json", |s| {
        s.insert(RESULT, "application/json", b"{}");
    }),
    ("part without a type", "service_failed.invalid_content_type", "without valid content type", |s| {
        s.insert(RESULT, "", b"{}");
    }),
    ("signature missing", "missing_signature", "does not have signature", |s| s.remove(SIGNATURE)),
    ("signature twice", "service_failed.invalid_message", "after signature", |s| {
        let signature = s.part(SIGNATURE).clone();
        s.insert(SIGNATURE, SIGNATURE, &signature);
    }),
    ("part after the signature", "service_failed.invalid_message", CHAIN, |s| {
        let at = s.at(CHAIN);
        s.message.parts.swap(at, at + 1);
    }),
];
