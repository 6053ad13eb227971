use super::*;
use crate::asn1::oid;
use crate::certificate::Certificate;
use crate::issue::IssueProfile;
use crate::testing::{
    EXCHANGE, Party, Workbench, all_captures, certificate, parameters, vector, vector_path,
};
use base64::Engine as _;
use time::{Duration, OffsetDateTime};

const HOUR: Duration = Duration::HOUR;

fn query<'a>(cert: &'a Certificate, issuer: &'a Certificate, responders: &'a [Certificate]) -> OcspQuery<'a> {
    OcspQuery { cert, issuer, responders, now: EXCHANGE, freshness: HOUR, verify_next_update: true }
}

fn live(kind: &str, name: &str) -> Certificate {
    certificate(&format!("x-road-7.8-live/{kind}/pki/{name}.crt.der"))
}

/// The certificate of the live pair that a response is about.
fn subject_of(response: &OcspResponse, kind: &str) -> Certificate {
    let names = ["ss1-auth", "ss1-sign", "ss2-auth", "ss2-sign", "mgmt"];
    let mut certs = names.into_iter().map(|name| live(kind, name));
    certs.find(|cert| response.is_about(cert, &live(kind, "ca"))).expect("a certificate of the pair")
}

#[test]
fn cached_responses_of_the_live_pair_are_good_within_their_hour() {
    let mut count = 0;
    for kind in ["rsa", "ec"] {
        let (ca, responder) = (live(kind, "ca"), live(kind, "ocsp"));
        for entry in std::fs::read_dir(vector_path(&format!("x-road-7.8-live/{kind}/ocsp"))).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "ocsp") {
                continue;
            }
            let response = OcspResponse::parse(&std::fs::read(&path).unwrap()).unwrap();
            let cert = subject_of(&response, kind);
            let good = |now, responders: &[Certificate]| {
                response.verify(&OcspQuery { now, ..query(&cert, &ca, responders) })
            };
            let this_update = response.this_update();
            // With the responder as the global configuration lists it, and with the delegation alone.
            for responders in [&[responder.clone()][..], &[]] {
                let status = good(this_update + Duration::minutes(20), responders).unwrap();
                assert_eq!(status.this_update(), this_update);
                assert_eq!(status.usable_until(HOUR, true), this_update + HOUR);
                assert!(good(this_update + HOUR, responders).is_ok());
                let late = good(this_update + HOUR + Duration::SECOND, responders);
                assert_eq!(late.err(), Some(OcspError::Stale(this_update)));
            }
            count += 1;
        }
    }
    assert_eq!(count, 6);
}

#[test]
fn responses_inside_all_captured_requests_are_good() {
    let Some(folder) = all_captures() else { return };
    let mut count = 0;
    for kind in ["rsa", "ec"] {
        for entry in std::fs::read_dir(folder.join(kind).join("messages")).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            if !path.to_str().unwrap().ends_with("5500-request.http") || bytes.is_empty() {
                continue;
            }
            let body = unchunk(&bytes[find(&bytes, b"\r\n\r\n").unwrap() + 4..]);
            for der in [ocsp_part(&body), ocsp_value(&body)] {
                let response = OcspResponse::parse(&der).unwrap();
                let cert = subject_of(&response, kind);
                let responders = [live(kind, "ocsp")];
                let now = response.this_update() + Duration::minutes(10);
                response.verify(&OcspQuery { now, ..query(&cert, &live(kind, "ca"), &responders) }).unwrap();
                count += 1;
            }
        }
    }
    assert_eq!(count, 2 * 36);
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    // Some captures end before the last chunk: the other side had answered already.
    while let Some(end) = find(rest, b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            break;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 2 + length + 2..];
    }
    body
}

fn ocsp_part(body: &[u8]) -> Vec<u8> {
    let part = &body[find(body, b"application/ocsp-response").unwrap()..];
    let content = &part[find(part, b"\r\n\r\n").unwrap() + 4..];
    content[..find(content, b"\r\n--xtop").unwrap()].to_vec()
}

