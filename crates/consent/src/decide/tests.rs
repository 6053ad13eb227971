//! The decision against a table written a second time, over all combinations of what can differ.

use super::*;
use crate::canonical::canonical_bytes;
use crate::declaration::SubjectPlacement;
use crate::fixtures::{START, consumer, exchange, flow, link, moment, provider, replica, row, service};
use crate::headers::{CHECK, DECISION, Headers, PURPOSE, SCOPE, SUBJECT};
use crate::opaque::EventHash;
use crate::record::State;
use crate::refusal::RefusalCode;
use identifiers::LocalId;

/// What the node holds about the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    InForce,
    NotYetValid,
    Expired,
    Withdrawn,
    Refused,
    RefusedAfterConsent,
    OtherService,
    OtherConsumer,
    OtherProvider,
    UndeclaredPurpose,
    TwoInForce,
    OneInForceOneEnded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeaseState {
    Never,
    Fresh,
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Right,
    Stranger,
    Missing,
    Twice,
    Unreadable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    NotNamed,
    Coupon,
    School,
    Undeclared,
    Twice,
    Unreadable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    None,
    Same,
    Other,
    Unreadable,
    Twice,
}

const KNOWN: [Known; 13] = [
    Known::Nothing,
    Known::InForce,
    Known::NotYetValid,
    Known::Expired,
    Known::Withdrawn,
    Known::Refused,
    Known::RefusedAfterConsent,
    Known::OtherService,
    Known::OtherConsumer,
    Known::OtherProvider,
    Known::UndeclaredPurpose,
    Known::TwoInForce,
    Known::OneInForceOneEnded,
];
const LEASES: [LeaseState; 3] = [LeaseState::Never, LeaseState::Fresh, LeaseState::Over];
const SUBJECTS: [Subject; 5] =
    [Subject::Right, Subject::Stranger, Subject::Missing, Subject::Twice, Subject::Unreadable];
const PURPOSES: [Purpose; 6] = [
    Purpose::NotNamed,
    Purpose::Coupon,
    Purpose::School,
    Purpose::Undeclared,
    Purpose::Twice,
    Purpose::Unreadable,
];
const CHECKS: [Check; 5] = [Check::None, Check::Same, Check::Other, Check::Unreadable, Check::Twice];

fn rows(known: Known) -> Vec<Row> {
    let good = row(1, "coupon");
    let hour = time::Duration::HOUR;
    let one = |row: Row| vec![row];
    let elsewhere = |change: fn(&mut crate::flow::Flow)| {
        let mut row = row(1, "coupon");
        change(&mut row.key.flow);
        vec![row]
    };
    match known {
        Known::Nothing => vec![row(9, "coupon")],
        Known::InForce => one(good),
        Known::NotYetValid => one(Row { valid_from: Some(START + hour), ..good }),
        Known::Expired => one(Row { valid_until: Some(START), ..good }),
        Known::Withdrawn => one(Row { state: State::Withdrawn, ..good }),
        Known::Refused => one(Row { state: State::Refused, ..good }),
        Known::RefusedAfterConsent => one(Row { state: State::Refused, granted_before: true, ..good }),
        Known::OtherService => elsewhere(|flow| flow.service = "taxes".into()),
        Known::OtherConsumer => elsewhere(|flow| flow.consumer = "T/COM/3/shop".parse().unwrap()),
        Known::OtherProvider => elsewhere(|flow| flow.provider = "T/GOV/1/taxes".parse().unwrap()),
        Known::UndeclaredPurpose => one(row(1, "marketing")),
        Known::TwoInForce => vec![good, row(1, "school")],
        Known::OneInForceOneEnded => vec![good, Row { state: State::Withdrawn, ..row(1, "school") }],
    }
}

fn declaration() -> ConsentDeclaration {
    ConsentDeclaration {
        required: true,
        subject: SubjectPlacement::Header("X-Resident-Number".into()),
        purposes: vec![PurposeId::new("coupon").unwrap(), PurposeId::new("school").unwrap()],
        basis: LawfulBasis::Consent69_2_1,
    }
}

