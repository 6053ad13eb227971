use super::*;
use crate::asn1::{read, read::Reader, write};
use crate::issue::IssueProfile;
use crate::rcgen_key::RcgenKey;
use crate::signer::Signer as _;
use crate::testing::{EXCHANGE, Party, TestKey, certificate, parameters, vector};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use time::macros::datetime;

const IN_2012: OffsetDateTime = datetime!(2012-12-01 0:00 UTC);

fn chain(name: &str) -> Certificate {
    certificate(&format!("x-road-7.8/certs/test_chain/{name}.pem"))
}

/// A certificate that the vectors have in a key store only.
fn from_p12(name: &str) -> Certificate {
    let bytes = vector(&format!("x-road-7.8/certs/test_chain/{name}.p12"));
    let store = KeyStore::from_pkcs12(&bytes, "test", Pkcs12ImportPolicy::Relaxed).unwrap();
    Certificate::from_der(store.private_key_chain().unwrap().1.certs()[0].as_der()).unwrap()
}

fn validate_old(leaf: &Certificate, intermediates: &[&str], now: OffsetDateTime) -> Result<usize, PathError> {
    let intermediates: Vec<Certificate> = intermediates.iter().map(|name| chain(name)).collect();
    let anchor = chain("root_ca");
    validate(leaf, &intermediates, &anchor, now).map(|path| path.certificates().len())
}

#[test]
fn verdicts_of_the_test_chain() {
    let not_ca = "1.2.840.113549.1.9.1=#160b616161406262622e636363,OU=CA 4 no extensions,O=Cybernetica,C=EE";
    let user_3 = chain("user_3").subject().rfc2253();
    for (leaf, intermediates, now, expected) in [
        (chain("user_0"), &[][..], IN_2012, Ok(2)),
        (chain("user_1"), &["ca_1"], IN_2012, Ok(3)),
        (chain("user_2"), &["ca_1", "ca_2"], IN_2012, Ok(4)),
        (chain("user_3"), &["ca_3", "ca_1", "ca_2"], IN_2012, Ok(5)),
        (chain("user_3"), &["ca_3", "ca_2", "ca_1"], datetime!(2013-09-01 0:00 UTC), Ok(5)),
        (
            chain("user_3"),
            &["ca_3", "ca_2", "ca_1"],
            datetime!(2013-09-20 0:00 UTC),
            Err(PathError::NotValidNow(user_3.clone())),
        ),
        (
            chain("user_3"),
            &["ca_3", "ca_2", "ca_1"],
            datetime!(2012-09-01 0:00 UTC),
            Err(PathError::NotValidNow(user_3.clone())),
        ),
        (
            chain("user_3"),
            &["ca_1", "ca_3"],
            IN_2012,
            Err(PathError::NoIssuer {
                subject: chain("ca_3").subject().rfc2253(),
                issuer: chain("ca_2").subject().rfc2253(),
            }),
        ),
        (
            chain("user_4"),
            &["ca_1", "ca_2", "ca_3", "ca_4_no_ext"],
            IN_2012,
            Err(PathError::NotCa(not_ca.to_owned())),
        ),
    ] {
        assert_eq!(validate_old(&leaf, intermediates, now), expected, "{leaf:?}");
    }
    let cas = ["ca_1", "ca_2", "ca_3"];
    let md5 = from_p12("user_3_md5");
    assert_eq!(validate_old(&md5, &cas, IN_2012), Err(PathError::WeakSignature(md5.subject().rfc2253())));
    // Named "invalid signature", and wrong already before: its issuer does not exist.
    let broken = from_p12("user_invalid_sig");
    assert!(matches!(validate_old(&broken, &cas, IN_2012), Err(PathError::NoIssuer { .. })));
}

#[test]
fn sha1_was_a_proof_in_its_time_and_is_none_any_more() {
    let (leaf, root) = (chain("ca_1"), chain("root_ca"));
    let last = historic::SHA1_END - time::Duration::SECOND;
    assert!(validate(&leaf, &[], &root, last).is_ok());
    let refused = validate(&leaf, &[], &root, historic::SHA1_END).err();
    assert_eq!(refused, Some(PathError::WeakSignature(leaf.subject().rfc2253())));
}

#[test]
fn live_certificates_lead_to_their_anchor() {
    for kind in ["rsa", "ec"] {
        let get = |name: &str| certificate(&format!("x-road-7.8-live/{kind}/pki/{name}.crt.der"));
        for name in ["ss1-auth", "ss1-sign", "ss2-auth", "ss2-sign", "ocsp", "tsa"] {
            let path = validate(&get(name), &[], &get("ca"), EXCHANGE).unwrap();
            assert_eq!((path.leaf(), path.anchor(), path.issued().count()), (&get(name), &get("ca"), 1));
        }
        let other = if kind == "rsa" { "ec" } else { "rsa" };
        let foreign = certificate(&format!("x-road-7.8-live/{other}/pki/ca.crt.der"));
        let leaf = get("ss1-auth");
        let refused = validate(&leaf, &[], &foreign, EXCHANGE).err();
        assert_eq!(refused, Some(PathError::Signature(leaf.subject().rfc2253())));
    }
}