fn ocsp_value(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(&body[find(body, b"EncapsulatedOCSPValue").unwrap()..]);
    let value = text.split_once('>').unwrap().1.split_once('<').unwrap().0.replace("&#13;", "");
    let value: String = value.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(value).unwrap()
}

/// An authority with a responder, and a certificate in question.
struct Town {
    ca: Party,
    responder: Party,
    member: Party,
}

impl Town {
    fn new() -> Self {
        let ca = Party::root("CA");
        let responder = ca.issue("OCSP", IssueProfile::OcspResponder);
        let member = ca.issue("Member", IssueProfile::Signing);
        Self { ca, responder, member }
    }

    fn id(&self) -> CertId {
        CertId::new(&self.member.cert, &self.ca.cert)
    }

    fn response(
        &self,
        status: CertStatus,
        this_update: OffsetDateTime,
        next_update: Option<OffsetDateTime>,
    ) -> Vec<u8> {
        let builder =
            OcspResponseBuilder::new(this_update).status(&self.id(), status, this_update, next_update);
        builder.sign(&self.responder.cert, &self.responder.key).unwrap()
    }

    fn good(&self) -> Vec<u8> {
        self.response(CertStatus::Good, EXCHANGE, None)
    }

    fn verify(&self, der: &[u8]) -> Result<GoodStatus, OcspError> {
        OcspResponse::parse(der)?.verify(&query(&self.member.cert, &self.ca.cert, &[]))
    }
}

#[test]
fn statuses_and_times() {
    let town = Town::new();
    let at = EXCHANGE - Duration::DAY;
    let revoked = |reason| CertStatus::Revoked { at, reason };
    let (minute, good) = (Duration::MINUTE, CertStatus::Good);
    for (status, this_update, next_update, expected) in [
        (good, EXCHANGE, None, None),
        (good, EXCHANGE - HOUR, None, None),
        (good, EXCHANGE - HOUR, Some(EXCHANGE), None),
        (good, EXCHANGE + minute, None, None),
        (good, EXCHANGE - HOUR - minute, None, Some(OcspError::Stale(EXCHANGE - HOUR - minute))),
        (good, EXCHANGE + HOUR + minute, None, None),
        (
            good,
            EXCHANGE - HOUR,
            Some(EXCHANGE - minute),
            Some(OcspError::NextUpdatePassed(EXCHANGE - minute)),
        ),
        (CertStatus::Unknown, EXCHANGE, None, Some(OcspError::Unknown)),
        (revoked(None), EXCHANGE, None, Some(OcspError::Revoked { at, reason: None })),
        (revoked(Some(6)), EXCHANGE, None, Some(OcspError::Revoked { at, reason: Some(6) })),
    ] {
        let verdict = town.verify(&town.response(status, this_update, next_update)).err();
        assert_eq!(verdict, expected);
        if let Some(error) = verdict {
            assert_eq!(error.is_status(), status != CertStatus::Good);
        }
    }
    let passed = town.response(good, EXCHANGE - HOUR, Some(EXCHANGE - minute));
    let lenient = OcspQuery { verify_next_update: false, ..query(&town.member.cert, &town.ca.cert, &[]) };
    assert!(OcspResponse::parse(&passed).unwrap().verify(&lenient).is_ok());
}

#[test]
fn another_certificate_or_another_issuer() {
    let (town, other) = (Town::new(), Town::new());
    let mut second = parameters("Second", IssueProfile::Signing);
    second.serial = vec![2];
    let second = town.ca.issue_as(&second);
    let response = OcspResponse::parse(&town.good()).unwrap();
    for (cert, issuer) in [(&second.cert, &town.ca.cert), (&town.member.cert, &other.ca.cert)] {
        assert_eq!(response.verify(&query(cert, issuer, &[])).err(), Some(OcspError::WrongCertificate));
    }
}

