//! From the TOML form to what is registered and approved.

use std::path::{Path, PathBuf};

use globalconf::shared_params::{self, AcmeServer, ApprovedCa, ApprovedTsa, CaInfo, CostType, OcspInfo};
use pki::profile::CertificateProfile;

use super::certificate::CertificateSource;
use super::file::{CertificationService, Cost, CsrFormat, Declaration, Ocsp, Server, TimestampingService};
use crate::membership::{self, Instance, Membership};
use crate::registry::Registered;
use crate::trust_services::TrustServices;

/// A declaration that must not be applied.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be applied:\n  {}", .problems.join("\n  "))]
pub struct DeclarationError {
    /// The file.
    pub path: PathBuf,
    /// Everything that is wrong.
    pub problems: Vec<String>,
}

impl Declaration {
    /// Reads a membership file.
    ///
    /// # Errors
    /// The file cannot be read or is not of the form.
    pub fn load(path: &Path) -> Result<Self, service_kit::config::ConfigError> {
        service_kit::config::load(path)
    }

    /// What the declaration asks for, checked as a whole. `path` is the file, beside which certificate
    /// files lie; `present` is what is registered now.
    ///
    /// # Errors
    /// [`DeclarationError`] with everything that is wrong.
    pub fn resolve(self, path: &Path, present: Option<&Registered>) -> Result<Registered, DeclarationError> {
        let mut reader = Reader { folder: path.parent().unwrap_or(Path::new("")), problems: Vec::new() };
        let mut membership = reader.membership(&self, present);
        membership.sort();
        let services = TrustServices {
            certification: self
                .certification_service
                .iter()
                .filter_map(|service| reader.service(service))
                .collect(),
            timestamping: self
                .timestamping_service
                .iter()
                .filter_map(|service| reader.tsa(service))
                .collect(),
        };
        let mut problems = reader.problems;
        problems.extend(membership.problems());
        problems.extend(services.problems());
        if let Some(present) = present {
            let (old, new) = (&present.membership.instance.identifier, &membership.instance.identifier);
            if old != new {
                problems.push(format!("the registry is that of {old} and cannot become that of {new}"));
            }
        }
        if problems.is_empty() {
            Ok(Registered { membership, services })
        } else {
            Err(DeclarationError { path: path.to_owned(), problems })
        }
    }
}

