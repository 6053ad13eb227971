//! The subject that a certificate request must have under a profile (X-Road 7.8, `CertificateProfileInfoProvider`).

use super::CertificateProfile;
use crate::csr::{CertificateUse, Subject, SubjectAttribute as A};

/// What a subject is made of. Which of it is used depends on profile and use.
#[derive(Clone, Copy, Debug)]
pub struct SubjectFacts<'a> {
    /// Instance of the security server.
    pub instance: &'a str,
    /// Class of the member: the owner for an authentication certificate, the signer for a signing one.
    pub member_class: &'a str,
    /// Code of that member.
    pub member_code: &'a str,
    /// Name of that member.
    pub member_name: &'a str,
    /// Code of the security server.
    pub server_code: &'a str,
    /// DNS name of the security server.
    pub server_dns: &'a str,
    /// Two-letter country, for the profiles that leave it open.
    pub country: &'a str,
}

impl CertificateProfile {
    /// The subject of a request, in X-Road's order of attributes. `None`: the profile issues nothing on request
    /// (SkEsteId), or the use is not one of X-Road's (internal TLS).
    pub fn subject(self, usage: CertificateUse, facts: &SubjectFacts<'_>) -> Option<Subject> {
        let signing = match usage {
            CertificateUse::Signing => true,
            CertificateUse::Authentication => false,
            CertificateUse::Tls => return None,
        };
        let server =
            format!("{}/{}/{}/{}", facts.instance, facts.member_class, facts.member_code, facts.server_code);
        let vrk = format!("{}/{}/{}", facts.instance, facts.server_code, facts.member_class);
        let attributes: Vec<(A, &str)> = match (self, signing) {
            (Self::Basic, false) => vec![
                (A::CommonName, facts.server_dns),
                (A::SerialNumber, facts.member_code),
                (A::Country, facts.country),
                (A::Organization, facts.member_name),
            ],
            (Self::Basic, true) => vec![
                (A::CommonName, facts.member_name),
                (A::Organization, facts.member_name),
                (A::BusinessCategory, facts.member_class),
                (A::Country, facts.country),
                (A::SerialNumber, facts.member_code),
            ],
            (Self::BasicAcme, false) => vec![
                (A::Country, facts.country),
                (A::Organization, facts.member_name),
                (A::SerialNumber, facts.member_code),
                (A::CommonName, facts.server_dns),
            ],
            (Self::BasicAcme, true) => vec![
                (A::Country, facts.country),
                (A::Organization, facts.member_name),
                (A::BusinessCategory, facts.member_class),
                (A::SerialNumber, facts.member_code),
                (A::CommonName, facts.member_name),
            ],
            (Self::Ejbca, false) => vec![(A::Country, facts.instance), (A::CommonName, facts.server_code)],
            (Self::Ejbca, true) => vec![
                (A::Country, facts.instance),
                (A::Organization, facts.member_class),
                (A::CommonName, facts.member_code),
            ],
            (Self::FiVrk, _) => vec![
                (A::Country, "FI"),
                (A::Organization, facts.member_name),
                (A::SerialNumber, &vrk),
                (A::CommonName, if signing { facts.member_code } else { facts.server_dns }),
            ],
            (Self::Fo, false) => {
                vec![(A::Country, "FO"), (A::Organization, facts.instance), (A::CommonName, &server)]
            }
            (Self::Is, false) => {
                vec![(A::Country, "IS"), (A::CommonName, facts.server_dns), (A::SerialNumber, &server)]
            }
            (Self::Fo | Self::Is, true) => vec![
                (A::Country, if self == Self::Fo { "FO" } else { "IS" }),
                (A::Organization, facts.instance),
                (A::OrganizationalUnit, facts.member_class),
                (A::CommonName, facts.member_code),
                (A::SerialNumber, &server),
            ],
            (Self::SkKlass3, _) => {
                vec![(A::SerialNumber, facts.member_code), (A::CommonName, facts.member_name)]
            }
            (Self::SkEsteId, _) => return None,
        };
        Some(attributes.into_iter().fold(Subject::new(), |subject, (kind, value)| subject.with(kind, value)))
    }
}