/// Only the first single response counts, so a good one behind another proves nothing.
#[test]
fn a_good_status_in_second_place_proves_nothing() {
    let town = Town::new();
    let other = CertId::of_serial(&town.ca.cert, &[9]);
    let two = OcspResponseBuilder::new(EXCHANGE).status(&other, CertStatus::Good, EXCHANGE, None).status(
        &town.id(),
        CertStatus::Good,
        EXCHANGE,
        None,
    );
    let der = two.sign(&town.responder.cert, &town.responder.key).unwrap();
    assert_eq!(town.verify(&der).err(), Some(OcspError::WrongCertificate));
    let none = OcspResponseBuilder::new(EXCHANGE).sign(&town.responder.cert, &town.responder.key).unwrap();
    assert_eq!(town.verify(&none).err(), Some(OcspError::WrongCertificate));
}

#[test]
fn responders_and_their_authority() {
    let town = Town::new();
    let signed_by = |party: &Party, embed: bool| {
        let builder = OcspResponseBuilder::new(EXCHANGE).status(&town.id(), CertStatus::Good, EXCHANGE, None);
        let builder = if embed { builder } else { builder.without_certificate() };
        OcspResponse::parse(&builder.sign(&party.cert, &party.key).unwrap()).unwrap()
    };
    let verify = |response: &OcspResponse, responders: &[Certificate]| {
        response.verify(&query(&town.member.cert, &town.ca.cert, responders)).err()
    };
    let stranger = Party::root("Stranger");
    let no_purpose = town.ca.issue("Somebody", IssueProfile::Signing);
    let elsewhere = Party::root("Elsewhere").issue("OCSP elsewhere", IssueProfile::OcspResponder);
    let mut expired = parameters("Expired OCSP", IssueProfile::OcspResponder);
    expired.not_after = EXCHANGE - HOUR;
    let expired = town.ca.issue_as(&expired);

    assert_eq!(verify(&signed_by(&town.ca, false), &[]), None, "the issuer itself");
    assert_eq!(verify(&signed_by(&town.responder, true), &[]), None, "delegated");
    assert_eq!(verify(&signed_by(&town.responder, false), &[]), Some(OcspError::UnknownResponder));
    assert_eq!(verify(&signed_by(&stranger, true), std::slice::from_ref(&stranger.cert)), None, "configured");
    for party in [&stranger, &no_purpose, &elsewhere, &expired] {
        assert_eq!(verify(&signed_by(party, true), &[]), Some(OcspError::NotAuthorised), "{:?}", party.cert);
    }
    // A configured certificate of the same name does not stand in the way of the right one.
    let namesake = Party::root("OCSP");
    assert_eq!(verify(&signed_by(&town.responder, true), std::slice::from_ref(&namesake.cert)), None);
    // The name of an authorised responder, signed with another key.
    let forged = Party { key: crate::testing::TestKey::new(), cert: town.responder.cert.clone() };
    assert_eq!(verify(&signed_by(&forged, true), &[]), Some(OcspError::Signature));
}

#[test]
fn every_changed_byte_is_noticed() {
    let town = Town::new();
    let der = town.good();
    for index in 0..der.len() {
        let mut changed = der.clone();
        changed[index] ^= 1;
        let verdict = town.verify(&changed);
        // What lies behind the signature (the embedded certificate) is not signed by the responder; it must still
        // be a certificate that the issuer signed for this purpose and this key.
        assert!(verdict.is_err(), "byte {index} of {}", der.len());
    }
    let live = vector("x-road-7.8-live/rsa/ocsp/439ce36344a6596d25257910c03a951535ccd20c.ocsp");
    let (ca, responders) = (self::live("rsa", "ca"), [self::live("rsa", "ocsp")]);
    let cert = subject_of(&OcspResponse::parse(&live).unwrap(), "rsa");
    let end_of_signed = find(&live, &crate::SignatureAlgorithm::RsaSha256.to_identifier()).unwrap();
    for index in 0..end_of_signed {
        let mut changed = live.clone();
        changed[index] ^= 1;
        let verdict = OcspResponse::parse(&changed).and_then(|r| r.verify(&query(&cert, &ca, &responders)));
        assert!(verdict.is_err(), "byte {index}");
    }
}

