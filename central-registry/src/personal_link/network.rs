//! What Personal-LINK needs to know of the network: which server shows which certificate, and which subsystems it hosts.

use std::collections::BTreeSet;

use identifiers::{ClientId, ServerId};
use pki::Certificate;
use time::OffsetDateTime;

use crate::view::ConfigurationView;

/// The global configuration in force, as far as Personal-LINK looks at it.
pub trait Network: Send + Sync + 'static {
    /// The security server whose registered authentication certificate this is (DER), if the certificate's time has
    /// come and is not over.
    fn server_of_certificate(&self, certificate: &[u8], now: OffsetDateTime) -> Option<ServerId>;

    /// The subsystems that are registered at a server.
    fn subsystems_of(&self, server: &ServerId) -> BTreeSet<ClientId>;

    /// The servers at which a subsystem is registered.
    fn servers_of(&self, subsystem: &ClientId) -> Vec<ServerId>;

    /// Whether the subsystem exists.
    fn exists(&self, subsystem: &ClientId) -> bool;
}

impl Network for ConfigurationView {
    fn server_of_certificate(&self, certificate: &[u8], now: OffsetDateTime) -> Option<ServerId> {
        let certificate = Certificate::from_der(certificate).ok()?;
        if !certificate.valid_at(now) {
            return None;
        }
        Some(self.current()?.server_by_auth_cert(&certificate)?.id.clone())
    }

    fn subsystems_of(&self, server: &ServerId) -> BTreeSet<ClientId> {
        let Some(conf) = self.current() else { return BTreeSet::new() };
        let clients = conf.server(server).map(|server| server.clients.as_slice()).unwrap_or_default();
        clients.iter().filter(|client| client.subsystem().is_some()).cloned().collect()
    }

    fn servers_of(&self, subsystem: &ClientId) -> Vec<ServerId> {
        let Some(conf) = self.current() else { return Vec::new() };
        conf.servers_of(subsystem).into_iter().map(|server| server.id.clone()).collect()
    }

    fn exists(&self, subsystem: &ClientId) -> bool {
        self.current().is_some_and(|conf| conf.client_exists(subsystem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use globalconf::extensions::Extensions;
    use globalconf::shared_params::{AuthCertHash, Member, SecurityServer, SharedParams, Subsystem};
    use globalconf::snapshot::InstanceConf;
    use globalconf::{FormatVersion, GlobalConf};
    use identifiers::MemberId;
    use keys::{KeyType, SigningKey};
    use pki::csr::{Subject, SubjectAttribute};
    use pki::issue::{CertificateParameters, IssueProfile};
    use time::Duration;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-21 15:10 UTC);

    fn certificate() -> Certificate {
        let key = SigningKey::generate(KeyType::P256).unwrap();
        let subject = Subject::new().with(SubjectAttribute::CommonName, "ss");
        let validity = NOW - Duration::DAY..=NOW + Duration::DAY;
        let parameters = CertificateParameters::new(subject, IssueProfile::Authentication, &[1], validity);
        pki::issue::self_signed(&parameters, &key).unwrap()
    }

    /// A configuration with one server of member T/GOV/1, which hosts the member itself and one of its two subsystems.
    fn configuration(certificate: &Certificate) -> GlobalConf {
        let member: MemberId = "T/GOV/1".parse().unwrap();
        let subsystem = |code: &str| Subsystem { code: code.to_owned(), ..Subsystem::default() };
        let shared = SharedParams {
            instance: "T".to_owned(),
            members: vec![Member {
                id: member.clone(),
                class_description: "Government".to_owned(),
                name: "Town".to_owned(),
                subsystems: vec![subsystem("children"), subsystem("taxes")],
            }],
            servers: vec![SecurityServer {
                id: ServerId::new(member.clone(), "ss").unwrap(),
                address: None,
                auth_certs: vec![AuthCertHash { sha1: None, sha256: Some(*certificate.sha256()) }],
                clients: vec![ClientId::from(member), "T/GOV/1/children".parse().unwrap()],
                maintenance: None,
            }],
            ..SharedParams::default()
        };
        let conf = InstanceConf {
            version: FormatVersion::V6,
            expires: None,
            shared,
            private: None,
            extensions: Extensions::default(),
        };
        GlobalConf::build("T", vec![conf], Vec::new()).unwrap()
    }

    #[test]
    fn the_configuration_in_force_tells_who_is_who() {
        let certificate = certificate();
        let view = ConfigurationView::new();
        assert_eq!(view.server_of_certificate(certificate.der(), NOW), None, "nothing is published yet");
        view.replace(configuration(&certificate));
        let server: ServerId = "T/GOV/1/ss".parse().unwrap();
        assert_eq!(view.server_of_certificate(certificate.der(), NOW), Some(server.clone()));
        assert_eq!(view.server_of_certificate(certificate.der(), NOW + Duration::days(2)), None, "expired");
        assert_eq!(view.server_of_certificate(b"no certificate", NOW), None);
        let children: ClientId = "T/GOV/1/children".parse().unwrap();
        assert_eq!(view.subsystems_of(&server), BTreeSet::from([children.clone()]), "not the member itself");
        assert_eq!(view.servers_of(&children), [server]);
        let taxes = "T/GOV/1/taxes".parse().unwrap();
        assert!(view.servers_of(&taxes).is_empty() && view.exists(&taxes));
        assert!(!view.exists(&"T/GOV/1/none".parse().unwrap()));
    }
}