#[test]
fn path_length_is_counted_in_intermediates() {
    let root = Party::root("Root");
    let narrow = root.issue("Narrow", IssueProfile::Ca { path_len: Some(0) });
    let below = narrow.issue("Below", IssueProfile::Ca { path_len: None });
    let (direct, deep) = (narrow.issue("a", IssueProfile::Signing), below.issue("b", IssueProfile::Signing));
    let all = [below.cert.clone(), narrow.cert.clone()];
    assert!(validate(&direct.cert, &all, &root.cert, EXCHANGE).is_ok());
    let refused = validate(&deep.cert, &all, &root.cert, EXCHANGE).err();
    assert_eq!(refused, Some(PathError::PathLength("CN=Narrow,O=Test,C=FI".to_owned())));
}

#[test]
fn a_member_cannot_issue() {
    let root = Party::root("Root");
    let member = root.issue("Member", IssueProfile::Signing);
    let forged = member.issue("Forged", IssueProfile::Signing);
    let refused = validate(&forged.cert, std::slice::from_ref(&member.cert), &root.cert, EXCHANGE).err();
    assert_eq!(refused, Some(PathError::NotCa("CN=Member,O=Test,C=FI".to_owned())));
    assert!(matches!(validate(&forged.cert, &[], &member.cert, EXCHANGE), Err(PathError::NotCa(_))));
}

#[test]
fn weak_keys_and_unknown_critical_extensions_are_refused() {
    let weak = certificate("x-road-7.8/certs/tsp.pem");
    let refused = validate(&weak, &[], &chain("root_ca"), datetime!(2013-01-01 0:00 UTC)).err();
    assert_eq!(refused, Some(PathError::WeakKey("CN=timestamp1".to_owned())));

    let root = Party::root("Root");
    for critical in [false, true] {
        let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        extension.set_criticality(critical);
        let mut params = rcgen::CertificateParams::default();
        params.custom_extensions = vec![extension];
        let issuer = RcgenKey::new(&root.key).unwrap();
        let issuer = rcgen::Issuer::from_ca_cert_der(&root.cert.der().into(), issuer).unwrap();
        let leaf = params.signed_by(&RcgenKey::new(&TestKey::new()).unwrap(), &issuer).unwrap();
        let leaf = Certificate::from_der(leaf.der()).unwrap();
        let refused = validate(&leaf, &[], &root.cert, EXCHANGE).err();
        assert_eq!(refused, critical.then(|| PathError::CriticalExtension(leaf.subject().rfc2253())));
    }
}

#[test]
fn an_anchor_that_expired_still_anchors() {
    let root = Party::root("Root");
    let mut long = parameters("Long", IssueProfile::Signing);
    long.not_after = datetime!(2060-01-01 0:00 UTC);
    let leaf = root.issue_as(&long);
    assert!(validate(&leaf.cert, &[], &root.cert, datetime!(2055-01-01 0:00 UTC)).is_ok());
}

#[test]
fn a_heap_of_equal_names_costs_a_bounded_number_of_signatures() {
    let root = Party::root("Root");
    let fakes: Vec<Certificate> = (0..MAX_INTERMEDIATES).map(|_| Party::root("Same").cert).collect();
    let leaf = Party::root("Same").issue("Leaf", IssueProfile::Signing);
    assert!(validate(&leaf.cert, &fakes, &root.cert, EXCHANGE).is_err());
    let more = [&fakes[..], &fakes[..1]].concat();
    assert_eq!(validate(&leaf.cert, &more, &root.cert, EXCHANGE).err(), Some(PathError::TooMany));
}

/// The certificate without version and extensions, signed anew: version 1.
fn as_version_1(cert: &Certificate, issuer: &Party) -> Certificate {
    let mut fields = Reader::only(cert.tbs(), read::SEQUENCE).unwrap();
    let mut kept = Vec::new();
    while !fields.is_empty() {
        let tlv = fields.any().unwrap();
        if tlv.tag != read::context(0) && tlv.tag != read::context(3) {
            kept.extend_from_slice(tlv.raw);
        }
    }
    let tbs = write::sequence(&[&kept]);
    let algorithm = issuer.key.default_algorithm();
    let signature = write::bit_string(&issuer.key.sign(algorithm, &tbs).unwrap());
    Certificate::from_der(&write::sequence(&[&tbs, &algorithm.to_identifier(), &signature])).unwrap()
}

/// A certificate of version 1 cannot say that it is no authority, so it is one only if it is approved itself.
#[test]
fn version_1_issues_as_anchor_only() {
    let root = Party::root("Old");
    let leaf = as_version_1(&root.issue("Leaf", IssueProfile::Signing).cert, &root);
    let old = as_version_1(&root.cert, &root);
    assert_eq!((old.version(), leaf.version()), (1, 1));
    assert!(validate(&leaf, &[], &old, EXCHANGE).is_ok());
    let other = Party::root("Old");
    let refused = validate(&leaf, std::slice::from_ref(&old), &other.cert, EXCHANGE).err();
    assert_eq!(refused, Some(PathError::NotCa("CN=Old,O=Test,C=FI".to_owned())));
    assert!(!leaf.is_ca());
}
