//! The subject of a certificate request: which attributes each of X-Road's certificate profiles asks for.

use anyhow::{Context, bail};
use identifiers::{MemberId, ServerId};
use pki::csr::SubjectAttribute::{
    BusinessCategory, CommonName, Country, Organization, OrganizationalUnit, SerialNumber,
};
use pki::csr::{CertificateUse, Subject};
use pki::profile::CertificateProfile;

use super::arguments::CsrArguments;

/// What subjects are made of.
struct Names<'a> {
    server: &'a ServerId,
    member: &'a MemberId,
    organization: &'a str,
    country: Option<&'a str>,
    dns: Option<&'a str>,
}

/// The subject for the profile and usage of the arguments.
pub(super) fn subject(usage: CertificateUse, arguments: &CsrArguments) -> anyhow::Result<Subject> {
    let name = arguments.profile.trim_end_matches("CertificateProfileInfoProvider");
    let class = format!("{name}CertificateProfileInfoProvider");
    let profile = CertificateProfile::from_class_name(&class)
        .with_context(|| format!("{:?} is not a certificate profile", arguments.profile))?;
    let names = Names {
        server: &arguments.server,
        member: arguments.member.as_ref().unwrap_or(arguments.server.member()),
        organization: &arguments.organization,
        country: arguments.country.as_deref(),
        dns: arguments.dns.first().map(String::as_str),
    };
    match usage {
        CertificateUse::Authentication => authentication(profile, &names),
        CertificateUse::Signing => signing(profile, &names),
        CertificateUse::Tls => bail!("keys of the token are for authentication or signing"),
    }
}

fn authentication(profile: CertificateProfile, names: &Names<'_>) -> anyhow::Result<Subject> {
    let subject = Subject::new();
    Ok(match profile {
        CertificateProfile::Basic => subject
            .with(CommonName, names.dns()?)
            .with(SerialNumber, names.member.code())
            .with(Country, names.country()?)
            .with(Organization, names.organization),
        CertificateProfile::BasicAcme => subject
            .with(Country, names.country()?)
            .with(Organization, names.organization)
            .with(SerialNumber, names.member.code())
            .with(CommonName, names.dns()?),
        CertificateProfile::Ejbca => {
            subject.with(Country, names.server.member().instance()).with(CommonName, names.server.code())
        }
        CertificateProfile::FiVrk => subject
            .with(Country, "FI")
            .with(Organization, names.organization)
            .with(SerialNumber, names.server_and_class(names.server.member()))
            .with(CommonName, names.dns()?),
        CertificateProfile::Fo => subject
            .with(Country, "FO")
            .with(Organization, names.server.member().instance())
            .with(CommonName, names.server_in_short()),
        CertificateProfile::Is => subject
            .with(Country, "IS")
            .with(CommonName, names.dns()?)
            .with(SerialNumber, names.server_in_short()),
        CertificateProfile::SkKlass3 => klass3(names),
        CertificateProfile::SkEsteId => bail!("no certificates are requested for this profile"),
    })
}

fn signing(profile: CertificateProfile, names: &Names<'_>) -> anyhow::Result<Subject> {
    let (subject, member) = (Subject::new(), names.member);
    Ok(match profile {
        CertificateProfile::Basic => subject
            .with(CommonName, names.organization)
            .with(Organization, names.organization)
            .with(BusinessCategory, member.class())
            .with(Country, names.country()?)
            .with(SerialNumber, member.code()),
        CertificateProfile::BasicAcme => subject
            .with(Country, names.country()?)
            .with(Organization, names.organization)
            .with(BusinessCategory, member.class())
            .with(SerialNumber, member.code())
            .with(CommonName, names.organization),
        CertificateProfile::Ejbca => subject
            .with(Country, member.instance())
            .with(Organization, member.class())
            .with(CommonName, member.code()),
        CertificateProfile::FiVrk => subject
            .with(Country, "FI")
            .with(Organization, names.organization)
            .with(SerialNumber, names.server_and_class(member))
            .with(CommonName, member.code()),
        CertificateProfile::Fo | CertificateProfile::Is => subject
            .with(Country, if profile == CertificateProfile::Fo { "FO" } else { "IS" })
            .with(Organization, member.instance())
            .with(OrganizationalUnit, member.class())
            .with(CommonName, member.code())
            .with(SerialNumber, names.server_in_short()),
        CertificateProfile::SkKlass3 => klass3(names),
        CertificateProfile::SkEsteId => bail!("no certificates are requested for this profile"),
    })
}

fn klass3(names: &Names<'_>) -> Subject {
    Subject::new().with(SerialNumber, names.member.code()).with(CommonName, names.organization)
}

impl Names<'_> {
    fn dns(&self) -> anyhow::Result<&str> {
        self.dns.context("this certificate names the server by its DNS name: give --dns")
    }

    fn country(&self) -> anyhow::Result<&str> {
        self.country.context("this certificate profile needs --country")
    }

    /// `instance/server code/member class`: the class is the member's, the rest the server's.
    fn server_and_class(&self, member: &MemberId) -> String {
        format!("{}/{}/{}", self.server.member().instance(), self.server.code(), member.class())
    }

    /// `instance/class/member/server`.
    fn server_in_short(&self) -> String {
        let owner = self.server.member();
        format!("{}/{}/{}/{}", owner.instance(), owner.class(), owner.code(), self.server.code())
    }
}
