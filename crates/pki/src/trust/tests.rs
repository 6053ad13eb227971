use super::*;
use crate::issue::IssueProfile;
use crate::ocsp::{CertId, CertStatus, OcspResponseBuilder};
use crate::testing::{EXCHANGE, Party};

/// One approved service.
struct Fixed(Issuer);

impl Trust for Fixed {
    fn issuer_of(&self, cert: &Certificate, instance: &str) -> Option<&Issuer> {
        (instance == "INST" && cert.issuer().matches(self.0.certificate.subject())).then_some(&self.0)
    }

    fn ocsp_policy(&self) -> OcspPolicy {
        OcspPolicy { freshness: Duration::HOUR, verify_next_update: true }
    }

    fn tsa_certificates(&self) -> &[Certificate] {
        &[]
    }
}

struct Town {
    ca: Party,
    member: Party,
    trust: Fixed,
}

fn town() -> Town {
    let ca = Party::root("CA");
    let member = ca.issue("Member", IssueProfile::Signing);
    let trust = Fixed(Issuer {
        certificate: ca.cert.clone(),
        profile: CertificateProfile::Ejbca,
        ocsp_responders: Vec::new(),
        authentication_only: false,
    });
    Town { ca, member, trust }
}

impl Town {
    fn response(&self, status: CertStatus, at: OffsetDateTime) -> Vec<u8> {
        let id = CertId::new(&self.member.cert, &self.ca.cert);
        let builder = OcspResponseBuilder::new(at).status(&id, status, at, None);
        builder.sign(&self.ca.cert, &self.ca.key).unwrap()
    }

    fn check(&self, ocsp: &[Vec<u8>]) -> Result<TrustedCertificate, TrustError> {
        check(&self.member.cert, &[], ocsp, &self.trust, "INST", EXCHANGE)
    }
}

#[test]
fn path_and_status_together_make_trust() {
    let town = town();
    let others = self::town();
    let responses = [
        b"no response at all".to_vec(),
        others.response(CertStatus::Good, EXCHANGE),
        town.response(CertStatus::Good, EXCHANGE),
    ];
    let trusted = town.check(&responses).unwrap();
    assert_eq!(trusted.certificate(), &town.member.cert);
    assert_eq!(trusted.path().anchor(), &town.ca.cert);
    assert_eq!(trusted.profile(), CertificateProfile::Ejbca);
    assert_eq!(trusted.ocsp_produced_at(), EXCHANGE);
    assert!(!trusted.authentication_only());
}

#[test]
fn each_missing_piece_has_its_own_failure() {
    let town = town();
    let stale = town.response(CertStatus::Good, EXCHANGE - Duration::DAY);
    let unknown = town.response(CertStatus::Unknown, EXCHANGE);
    let good = town.response(CertStatus::Good, EXCHANGE);
    for (responses, failure) in [
        (vec![], TrustFailure::CertValidation),
        (vec![stale.clone()], TrustFailure::IncorrectValidationInfo),
        (vec![unknown.clone()], TrustFailure::CertValidation),
        // The first response about the certificate decides.
        (vec![unknown, good.clone()], TrustFailure::CertValidation),
    ] {
        assert_eq!(town.check(&responses).unwrap_err().failure(), failure);
    }
    let elsewhere =
        check(&town.member.cert, &[], std::slice::from_ref(&good), &town.trust, "OTHER", EXCHANGE);
    assert_eq!(elsewhere.err(), Some(TrustError::NoIssuer));
    // Same names, another authority.
    let forged = self::town();
    let error = check(&forged.member.cert, &[], &[good], &town.trust, "INST", EXCHANGE).unwrap_err();
    assert!(matches!(error, TrustError::Path(PathError::Signature(_))), "{error}");
    assert_eq!(error.failure(), TrustFailure::CannotCreateCertPath);
}
