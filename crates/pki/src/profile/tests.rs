use super::*;
use crate::csr::{CertificateUse, Subject, SubjectAttribute as A};
use crate::issue::{self, IssueProfile};
use crate::testing::{TestKey, certificate, parameters};

/// A certificate with this subject; what else is in it does not matter here.
fn with_subject(attributes: &[(A, &str)]) -> Certificate {
    let mut wanted = parameters("", IssueProfile::Signing);
    wanted.subject =
        attributes.iter().fold(Subject::new(), |subject, (kind, value)| subject.with(*kind, *value));
    issue::self_signed(&wanted, &TestKey::new()).unwrap()
}

#[test]
fn class_names_lead_back() {
    for (profile, name) in NAMES {
        assert_eq!(CertificateProfile::from_class_name(&profile.class_name()), Ok(profile));
        assert_eq!(CertificateProfile::from_class_name(&format!("{name}{SUFFIX}")), Ok(profile));
    }
    for bad in ["", "FiVRK", "x.FiVRKCertificateProfileInfoProvider"] {
        assert!(
            matches!(CertificateProfile::from_class_name(bad), Err(ProfileError::UnknownProfile(_))),
            "{bad}"
        );
    }
}

#[test]
fn the_vectors_name_their_members() {
    let member = |name: &str, profile, instance| {
        member_of(&certificate(name), profile, instance).map(|id| id.to_path())
    };
    assert_eq!(member("x-road-7.8/certs/NTREE.pem", P::SkKlass3, "XX"), Ok("XX/COM/10747013".to_owned()));
    for kind in ["rsa", "ec"] {
        let live = |server: &str| {
            member(&format!("x-road-7.8-live/{kind}/pki/{server}-sign.crt.der"), P::FiVrk, "-")
        };
        assert_eq!(live("ss1"), Ok("INST/GOV/1111".to_owned()));
        assert_eq!(live("ss2"), Ok("INST/GOV/2222".to_owned()));
    }
    let ejbca = member("x-road-7.8/certs/consumer.pem", P::Ejbca, "-");
    assert_eq!(ejbca, Ok("EE/Cybernetica/consumer".to_owned()));
}

#[test]
fn subjects_that_name_a_member() {
    let (c, o, ou, cn, sn) =
        (A::Country, A::Organization, A::OrganizationalUnit, A::CommonName, A::SerialNumber);
    let (bc, oi) = (A::BusinessCategory, A::OrganizationIdentifier);
    for (profile, attributes, expected) in [
        (P::Basic, vec![(bc, "GOV"), (sn, "123")], "XX/GOV/123"),
        (P::BasicAcme, vec![(bc, "GOV"), (sn, "123")], "XX/GOV/123"),
        (P::Ejbca, vec![(c, "EE"), (o, "GOV"), (cn, "123")], "EE/GOV/123"),
        (
            P::FiVrk,
            vec![(c, "FI"), (o, "org"), (sn, "FI-TEST/server/PUB"), (cn, "1234567-8")],
            "FI-TEST/PUB/1234567-8",
        ),
        (P::FiVrk, vec![(c, "FI"), (o, "FI-TEST"), (ou, "GOV"), (cn, "1")], "FI-TEST/GOV/1"),
        (P::FiVrk, vec![(c, "FI-DEV"), (o, "GOV"), (cn, "0245437-2")], "FI-DEV/GOV/0245437-2"),
        (P::Fo, vec![(c, "FO"), (o, "FO-T"), (ou, "COM"), (cn, "1"), (sn, "x")], "FO-T/COM/1"),
        (P::Is, vec![(c, "IS"), (o, "IS-T"), (ou, "COM"), (cn, "1"), (sn, "x")], "IS-T/COM/1"),
        (P::Is, vec![(c, "IS-T"), (o, "COM"), (cn, "1")], "IS-T/COM/1"),
        (P::SkKlass3, vec![(oi, "GO:EE-7000")], "XX/GOV/7000"),
        (P::SkKlass3, vec![(oi, "NP:EE-8000")], "XX/NGO/8000"),
        (P::SkKlass3, vec![(oi, "VATEE-1")], "XX/NEE/VATEE-1"),
        (P::SkKlass3, vec![(sn, "10747013")], "XX/COM/10747013"),
        (P::SkKlass3, vec![(sn, "70000000")], "XX/GOV/70000000"),
        (P::SkKlass3, vec![(sn, "90000000")], "XX/NGO/90000000"),
        (P::SkEsteId, vec![(sn, "38001010000")], "XX/PERSON/38001010000"),
    ] {
        let member = member_of(&with_subject(&attributes), profile, "XX").map(|id| id.to_path());
        assert_eq!(member, Ok(expected.to_owned()), "{profile:?} {attributes:?}");
    }
}

