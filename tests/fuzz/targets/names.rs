//! Request targets, identifiers and query parameters (`identifiers`, `protocol::rest`, `protocol::metadata`). Input:
//! the text, which is tried as each of them.
//!
//! Holds: a name that is read is written to one that is read as the same; no name of two kinds is taken for both with
//! another meaning; service path and query of a target are parts of it.

#![no_main]

use identifiers::path::{decode_segment, encode_segment};
use identifiers::{
    BaseId, ClientId, ExchangeHandle, GroupId, LinkHandle, LocalGroupId, MemberId, PurposeId, ServerId,
    ServiceId,
};
use protocol::metadata::{accepts_json, query_parameter};
use protocol::rest::{check_uri, parse_target};
use sekisho_fuzz::{Target, fuzz};

fuzz!(Target {
    name: "names",
    max_len: 2 * 1024,
    memory: 64 * 1024,
    memory_per_byte: 64,
    dictionary: Some("http.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "/r1/DEV/GOV/1111/sub/service/a%2Fb?x=1&y=%20",
        "/r1/I/C/M/S/s//..;p=1/%2e%2e",
        "DEV/GOV/1111",
        "DEV/GOV/1111/sub",
        "DEV/GOV/1111/sub/service/v1",
        "I/C/%E5%B8%82/%2F",
        "00112233445566778899aabbccddeeff",
        "serviceCode=a+b%20c&version=v1",
        "text/html, application/json;q=0.5",
        "http://user@host/r1/x#fragment",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Reads, writes and reads again.
macro_rules! round_trip {
    ($type:ty, $text:expr) => {
        if let Ok(name) = <$type>::from_path($text) {
            let written = name.to_path();
            assert!(written.is_ascii() && !written.contains([' ', '\r', '\n']));
            assert_eq!(<$type>::from_path(&written).as_ref(), Ok(&name));
            assert!(!name.to_string().is_empty());
            let json = serde_json::to_string(&name).expect("a text");
            assert_eq!(serde_json::from_str::<$type>(&json).ok(), Some(name));
        }
    };
}

macro_rules! one_spelling {
    ($type:ty, $text:expr) => {
        if let Ok(name) = $text.parse::<$type>() {
            assert_eq!(name.to_string().parse::<$type>().ok(), Some(name));
        }
    };
}

fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    round_trip!(MemberId, text);
    round_trip!(ClientId, text);
    round_trip!(ServiceId, text);
    round_trip!(ServerId, text);
    round_trip!(GroupId, text);
    round_trip!(LocalGroupId, text);
    one_spelling!(BaseId, text);
    one_spelling!(LinkHandle, text);
    one_spelling!(ExchangeHandle, text);
    if let Ok(purpose) = PurposeId::new(text) {
        assert_eq!(purpose.as_str(), text);
    }
    let encoded = encode_segment(text);
    assert_eq!(decode_segment(&encoded).as_deref(), Ok(text));
    if let Ok(decoded) = decode_segment(text) {
        assert_eq!(decode_segment(&encode_segment(&decoded)).as_deref(), Ok(&*decoded));
    }
    target(text);
    let _ = accepts_json([text]);
    for name in ["serviceCode", "version", "xRoadInstance"] {
        let _ = (query_parameter(text, name, true), query_parameter(text, name, false));
    }
}

fn target(text: &str) {
    let good = check_uri(text).is_ok();
    assert!(!good || (text.is_ascii() && text.starts_with('/') && !text.contains(['#', '\\', ' '])));
    if let Ok(target) = parse_target(text) {
        let query = target.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let tail = format!("{}{query}", target.service_path);
        assert!(text.starts_with("/r1/") && text.ends_with(&tail));
        let rebuilt = format!("/r1/{}{tail}", target.service.to_path());
        assert_eq!(parse_target(&rebuilt).as_ref(), Ok(&target));
    }
}