/// Reads certificates and collects what is wrong with them.
struct Reader<'a> {
    folder: &'a Path,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn membership(&mut self, declaration: &Declaration, present: Option<&Registered>) -> Membership {
        let management = declaration.management_service.as_ref();
        let certificate = management.and_then(|service| service.certificate.as_ref());
        let certificate = certificate.and_then(|source| self.der("management_service", source));
        let instance = Instance {
            identifier: declaration.instance.clone(),
            operator: declaration.operator.clone(),
            management_address: management.map(|service| service.address.clone()),
            management_certificate: certificate,
            ocsp_freshness_seconds: declaration.ocsp_freshness_seconds,
            timestamping_interval_seconds: declaration.timestamping_interval_seconds,
        };
        let class = |class: &super::file::MemberClass| shared_params::MemberClass {
            code: class.code.clone(),
            description: class.description.clone(),
        };
        let classes: Vec<_> = declaration.member_class.iter().map(class).collect();
        let member = |member: &super::file::Member| shared_params::Member {
            id: member.id.clone(),
            class_description: description(&classes, member.id.class()),
            name: member.name.clone(),
            subsystems: member.subsystem.iter().map(subsystem).collect(),
        };
        let group = |group: &super::file::GlobalGroup| shared_params::GlobalGroup {
            code: group.code.clone(),
            description: group.description.clone(),
            members: group.members.clone(),
        };
        Membership {
            instance,
            members: declaration.member.iter().map(member).collect(),
            servers: declaration.server.iter().map(|server| self.server(server, present)).collect(),
            groups: declaration.global_group.iter().map(group).collect(),
            classes,
        }
    }

    fn server(&mut self, server: &Server, present: Option<&Registered>) -> membership::Server {
        let auth_certificates = match &server.auth_certificates {
            Some(sources) => {
                let what = format!("server {}", server.id.to_path());
                sources.iter().filter_map(|source| self.certificate(&what, source)).collect()
            }
            None => {
                let servers = present.map_or(&[][..], |present| &present.membership.servers);
                let known = servers.iter().find(|known| known.id == server.id);
                known.map(|known| known.auth_certificates.clone()).unwrap_or_default()
            }
        };
        let message = |text: &String| if text.is_empty() { None } else { Some(text.clone()) };
        membership::Server {
            id: server.id.clone(),
            address: server.address.clone(),
            clients: server.clients.clone(),
            auth_certificates,
            maintenance: server
                .maintenance
                .as_ref()
                .map(|text| shared_params::Maintenance { message: message(text) }),
        }
    }

    /// One certification service; `None` when its certificate cannot be read.
    fn service(&mut self, service: &CertificationService) -> Option<ApprovedCa> {
        let what = format!("certification service {:?}", service.name);
        let profile = CertificateProfile::from_class_name(&service.profile);
        // An unknown profile is found by the check of the whole.
        let profile = profile.map_or_else(|_| service.profile.clone(), CertificateProfile::class_name);
        let top_ca = self.authority(&what, &service.certificate, &service.ocsp);
        let intermediates = service
            .intermediate
            .iter()
            .filter_map(|ca| self.authority(&what, &ca.certificate, &ca.ocsp))
            .collect();
        Some(ApprovedCa {
            name: service.name.clone(),
            authentication_only: service.authentication_only,
            top_ca: top_ca?,
            intermediate_cas: intermediates,
            certificate_profile_info: profile,
            default_csr_format: service.default_csr_format.map(|format| match format {
                CsrFormat::Pem => shared_params::CsrFormat::Pem,
                CsrFormat::Der => shared_params::CsrFormat::Der,
            }),
            acme_server: service.acme.as_ref().map(|acme| AcmeServer {
                directory_url: acme.directory_url.clone(),
                ip_address: acme.ip_address.clone(),
                authentication_profile_id: acme.authentication_profile.clone(),
                signing_profile_id: acme.signing_profile.clone(),
            }),
        })
    }

    fn authority(&mut self, what: &str, certificate: &CertificateSource, ocsp: &[Ocsp]) -> Option<CaInfo> {
        let responder = |reader: &mut Self, ocsp: &Ocsp| OcspInfo {
            url: ocsp.url.clone(),
            cert: ocsp.certificate.as_ref().and_then(|source| reader.der(what, source)),
            cost_type: ocsp.cost.map(cost_type),
        };
        let cert = self.der(what, certificate);
        let ocsp = ocsp.iter().map(|ocsp| responder(self, ocsp)).collect();
        Some(CaInfo { cert: cert?, ocsp })
    }

    fn tsa(&mut self, service: &TimestampingService) -> Option<ApprovedTsa> {
        let what = format!("timestamping service {:?}", service.name);
        Some(ApprovedTsa {
            name: service.name.clone(),
            url: service.url.clone(),
            cert: self.der(&what, &service.certificate)?,
            cost_type: service.cost.map(cost_type),
        })
    }

    fn der(&mut self, what: &str, source: &CertificateSource) -> Option<Vec<u8>> {
        self.certificate(what, source).map(|certificate| certificate.der().to_vec())
    }

    fn certificate(&mut self, what: &str, source: &CertificateSource) -> Option<pki::Certificate> {
        let read = source.read(self.folder);
        read.map_err(|problem| self.problems.push(format!("{what}: {problem}"))).ok()
    }
}

fn subsystem(subsystem: &super::file::Subsystem) -> shared_params::Subsystem {
    shared_params::Subsystem { code: subsystem.code.clone(), name: subsystem.name.clone() }
}

fn description(classes: &[shared_params::MemberClass], code: &str) -> String {
    let class = classes.iter().find(|class| class.code == code);
    class.map(|class| class.description.clone()).unwrap_or_default()
}

const fn cost_type(cost: Cost) -> CostType {
    match cost {
        Cost::Free => CostType::Free,
        Cost::Paid => CostType::Paid,
        Cost::Undefined => CostType::Undefined,
    }
}
