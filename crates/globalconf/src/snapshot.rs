//! The immutable snapshot and its look-ups.

use std::sync::Arc;

use identifiers::{ClientId, GroupId, MemberId, ServerId};
use pki::Certificate;
use time::{Duration, OffsetDateTime};

use crate::extensions::Extensions;
use crate::private_params::PrivateParams;
use crate::shared_params::{ApprovedCa, ApprovedTsa, SecurityServer, SharedParams};
use crate::version::FormatVersion;

/// The global configuration at one point: immutable, cheap to clone.
#[derive(Clone)]
pub struct GlobalConf {
    inner: Arc<()>,
}

/// Proof that a configuration was not expired at a given time. Only
/// [`GlobalConf::valid_at`] makes it.
#[derive(Clone)]
pub struct ValidGlobalConf {
    conf: GlobalConf,
    at: OffsetDateTime,
}

/// The own instance's configuration has expired: no message may be handled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Global configuration is expired")]
pub struct GlobalConfOutdated {
    /// When it expired.
    pub expired: OffsetDateTime,
}

#[allow(clippy::todo, unused_variables)]
impl GlobalConf {
    /// The own instance.
    pub fn instance(&self) -> &str {
        todo!()
    }

    /// Format version of the own instance.
    pub fn version(&self) -> FormatVersion {
        todo!()
    }

    /// When the own instance's configuration expires; `None` means never.
    pub fn expires(&self) -> Option<OffsetDateTime> {
        todo!()
    }

    /// Whether the own instance's private or shared parameters have expired.
    pub fn expired(&self, now: OffsetDateTime) -> bool {
        todo!()
    }

    /// The proof that messages may be handled at `now`. Expired foreign instances are hidden in it.
    ///
    /// # Errors
    /// The configuration has expired.
    pub fn valid_at(&self, now: OffsetDateTime) -> Result<ValidGlobalConf, GlobalConfOutdated> {
        todo!()
    }

    /// The server whose registered authentication certificate this is.
    pub fn server_by_auth_cert(&self, certificate: &Certificate) -> Option<&SecurityServer> {
        todo!()
    }

    /// The server with this identifier.
    pub fn server(&self, id: &ServerId) -> Option<&SecurityServer> {
        todo!()
    }

    /// All servers where the client is registered, as client or as owner.
    pub fn servers_of(&self, client: &ClientId) -> Vec<&SecurityServer> {
        todo!()
    }

    /// Whether the client is registered at the server.
    pub fn client_registered_at(&self, client: &ClientId, server: &ServerId) -> bool {
        todo!()
    }

    /// Whether the member or subsystem exists.
    pub fn client_exists(&self, client: &ClientId) -> bool {
        todo!()
    }

    /// Full name of a member.
    pub fn member_name(&self, member: &MemberId) -> Option<&str> {
        todo!()
    }

    /// Approved certification services of an instance.
    pub fn approved_cas(&self, instance: &str) -> &[ApprovedCa] {
        todo!()
    }

    /// Approved timestamping services of the own instance.
    pub fn tsas(&self) -> &[ApprovedTsa] {
        todo!()
    }

    /// Members of a global group; `None` when there is no such group.
    pub fn global_group_members(&self, group: &GroupId) -> Option<&[ClientId]> {
        todo!()
    }

    /// Whether the client is in the group.
    pub fn is_in_global_group(&self, client: &ClientId, group: &GroupId) -> bool {
        todo!()
    }

    /// How old an OCSP response may be.
    pub fn ocsp_freshness(&self) -> Duration {
        todo!()
    }

    /// Interval between batch timestamps, between 60 seconds and a day.
    pub fn timestamping_interval(&self) -> Duration {
        todo!()
    }

    /// What the optional files of the own instance say.
    pub fn extensions(&self) -> &Extensions {
        todo!()
    }

    /// Shared parameters of an instance.
    pub fn shared_params(&self, instance: &str) -> Option<&SharedParams> {
        todo!()
    }

    /// Private parameters of the own instance.
    pub fn private_params(&self) -> Option<&PrivateParams> {
        todo!()
    }
}

#[allow(clippy::todo, unused_variables)]
impl pki::trust::Trust for GlobalConf {
    fn issuer_of(&self, cert: &Certificate, instance: &str) -> Option<&pki::trust::Issuer> {
        todo!()
    }

    fn ocsp_policy(&self) -> pki::trust::OcspPolicy {
        todo!()
    }

    fn tsa_certificates(&self) -> &[Certificate] {
        todo!()
    }
}

impl ValidGlobalConf {
    /// The time for which this is the proof.
    pub fn at(&self) -> OffsetDateTime {
        self.at
    }
}

impl std::ops::Deref for ValidGlobalConf {
    type Target = GlobalConf;

    fn deref(&self) -> &GlobalConf {
        &self.conf
    }
}