fn replica_with(known: Known, lease: LeaseState) -> (Replica, Moment) {
    match lease {
        LeaseState::Never => (Replica::default(), moment(0)),
        LeaseState::Fresh => (replica(&rows(known)), moment(212)),
        LeaseState::Over => (replica(&rows(known)), moment(5_000)),
    }
}

fn header(headers: &mut Headers, name: &str, values: &[&str]) {
    headers.extend(values.iter().map(|value| (name.to_owned(), (*value).to_owned())));
}

fn wire_headers(subject: Subject, purpose: Purpose, check: Check) -> Headers {
    let mut headers = vec![("X-Road-Id".to_owned(), "q-1".to_owned())];
    let (right, stranger) = (exchange(1).to_string(), exchange(8).to_string());
    match subject {
        Subject::Right => header(&mut headers, "x-road-consent-SUBJECT", &[&right]),
        Subject::Stranger => header(&mut headers, SUBJECT, &[&stranger]),
        Subject::Missing => {}
        Subject::Twice => header(&mut headers, SUBJECT, &[&right, &right]),
        Subject::Unreadable => header(&mut headers, SUBJECT, &["c-17"]),
    }
    match purpose {
        Purpose::NotNamed => {}
        Purpose::Coupon => header(&mut headers, PURPOSE, &["coupon"]),
        Purpose::School => header(&mut headers, PURPOSE, &["school"]),
        Purpose::Undeclared => header(&mut headers, PURPOSE, &["marketing"]),
        Purpose::Twice => header(&mut headers, PURPOSE, &["coupon", "coupon"]),
        Purpose::Unreadable => header(&mut headers, PURPOSE, &[""]),
    }
    let same = check_of(1).encode();
    match check {
        Check::None => {}
        Check::Same => header(&mut headers, CHECK, &[&same]),
        Check::Other => header(&mut headers, CHECK, &[&check_of(7).encode()]),
        Check::Unreadable => header(&mut headers, CHECK, &["yes"]),
        Check::Twice => header(&mut headers, CHECK, &[&same, &same]),
    }
    headers
}

/// A consumer's decision on the event with this hash.
fn check_of(event: u8) -> DecisionHeader {
    let basis = Basis {
        lawful_basis: None,
        event: EventHash::from_bytes([event; 32]),
        epoch: 7,
        sequence: 1,
        lease_age_millis: 3,
        decided_at: START,
    };
    DecisionHeader { digest: crate::opaque::DecisionDigest::from_bytes([0; 32]), basis }
}

/// The table, a second time: what the provider must answer.
fn expected(
    known: Known,
    lease: LeaseState,
    subject: Subject,
    purpose: Purpose,
    check: Check,
) -> Option<DenyReason> {
    match subject {
        Subject::Missing => return Some(DenyReason::SubjectMissing),
        Subject::Twice => return Some(DenyReason::SubjectAmbiguous),
        Subject::Unreadable => return Some(DenyReason::SubjectUnreadable),
        Subject::Right | Subject::Stranger => {}
    }
    if matches!(check, Check::Unreadable | Check::Twice) {
        return Some(DenyReason::CheckUnreadable);
    }
    match purpose {
        Purpose::Twice => return Some(DenyReason::PurposeAmbiguous),
        Purpose::Unreadable => return Some(DenyReason::PurposeUnreadable),
        Purpose::Undeclared => return Some(DenyReason::PurposeNotDeclared),
        Purpose::NotNamed | Purpose::Coupon | Purpose::School => {}
    }
    match lease {
        LeaseState::Never => return Some(DenyReason::NeverSynchronised),
        LeaseState::Over => return Some(DenyReason::LeaseOver),
        LeaseState::Fresh => {}
    }
    if subject == Subject::Stranger {
        return Some(DenyReason::NoConsent);
    }
    let person = match (known, purpose) {
        (Known::TwoInForce, Purpose::NotNamed) => Some(DenyReason::SeveralConsents),
        (Known::TwoInForce, _) => None,
        (Known::OneInForceOneEnded, Purpose::School) => Some(DenyReason::Withdrawn),
        (Known::OneInForceOneEnded, _) => None,
        (_, Purpose::School) => Some(DenyReason::NoConsent),
        (Known::InForce, _) => None,
        (Known::NotYetValid, _) => Some(DenyReason::NotYetValid),
        (Known::Expired, _) => Some(DenyReason::Expired),
        (Known::Withdrawn, _) => Some(DenyReason::Withdrawn),
        (Known::Refused, _) => Some(DenyReason::Refused),
        (Known::RefusedAfterConsent, _) => Some(DenyReason::RefusedAfterConsent),
        (Known::Nothing | Known::OtherService | Known::OtherConsumer, _) => Some(DenyReason::NoConsent),
        (Known::OtherProvider | Known::UndeclaredPurpose, _) => Some(DenyReason::NoConsent),
    };
    person.or((check == Check::Other).then_some(DenyReason::Disagreement))
}

