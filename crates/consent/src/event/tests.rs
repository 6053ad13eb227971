use super::*;
use crate::fixtures::{START, event, flow};
use crate::flow::FlowError;
use crate::opaque::ConsentId;

#[test]
fn a_signed_event_verifies_and_has_the_hash_of_its_canonical_bytes() {
    let (key, _) = DeviceKey::generate().unwrap();
    let signed = event(&key, EventKind::Grant, 0).sign(&key).unwrap();
    let verified = signed.clone().verify(key.public()).unwrap();
    assert_eq!(verified.hash(), EventHash::from_bytes(sha256(verified.canonical())));
    let json = serde_json::to_string(&signed).unwrap();
    assert_eq!(serde_json::from_str::<SignedEvent>(&json).unwrap(), signed);
}

#[test]
fn the_canonical_form_is_this_one() {
    let (key, _) = DeviceKey::generate().unwrap();
    let text = String::from_utf8(event(&key, EventKind::Grant, 0).canonical().unwrap()).unwrap();
    let expected = format!(
        concat!(
            r#"{{"consent":"{}","flow":{{"consumer":"T/COM/2/coupons","provider":"T/GOV/1/children","#,
            r#""purpose":"coupon","service":"residents"}},"index":0,"issuedAt":"2026-11-21T15:10:00.000Z","#,
            r#""key":"{}","kind":"grant","salt":"{}","subject":"{}","validFrom":"2026-11-21T15:10:00.000Z","#,
            r#""version":1}}"#
        ),
        "01".repeat(16),
        key.id(),
        "03".repeat(16),
        "02".repeat(16)
    );
    assert_eq!(text, expected);
}

/// Whatever field is changed after signing, the signature no longer counts.
#[test]
fn no_field_can_be_changed() {
    let (key, _) = DeviceKey::generate().unwrap();
    let signed = event(&key, EventKind::Grant, 0).sign(&key).unwrap();
    type Change = fn(&mut ConsentEvent);
    let changes: [(&str, Change); 10] = [
        ("consent", |event| event.consent = ConsentId::from_bytes([9; 16])),
        ("index", |event| event.index = 1),
        ("subject", |event| event.subject = BaseId::from_bytes([9; 16])),
        ("purpose", |event| event.flow = flow("marketing")),
        ("service", |event| event.flow.service = "taxes".into()),
        ("valid from", |event| event.valid_from = Some(START + time::Duration::MILLISECOND)),
        ("valid until", |event| event.valid_until = Some(START + time::Duration::DAY)),
        ("issued at", |event| event.issued_at += time::Duration::MILLISECOND),
        ("replaces", |event| event.replaces = Some(ConsentId::from_bytes([9; 16]))),
        ("salt", |event| event.salt = Salt::from_bytes([9; 16])),
    ];
    for (name, change) in changes {
        let mut tampered = signed.clone();
        change(&mut tampered.event);
        let outcome = tampered.verify(key.public());
        assert_eq!(outcome, Err(EventError::Key(KeyError::SignatureMismatch)), "{name}");
    }
    let (other, _) = DeviceKey::generate().unwrap();
    assert_eq!(signed.clone().verify(other.public()), Err(EventError::OtherKey));
    let renamed = SignedEvent { event: ConsentEvent { key: other.id(), ..signed.event.clone() }, ..signed };
    assert_eq!(renamed.verify(other.public()), Err(EventError::Key(KeyError::SignatureMismatch)));
}

#[test]
fn content_that_makes_no_sense_is_neither_signed_nor_accepted() {
    let (key, _) = DeviceKey::generate().unwrap();
    let grant = event(&key, EventKind::Grant, 0);
    let refuse = event(&key, EventKind::Refuse, 0);
    let cases = [
        (ConsentEvent { version: 2, ..grant.clone() }, EventError::Version(2)),
        (ConsentEvent { valid_until: Some(START), ..grant.clone() }, EventError::Validity),
        (ConsentEvent { valid_from: Some(START), ..refuse.clone() }, EventError::Validity),
        (ConsentEvent { valid_until: Some(START), ..refuse.clone() }, EventError::Validity),
        (
            ConsentEvent { flow: Flow { service: String::new(), ..flow("coupon") }, ..refuse },
            EventError::Flow(FlowError::Service),
        ),
    ];
    for (content, expected) in cases {
        assert_eq!(content.clone().sign(&key), Err(expected.clone()));
        // A device that signs such content anyway.
        let signature = key.sign(&content.canonical().unwrap()).unwrap();
        assert_eq!(SignedEvent { event: content, signature }.verify(key.public()), Err(expected));
    }
    let beyond = ConsentEvent { index: u64::MAX, ..grant };
    assert!(matches!(beyond.sign(&key), Err(EventError::Canonical(_))));
}

#[test]
fn unknown_fields_and_other_spellings_of_time_are_not_read() {
    let (key, _) = DeviceKey::generate().unwrap();
    let signed = event(&key, EventKind::Grant, 0).sign(&key).unwrap();
    let json = serde_json::to_value(&signed).unwrap();
    let mut extra = json.clone();
    extra["event"]["note"] = "x".into();
    assert!(serde_json::from_value::<SignedEvent>(extra).is_err());
    let mut spelled = json;
    spelled["event"]["issuedAt"] = "2026-11-21T15:10:00Z".into();
    assert!(serde_json::from_value::<SignedEvent>(spelled).is_err());
}
