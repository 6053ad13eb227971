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
