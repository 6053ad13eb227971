//! What persons say (`consent`): JSON and its canonical form, signed events, decision headers, headers of requests.
//! Input: JSON; or the value of a header.
//!
//! Holds: the canonical form means the same and is its own canonical form; an event that verifies keeps its hash; a
//! decision header has one spelling.

#![no_main]

use std::sync::LazyLock;

use consent::canonical::canonical_bytes;
use consent::decision::DecisionHeader;
use consent::device_key::DeviceKey;
use consent::event::{ConsentEvent, EVENT_VERSION, EventKind, SignedEvent};
use consent::flow::Flow;
use consent::headers::{ApplicationHeaders, SUBJECT, WireHeaders};
use consent::opaque::{ConsentId, Salt};
use consent::record::ConsentRecord;
use identifiers::{BaseId, PurposeId};
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "consent_event",
    max_len: 4 * 1024,
    memory: 128 * 1024,
    memory_per_byte: 128,
    dictionary: Some("consent.dict"),
    seeds,
    check,
});

static KEY: LazyLock<DeviceKey> = LazyLock::new(|| DeviceKey::generate().expect("a key").0);

fn seeds() -> Vec<Vec<u8>> {
    let flow = Flow {
        provider: "T/GOV/1/children".parse().expect("a subsystem"),
        service: "residents".to_owned(),
        consumer: "T/COM/2/coupons".parse().expect("a subsystem"),
        purpose: PurposeId::new("coupon").expect("a purpose"),
    };
    let mut seeds = Vec::new();
    for kind in [EventKind::Grant, EventKind::Refuse, EventKind::Withdraw] {
        let event = ConsentEvent {
            version: EVENT_VERSION,
            consent: ConsentId::from_bytes([1; 16]),
            index: 0,
            kind,
            subject: BaseId::from_bytes([2; 16]),
            flow: flow.clone(),
            valid_from: None,
            valid_until: (kind == EventKind::Grant).then_some(vectors::CAPTURED_AT),
            issued_at: vectors::CAPTURED_AT,
            previous: None,
            replaces: None,
            salt: Salt::from_bytes([3; 16]),
            key: KEY.id(),
        };
        seeds.push(serde_json::to_vec(&event).expect("JSON"));
        seeds.push(serde_json::to_vec(&event.sign(&KEY).expect("a signature")).expect("JSON"));
    }
    let hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let header = format!(
        "outcome=allow, basis=CONSENT_27_1, digest=:{hash}:, event=:{hash}:, epoch=1, sequence=2, lease-age=3, \
         time=\"2026-11-21T15:10:00.123Z\""
    );
    let small = [
        header.as_str(),
        "{\"\u{20ac}\":[1,null,true,-9007199254740991],\"\\u0007\":{}}",
        "0123456789abcdef",
    ];
    seeds.extend(small.map(|text| text.as_bytes().to_vec()));
    seeds
}

fn check(data: &[u8]) {
    let key = &*KEY;
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(data)
        && let Ok(canonical) = canonical_bytes(&value)
    {
        let again: serde_json::Value = serde_json::from_slice(&canonical).expect("canonical JSON is JSON");
        assert_eq!(again, value);
        assert_eq!(canonical_bytes(&again).as_ref(), Ok(&canonical));
    }
    if let Ok(event) = serde_json::from_slice::<ConsentEvent>(data) {
        sign_and_verify(event, key);
    }
    if let Ok(signed) = serde_json::from_slice::<SignedEvent>(data) {
        let text = serde_json::to_vec(&signed).expect("JSON");
        assert_eq!(serde_json::from_slice::<SignedEvent>(&text).ok().as_ref(), Some(&signed));
        if let Ok(verified) = signed.clone().verify(key.public()) {
            assert_eq!(verified.event(), &signed.event);
        }
        sign_and_verify(signed.event, key);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(header) = DecisionHeader::parse(text) {
            assert_eq!(header.encode(), text);
        }
        let headers = [(SUBJECT.to_owned(), text.to_owned())];
        let _ = (ApplicationHeaders::read(&headers), WireHeaders::read(&headers));
    }
}

/// As if our key had been named.
fn sign_and_verify(event: ConsentEvent, key: &DeviceKey) {
    let event = ConsentEvent { key: key.id(), ..event };
    let Ok(signed) = event.clone().sign(key) else { return };
    let verified = signed.clone().verify(key.public()).expect("what we sign ourselves");
    assert_eq!(verified.canonical(), event.canonical().expect("it was signed"));
    if let Ok(record) = ConsentRecord::open(&verified) {
        let _ = record.apply(&verified).expect_err("the same event is not its own successor");
    }
    let other = ConsentEvent { index: event.index ^ 1, ..event };
    let forged = SignedEvent { event: other, signature: signed.signature };
    forged.verify(key.public()).expect_err("another event was signed");
}
