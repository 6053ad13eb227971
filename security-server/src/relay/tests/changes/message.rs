//! What the message says. Its sender is looked at first, then the signature, and only then what it asks for.

use super::super::captured::REQUEST;
use super::{BODY, Row};

const HASH_CHAIN: &str = "signature_verification.malformed_signature.invalid_hash_chain";
const RESULT_DIGEST: &str = "hash chain does not lead to the result digest";

pub(super) const CHANGES: &[Row] = &[
    ("bit of the message", HASH_CHAIN, RESULT_DIGEST, |s| {
        let last = s.part(REQUEST).len() - 3;
        s.flip(REQUEST, last);
    }),
    ("bit of the body", HASH_CHAIN, RESULT_DIGEST, |s| s.flip(BODY, 40)),
    ("last byte of the body missing", HASH_CHAIN, RESULT_DIGEST, |s| {
        s.part(BODY).pop();
    }),
    ("another verb", HASH_CHAIN, RESULT_DIGEST, |s| s.replace(REQUEST, "POST\r\n", "PUT\r\n")),
    ("another path", HASH_CHAIN, RESULT_DIGEST, |s| s.replace(REQUEST, "/svc/hello", "/svc/other")),
    ("a service that does not exist", HASH_CHAIN, RESULT_DIGEST, |s| {
        s.replace(REQUEST, "/svc/hello", "/nosvc/x")
    }),
    ("another subsystem of the sender", HASH_CHAIN, RESULT_DIGEST, |s| {
        s.replace(REQUEST, "1111/SUB1", "1111/NORIGHTS")
    }),
    ("one more header", HASH_CHAIN, RESULT_DIGEST, |s| {
        s.replace(REQUEST, "X-Road-Client", "X-A:b\r\nX-Road-Client")
    }),
    ("another request id", HASH_CHAIN, RESULT_DIGEST, |s| {
        s.replace(REQUEST, "x-road-request-id:0", "x-road-request-id:1")
    }),
    ("another member as sender", "service_failed.ssl_authentication_failed", "not registered at", |s| {
        s.replace(REQUEST, "X-Road-Client:INST/GOV/1111/SUB1", "X-Road-Client:INST/GOV/2222/SUB2");
    }),
    ("an unknown member as sender", "service_failed.ssl_authentication_failed", "not registered at", |s| {
        s.replace(REQUEST, "X-Road-Client:INST/GOV/1111", "X-Road-Client:INST/GOV/9999");
    }),
    ("a provider that is elsewhere", "service_failed.unknown_member", "not found", |s| {
        s.replace(REQUEST, "/r1/INST/GOV/2222/SUB2", "/r1/INST/GOV/1111/SUB1");
    }),
    ("sender missing", "service_failed.internal_error", "X-Road-Client is missing", |s| {
        s.replace(REQUEST, "X-Road-Client:INST/GOV/1111/SUB1\r\n", "");
    }),
    ("sender malformed", "service_failed.internal_error", "has 2 path segments", |s| {
        s.replace(REQUEST, "X-Road-Client:INST/GOV/1111/SUB1", "X-Road-Client:INST/GOV");
    }),
    ("unknown verb", "service_failed.internal_error", "unknown HTTP method", |s| {
        s.replace(REQUEST, "POST\r\n", "BREW\r\n")
    }),
    ("target malformed", "service_failed.internal_error", "does not name a service", |s| {
        s.replace(REQUEST, "/SUB2/svc/hello", "")
    }),
    ("query id missing", HASH_CHAIN, RESULT_DIGEST, |s| s.replace(REQUEST, "x-road-id:", "x-road-ix:")),
    ("message cut short", "service_failed.internal_error", "does not name a service", |s| {
        s.part(REQUEST).truncate(20)
    }),
    ("a header that is none", "service_failed.internal_error", "malformed header", |s| {
        s.replace(REQUEST, "X-Road-Client:", "X-Road-Client ")
    }),
];
