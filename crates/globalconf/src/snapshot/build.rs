//! Builds a snapshot with its indexes from the parameters of the instances.

use std::collections::HashMap;
use std::sync::Arc;

use identifiers::{ClientId, GroupId};
use pki::profile::CertificateProfile;
use pki::trust::Issuer;
use pki::{Certificate, CertificateError};
use time::OffsetDateTime;

use super::{ClientPlace, GlobalConf, GroupPlace, Inner, Place};
use crate::extensions::Extensions;
use crate::private_params::PrivateParams;
use crate::shared_params::{ApprovedCa, CaInfo, SharedParams};
use crate::version::FormatVersion;

/// The parameters of one instance.
#[derive(Debug, Clone)]
pub struct InstanceConf {
    /// Format version.
    pub version: FormatVersion,
    /// When the parameters expire; `None` means never.
    pub expires: Option<OffsetDateTime>,
    /// Shared parameters.
    pub shared: SharedParams,
    /// Private parameters, of the own instance.
    pub private: Option<PrivateParams>,
    /// Optional files.
    pub extensions: Extensions,
}

impl GlobalConf {
    /// A snapshot of these instances; `None` when `own` is not among them. `problems` is what the
    /// caller has to tell already, see [`GlobalConf::problems`].
    #[must_use]
    pub fn build(own: &str, instances: Vec<InstanceConf>, problems: Vec<String>) -> Option<Self> {
        let own = instances.iter().position(|conf| conf.shared.instance == own)?;
        let mut inner = Inner {
            own,
            instances: Vec::new(),
            by_instance: HashMap::new(),
            members: HashMap::new(),
            clients: HashMap::new(),
            servers: HashMap::new(),
            servers_by_auth_cert: HashMap::new(),
            groups: HashMap::new(),
            issuers: Vec::new(),
            tsa_certificates: Vec::new(),
            problems,
        };
        for (index, conf) in instances.iter().enumerate() {
            inner.by_instance.entry(conf.shared.instance.clone()).or_insert(index);
            inner.index_members(index, &conf.shared);
            inner.index_servers(index, &conf.shared);
            inner.index_groups(index, &conf.shared);
            inner.index_trust(&conf.shared);
        }
        inner.instances = instances;
        Some(Self { inner: Arc::new(inner), hidden: None })
    }
}

impl Inner {
    fn index_members(&mut self, instance: usize, shared: &SharedParams) {
        for (position, member) in shared.members.iter().enumerate() {
            self.members.insert(member.id.clone(), Place { instance, position });
            let subsystems = member
                .subsystems
                .iter()
                .filter_map(|sub| ClientId::new(member.id.clone(), Some(&sub.code)).ok());
            for client in std::iter::once(ClientId::from(member.id.clone())).chain(subsystems) {
                self.clients.entry(client).or_insert(ClientPlace { instance, servers: Vec::new() });
            }
        }
    }

    fn index_servers(&mut self, instance: usize, shared: &SharedParams) {
        for (position, server) in shared.servers.iter().enumerate() {
            let place = Place { instance, position };
            self.servers.insert(server.id.clone(), place);
            let owner = ClientId::from(server.id.member().clone());
            for client in std::iter::once(&owner).chain(&server.clients) {
                if let Some(client) = self.clients.get_mut(client)
                    && !client.servers.contains(&place)
                {
                    client.servers.push(place);
                }
            }
            for hash in &server.auth_certs {
                let sha1 = hash.sha1.as_ref().map(<[u8; 20]>::as_slice);
                let sha256 = hash.sha256.as_ref().map(<[u8; 32]>::as_slice);
                for value in sha1.into_iter().chain(sha256) {
                    let known = *self.servers_by_auth_cert.entry(value.to_vec()).or_insert(place);
                    if known != place {
                        let text =
                            "has an authentication certificate that is registered for another server too";
                        self.problems.push(format!("{} {text}", server.id));
                    }
                }
            }
        }
    }

    fn index_groups(&mut self, instance: usize, shared: &SharedParams) {
        for (position, group) in shared.global_groups.iter().enumerate() {
            match GroupId::new(&shared.instance, &group.code) {
                Ok(id) => {
                    let members = group.members.iter().cloned().collect();
                    self.groups.insert(id, GroupPlace { place: Place { instance, position }, members });
                }
                Err(error) => self.problems.push(format!("global group {:?}: {error}", group.code)),
            }
        }
    }

    fn index_trust(&mut self, shared: &SharedParams) {
        let mut issuers: HashMap<String, Vec<Issuer>> = HashMap::new();
        for ca in &shared.approved_cas {
            for info in std::iter::once(&ca.top_ca).chain(&ca.intermediate_cas) {
                match issuer(ca, info, &mut self.problems) {
                    Ok(issuer) => {
                        let name = issuer.certificate.subject().canonical().to_owned();
                        issuers.entry(name).or_default().push(issuer);
                    }
                    Err(problem) => {
                        self.problems.push(format!("certification service {:?}: {problem}", ca.name))
                    }
                }
            }
        }
        self.issuers.push(issuers);
        for tsa in &shared.approved_tsas {
            match read_certificate(&tsa.cert) {
                Ok(certificate) if !self.tsa_certificates.contains(&certificate) => {
                    self.tsa_certificates.push(certificate);
                }
                Ok(_) => {}
                Err(error) => self.problems.push(format!("timestamping service {:?}: {error}", tsa.name)),
            }
        }
    }
}

/// One certification authority of an approved service. A responder certificate that cannot be read is
/// passed over; responses of that responder are then refused.
fn issuer(ca: &ApprovedCa, info: &CaInfo, problems: &mut Vec<String>) -> Result<Issuer, String> {
    let certificate = read_certificate(&info.cert).map_err(|error| error.to_string())?;
    let profile = CertificateProfile::from_class_name(&ca.certificate_profile_info);
    let profile = profile.map_err(|error| error.to_string())?;
    let mut ocsp_responders = Vec::new();
    for (ocsp, der) in info.ocsp.iter().filter_map(|ocsp| Some((ocsp, ocsp.cert.as_ref()?))) {
        match read_certificate(der) {
            Ok(responder) => ocsp_responders.push(responder),
            Err(error) => problems.push(format!("OCSP responder {:?}: {error}", ocsp.url)),
        }
    }
    let authentication_only = ca.authentication_only.unwrap_or(false);
    Ok(Issuer { certificate, profile, ocsp_responders, authentication_only })
}

/// DER; a few configurations hold base64 of PEM instead.
pub(super) fn read_certificate(bytes: &[u8]) -> Result<Certificate, CertificateError> {
    if bytes.starts_with(b"-----") { Certificate::from_pem(bytes) } else { Certificate::from_der(bytes) }
}