fn ask<'a>(consumer: &'a ClientId, service: &'a ServiceId) -> Request<'a> {
    Request { message_id: "q-1", consumer, service }
}

#[test]
fn the_provider_decides_as_the_table_says() {
    let (consumer, service, declaration) = (consumer(), service(), declaration());
    let request = ask(&consumer, &service);
    let mut allowed = 0;
    for known in KNOWN {
        for lease in LEASES {
            let (replica, at) = replica_with(known, lease);
            for subject in SUBJECTS {
                for purpose in PURPOSES {
                    for check in CHECKS {
                        let headers = wire_headers(subject, purpose, check);
                        let outcome =
                            decide_as_provider(&replica, Some(&declaration), &request, &headers, &at);
                        let reason = outcome.as_ref().err().map(ConsentRefusal::reason);
                        let expected = expected(known, lease, subject, purpose, check);
                        assert_eq!(reason, expected, "{known:?} {lease:?} {subject:?} {purpose:?} {check:?}");
                        allowed += usize::from(outcome.is_ok());
                    }
                }
            }
        }
    }
    assert!(allowed > 0, "the table allows something");
}

/// The consumer's side knows no declaration, but the same person, lease and purposes.
#[test]
fn the_consumer_checks_as_the_table_says() {
    let (consumer, service) = (consumer(), service());
    let request = ask(&consumer, &service);
    for known in KNOWN {
        for lease in LEASES {
            let (replica, at) = replica_with(known, lease);
            for (link, subject) in [
                (Some(link(101)), Subject::Right),
                (Some(link(108)), Subject::Stranger),
                (None, Subject::Stranger),
            ] {
                for purpose in [Purpose::NotNamed, Purpose::Coupon, Purpose::School] {
                    let mut headers = vec![(SUBJECT.to_owned(), "c-17".to_owned())];
                    headers.extend(wire_headers(Subject::Missing, purpose, Check::None));
                    let headers = ApplicationHeaders::read(&headers).unwrap().unwrap();
                    let outcome = check_as_consumer(&replica, &request, &headers, link.as_ref(), &at);
                    let reason = outcome.err().map(|refusal| refusal.reason());
                    let mut wanted = expected(known, lease, subject, purpose, Check::None);
                    if link.is_none() && lease == LeaseState::Fresh {
                        wanted = Some(DenyReason::NotLinked);
                    }
                    if known == Known::UndeclaredPurpose
                        && (lease, subject, purpose) == (LeaseState::Fresh, Subject::Right, Purpose::NotNamed)
                    {
                        wanted = None;
                    }
                    assert_eq!(reason, wanted, "{known:?} {lease:?} {link:?} {purpose:?}");
                }
            }
        }
    }
}

