//! What of the model each format version can express.

use identifiers::ClientId;

use super::model::{AuthCertHash, SharedParams};
use crate::version::FormatVersion;

impl SharedParams {
    /// The parameters as a reader of `version` sees them.
    ///
    /// The owner of a server is not listed among its clients: it is one without being told.
    /// Before V5 there is no maintenance mode: a server in maintenance loses its subsystems instead,
    /// so that readers do not send requests to it.
    #[must_use]
    pub fn as_version(&self, version: FormatVersion) -> Self {
        let mut params = self.clone();
        if version < FormatVersion::V6 {
            params.drop_v6();
        }
        if version < FormatVersion::V5 {
            params.drop_v5();
        }
        if version < FormatVersion::V4 {
            for acme in params.approved_cas.iter_mut().filter_map(|ca| ca.acme_server.as_mut()) {
                acme.authentication_profile_id = None;
                acme.signing_profile_id = None;
            }
        }
        if version < FormatVersion::V3 {
            params.sources.clear();
            params.approved_cas.iter_mut().for_each(|ca| ca.acme_server = None);
        }
        for server in &mut params.servers {
            let owner = ClientId::from(server.id.member().clone());
            server.clients.retain(|client| *client != owner);
            server.auth_certs.iter_mut().for_each(|hash| *hash = hash.as_version(version));
        }
        params
    }

    fn drop_v6(&mut self) {
        for ca in &mut self.approved_cas {
            ca.default_csr_format = None;
            for info in std::iter::once(&mut ca.top_ca).chain(&mut ca.intermediate_cas) {
                info.ocsp.iter_mut().for_each(|ocsp| ocsp.cost_type = None);
            }
        }
        self.approved_tsas.iter_mut().for_each(|tsa| tsa.cost_type = None);
    }

    fn drop_v5(&mut self) {
        for subsystem in self.members.iter_mut().flat_map(|member| &mut member.subsystems) {
            subsystem.name = None;
        }
        for server in &mut self.servers {
            if server.maintenance.take().is_some() {
                server.clients.retain(|client| client.subsystem().is_none());
            }
        }
    }
}

impl AuthCertHash {
    fn as_version(&self, version: FormatVersion) -> Self {
        if version.lists_sha1() {
            Self { sha1: self.sha1, sha256: None }
        } else {
            Self { sha1: None, sha256: self.sha256 }
        }
    }
}
