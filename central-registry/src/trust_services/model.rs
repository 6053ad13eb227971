//! What is approved and the rules that it obeys. No I/O.

use std::collections::BTreeSet;

use globalconf::shared_params::{ApprovedCa, ApprovedTsa, CaInfo};
use pki::Certificate;
use pki::profile::CertificateProfile;

/// The approved services, in the order in which they are published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustServices {
    /// Certification services.
    pub certification: Vec<ApprovedCa>,
    /// Timestamping services.
    pub timestamping: Vec<ApprovedTsa>,
}

impl TrustServices {
    /// Everything that is wrong, in words; empty when the services may be published.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut names = BTreeSet::new();
        for service in &self.certification {
            let what = format!("certification service {:?}", service.name);
            check_name(&what, &service.name, &mut names, &mut problems);
            if let Err(error) = CertificateProfile::from_class_name(&service.certificate_profile_info) {
                problems.push(format!("{what}: {error}"));
            }
            for info in std::iter::once(&service.top_ca).chain(&service.intermediate_cas) {
                check_authority(&what, info, &mut problems);
            }
            let acme = service.acme_server.iter().map(|acme| acme.directory_url.as_str());
            acme.for_each(|url| check_url(&what, url, &mut problems));
        }
        let mut names = BTreeSet::new();
        for service in &self.timestamping {
            let what = format!("timestamping service {:?}", service.name);
            check_name(&what, &service.name, &mut names, &mut problems);
            check_url(&what, &service.url, &mut problems);
            if let Err(error) = Certificate::from_der(&service.cert) {
                problems.push(format!("{what}: {error}"));
            }
        }
        problems
    }
}

fn check_authority(what: &str, info: &CaInfo, problems: &mut Vec<String>) {
    match Certificate::from_der(&info.cert) {
        Err(error) => problems.push(format!("{what}: {error}")),
        Ok(certificate) if !certificate.is_ca() => {
            let subject = certificate.subject();
            problems.push(format!("{what}: {subject} is not the certificate of a certification authority"));
        }
        Ok(_) => {}
    }
    for ocsp in &info.ocsp {
        check_url(what, &ocsp.url, problems);
        if let Some(Err(error)) = ocsp.cert.as_deref().map(Certificate::from_der) {
            problems.push(format!("{what}, OCSP responder {}: {error}", ocsp.url));
        }
    }
}

fn check_name<'a>(what: &str, name: &'a str, names: &mut BTreeSet<&'a str>, problems: &mut Vec<String>) {
    if name.trim().is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
        problems.push(format!("{what}: the name is empty, too long or holds a control character"));
    }
    if !names.insert(name) {
        problems.push(format!("{what} is declared twice"));
    }
}

fn check_url(what: &str, url: &str, problems: &mut Vec<String>) {
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let usable = host.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && url.chars().all(|character| character.is_ascii_graphic());
    if !usable {
        problems.push(format!("{what}: {url:?} is not an http:// or https:// address"));
    }
}