/// INV-17: from outside, a stranger, a person who refused and a person who was never asked are the same.
#[test]
fn unknown_refused_and_never_asked_are_the_same_outside() {
    let (consumer, service, declaration) = (consumer(), service(), declaration());
    let request = ask(&consumer, &service);
    let mut answers = Vec::new();
    for (known, subject) in [
        (Known::Nothing, Subject::Right),
        (Known::InForce, Subject::Stranger),
        (Known::Refused, Subject::Right),
        (Known::OtherService, Subject::Right),
    ] {
        let (replica, at) = replica_with(known, LeaseState::Fresh);
        let headers = wire_headers(subject, Purpose::Coupon, Check::None);
        let refusal = decide_as_provider(&replica, Some(&declaration), &request, &headers, &at).unwrap_err();
        let code = refusal.code();
        answers.push((code.word(), code.detail(), code.text(), code.http_status(), refusal.to_string()));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].0, "consent_required");
}

#[test]
fn an_ended_consent_is_told_as_ended() {
    let ended = [DenyReason::Expired, DenyReason::Withdrawn, DenyReason::RefusedAfterConsent];
    assert!(ended.iter().all(|reason| reason.code() == RefusalCode::ConsentEnded));
    // Of several reasons, the ended one is told; it is the one that the consumer knows anyway.
    let (consumer, service, declaration) = (consumer(), service(), declaration());
    let rows = [
        Row { state: State::Refused, ..row(1, "coupon") },
        Row { state: State::Withdrawn, ..row(1, "school") },
    ];
    for rows in [[rows[0].clone(), rows[1].clone()], [rows[1].clone(), rows[0].clone()]] {
        let headers = wire_headers(Subject::Right, Purpose::NotNamed, Check::None);
        let outcome = decide_as_provider(
            &replica(&rows),
            Some(&declaration),
            &ask(&consumer, &service),
            &headers,
            &moment(1),
        );
        assert_eq!(outcome.unwrap_err().reason(), DenyReason::Withdrawn);
    }
}

#[test]
fn a_service_without_a_demand_is_let_through_unread() {
    let (consumer, service) = (consumer(), service());
    let request = ask(&consumer, &service);
    let off = ConsentDeclaration { required: false, ..declaration() };
    let headers = wire_headers(Subject::Twice, Purpose::Twice, Check::Twice);
    for declaration in [None, Some(&off)] {
        let permit =
            decide_as_provider(&Replica::default(), declaration, &request, &headers, &moment(0)).unwrap();
        assert!(!permit.rests_on_consent() && permit.provider_link().is_none());
        let (mut url, mut delivered) = ("http://h/".to_owned(), headers.clone());
        permit.place_subject(None, &mut url, &mut delivered).unwrap();
        assert_eq!(delivered, headers);
        let mut response = vec![(DECISION.to_owned(), "forged".to_owned())];
        release_as_provider(&Replica::default(), &permit, &moment(0))
            .unwrap()
            .rewrite_response(&mut response);
        assert_eq!(response, []);
    }
}