#[test]
fn subjects_that_name_nobody() {
    let (c, o, ou, cn, sn) =
        (A::Country, A::Organization, A::OrganizationalUnit, A::CommonName, A::SerialNumber);
    use ProfileError::{Malformed, Missing};
    for (profile, attributes, expected) in [
        (P::Basic, vec![(sn, "123")], Missing("businessCategory")),
        (P::Basic, vec![(A::BusinessCategory, "GOV")], Missing("serialNumber")),
        (P::Ejbca, vec![(c, "EE"), (cn, "123")], Missing("O")),
        (P::FiVrk, vec![(c, "XX"), (o, "org"), (sn, "A/B/C"), (cn, "1")], Malformed("C")),
        (P::FiVrk, vec![(c, "FI"), (sn, "A/B/C"), (cn, "1")], Missing("O")),
        (P::FiVrk, vec![(c, "FI"), (o, "org"), (sn, "A/B/C/D"), (cn, "1")], Malformed("serialNumber")),
        (P::FiVrk, vec![(c, "FI"), (o, "org"), (sn, "///"), (cn, "1")], Malformed("serialNumber")),
        (P::FiVrk, vec![(c, "FI"), (o, "org"), (sn, "A//C"), (cn, "1")], Malformed("serialNumber")),
        (P::FiVrk, vec![(c, "FI"), (o, "org"), (sn, "A/B/C")], Missing("CN")),
        (P::FiVrk, vec![(c, "SE"), (o, "I"), (ou, "GOV"), (cn, "1")], Malformed("C")),
        (P::Fo, vec![(c, "FO"), (o, "I"), (ou, "COM"), (cn, "1")], Missing("serialNumber")),
        (P::Is, vec![(c, "IS"), (o, "I"), (ou, "COM"), (cn, "1")], Missing("serialNumber")),
        (P::Is, vec![(c, "FO"), (o, "I"), (ou, "COM"), (cn, "1"), (sn, "x")], Malformed("C")),
        (P::SkKlass3, vec![(sn, "00000000")], Malformed("serialNumber")),
        (P::SkKlass3, vec![(sn, "1234567")], Malformed("serialNumber")),
        (P::SkKlass3, vec![(sn, "1234567x")], Malformed("serialNumber")),
        (P::SkKlass3, vec![(cn, "x")], Missing("serialNumber")),
    ] {
        let member = member_of(&with_subject(&attributes), profile, "XX");
        assert_eq!(member, Err(expected), "{profile:?} {attributes:?}");
    }
}

#[test]
fn the_subject_asked_for_is_the_one_understood() {
    let facts = SubjectFacts {
        instance: "INST",
        member_class: "GOV",
        member_code: "70000001",
        member_name: "Town",
        server_code: "SS1",
        server_dns: "ss1.town.example",
        country: "JP",
    };
    for (profile, _) in NAMES {
        let Some(subject) = profile.subject(CertificateUse::Signing, &facts) else {
            assert_eq!(profile, P::SkEsteId);
            continue;
        };
        let cert =
            with_subject(&subject.attributes().iter().map(|(k, v)| (*k, v.as_str())).collect::<Vec<_>>());
        let member = member_of(&cert, profile, "INST").unwrap();
        assert_eq!(member.to_path(), "INST/GOV/70000001", "{profile:?}");
        assert!(profile.subject(CertificateUse::Authentication, &facts).is_some());
        assert!(profile.subject(CertificateUse::Tls, &facts).is_none());
    }
    let vrk = P::FiVrk.subject(CertificateUse::Signing, &facts).unwrap();
    assert_eq!(vrk.attributes()[2], (A::SerialNumber, "INST/SS1/GOV".to_owned()));
}