#[test]
fn what_is_no_response() {
    assert_eq!(OcspResponse::parse(b"").err(), Some(OcspError::Malformed));
    assert_eq!(OcspResponse::parse(&[0; MAX_LEN + 1]).err(), Some(OcspError::TooLarge(MAX_LEN + 1)));
    for status in [1, 2, 3, 6] {
        let der = OcspResponseBuilder::refusal(status);
        assert_eq!(OcspResponse::parse(&der).err(), Some(OcspError::Refused(u32::from(status))));
    }
}

#[test]
fn requests_lead_back_and_openssl_makes_the_same() {
    let (cert, ca) = (live("rsa", "ss1-auth"), live("rsa", "ca"));
    let request = OcspRequest::new(&cert, &ca);
    assert_eq!(OcspRequest::parse(&request.encode()), Ok(request.clone()));
    let bench = Workbench::new();
    bench.put("cert.pem", cert.to_pem().as_bytes());
    bench.put("ca.pem", ca.to_pem().as_bytes());
    bench.openssl("ocsp -issuer ca.pem -cert cert.pem -no_nonce -reqout request.der");
    assert_eq!(bench.get("request.der"), request.encode());
    bench.openssl("ocsp -issuer ca.pem -cert cert.pem -nonce -reqout request.der");
    let with_nonce = OcspRequest::parse(&bench.get("request.der")).unwrap();
    assert!(with_nonce.nonce.is_some());
    assert_eq!(OcspRequest::parse(&with_nonce.encode()), Ok(with_nonce));
    // SHA-256 CertIDs are of no use in X-Road.
    bench.openssl("ocsp -sha256 -issuer ca.pem -cert cert.pem -no_nonce -reqout request.der");
    assert_eq!(OcspRequest::parse(&bench.get("request.der")), Err(OcspError::WrongCertificate));
}

#[test]
fn openssl_accepts_our_responses_and_we_accept_its() {
    let town = Town::new();
    let bench = Workbench::new();
    bench.put("ca.pem", town.ca.cert.to_pem().as_bytes());
    bench.put("member.pem", town.member.cert.to_pem().as_bytes());
    let now = OffsetDateTime::from_unix_timestamp(bench_now()).unwrap();
    for (status, word) in [
        (CertStatus::Good, "member.pem: good"),
        (CertStatus::Unknown, "member.pem: unknown"),
        (CertStatus::Revoked { at: now - Duration::DAY, reason: Some(6) }, "certificateHold"),
    ] {
        bench.put("response.der", &town.response(status, now, Some(now + HOUR)));
        let text = bench
            .openssl("ocsp -respin response.der -CAfile ca.pem -issuer ca.pem -cert member.pem -no_nonce");
        assert!(text.contains("Response verify OK") && text.contains(word), "{text}");
    }
    let request =
        OcspRequest { nonce: Some(vec![4, 2, 7, 7]), ..OcspRequest::new(&town.member.cert, &town.ca.cert) };
    let response = OcspResponseBuilder::new(now)
        .status(&request.cert_ids[0], CertStatus::Good, now, None)
        .nonce(request.nonce.clone())
        .sign(&town.responder.cert, &town.responder.key);
    bench.put("request.der", &request.encode());
    bench.put("response.der", &response.unwrap());
    let text = bench.openssl("ocsp -reqin request.der -respin response.der -CAfile ca.pem");
    assert!(text.contains("Response verify OK") && !text.contains("WARNING"), "{text}");
    assert!(town.responder.cert.ekus().contains(&oid::OCSP_SIGNING));
}

/// The command line tool looks at the clock of the machine, so this test must, too.
#[expect(clippy::disallowed_methods, reason = "openssl ocsp compares with the system's clock")]
fn bench_now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = OcspResponse::parse(&bytes);
            let _ = OcspRequest::parse(&bytes);
        }

        #[test]
        fn no_damaged_response_panics(index in 0_usize..2000, byte: u8, cut in 0_usize..2000) {
            let mut der = vector("x-road-7.8-live/rsa/ocsp/439ce36344a6596d25257910c03a951535ccd20c.ocsp");
            let index = index % der.len();
            der[index] = byte;
            let _ = OcspResponse::parse(&der);
            let _ = OcspResponse::parse(&der[..cut.min(der.len())]);
        }
    }
}