/// One exchange from end to end: what leaves the consumer, what the provider makes of it, what comes back.
#[test]
fn an_exchange_carries_both_decisions_and_no_local_id() {
    let (consumer, service, declaration) = (consumer(), service(), declaration());
    let (request, node) = (ask(&consumer, &service), replica(&[row(1, "coupon")]));
    let mut headers: Headers = [
        ("X-Road-Consent-Subject", "c-17"),
        ("X-Road-Consent-Check", "forged"),
        ("X-Road-Consent-Decision", "forged"),
        ("X-Road-Consent-Reference", "r-1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let application = ApplicationHeaders::read(&headers).unwrap().unwrap();
    let check = check_as_consumer(&node, &request, &application, Some(&link(101)), &moment(10)).unwrap();
    check.rewrite_request(&mut headers);
    assert!(!format!("{headers:?}").contains("c-17"));
    assert!(!format!("{headers:?}").contains("forged"));
    assert_eq!(WireHeaders::read(&headers).unwrap().subject, exchange(1));
    assert!(headers.contains(&("X-Road-Consent-Purpose".to_owned(), "coupon".to_owned())));
    assert!(headers.contains(&("X-Road-Consent-Reference".to_owned(), "r-1".to_owned())));

    let permit = decide_as_provider(&node, Some(&declaration), &request, &headers, &moment(20)).unwrap();
    assert_eq!(permit.provider_link(), Some(link(1)));
    let (mut url, mut delivered) = ("http://h/residents".to_owned(), headers.clone());
    permit.place_subject(Some(&LocalId::new("s-903").unwrap()), &mut url, &mut delivered).unwrap();
    assert!(delivered.contains(&("X-Resident-Number".to_owned(), "s-903".to_owned())));
    assert!(delivered.iter().all(|(name, _)| name != SUBJECT), "the system sees its own number only");
    let gone = permit.place_subject(None, &mut url, &mut delivered);
    assert_eq!(gone.unwrap_err().reason(), DenyReason::NoLocalId);

    let release = release_as_provider(&node, &permit, &moment(30)).unwrap();
    let mut response = vec![
        ("x-road-consent-decision".to_owned(), "forged".to_owned()),
        (SCOPE.to_owned(), "forged".to_owned()),
    ];
    release.rewrite_response(&mut response);
    let [(name, value)] = &response[..] else { panic!("{response:?}") };
    assert_eq!(name, DECISION);
    let decision = DecisionHeader::parse(value).unwrap();
    assert_eq!(decision.basis.lawful_basis, Some(LawfulBasis::Consent69_2_1));
    assert_eq!(decision.basis.lease_age_millis, 30);
    let rebuilt =
        DecisionRecord::rebuild(Side::Provider, "q-1", exchange(1), flow("coupon"), &decision).unwrap();
    let json = String::from_utf8(canonical_bytes(&rebuilt).unwrap()).unwrap();
    assert!(json.contains("\"side\":\"provider\"") && json.contains("\"epoch\":7"), "{json}");
}

/// A withdrawal or the end of the lease while the service works stops the answer.
#[test]
fn the_answer_is_released_only_on_what_is_known_by_then() {
    let (consumer, service, declaration) = (consumer(), service(), declaration());
    let headers = wire_headers(Subject::Right, Purpose::Coupon, Check::None);
    let node = replica(&[row(1, "coupon")]);
    let permit =
        decide_as_provider(&node, Some(&declaration), &ask(&consumer, &service), &headers, &moment(1))
            .unwrap();
    assert!(release_as_provider(&node, &permit, &moment(4_999)).is_ok());
    let withdrawn = replica(&[Row { state: State::Withdrawn, ..row(1, "coupon") }]);
    for (node, at, expected) in [
        (&node, 5_000, DenyReason::LeaseOver),
        (&withdrawn, 2, DenyReason::Withdrawn),
        (&replica(&[]), 2, DenyReason::NoConsent),
        (&Replica::default(), 2, DenyReason::NeverSynchronised),
    ] {
        let outcome = release_as_provider(node, &permit, &moment(at));
        assert_eq!(outcome.unwrap_err().reason(), expected);
    }
}

#[test]
fn a_row_of_which_this_node_is_not_the_provider_permits_nothing() {
    let (consumer, service, declaration) = (consumer(), service(), declaration());
    let node = replica(&[Row { provider_link: None, ..row(1, "coupon") }]);
    let headers = wire_headers(Subject::Right, Purpose::Coupon, Check::None);
    let outcome =
        decide_as_provider(&node, Some(&declaration), &ask(&consumer, &service), &headers, &moment(1));
    assert_eq!(outcome.unwrap_err().reason(), DenyReason::NoLocalId);
    assert_eq!(provider(), *service.client());
}
