//! The look-ups of the message path.

use identifiers::{ClientId, GroupId, MemberId, ServerId};
use pki::Certificate;
use time::{Duration, OffsetDateTime};

use super::{GlobalConf, InstanceConf};
use crate::extensions::Extensions;
use crate::private_params::PrivateParams;
use crate::shared_params::{ApprovedCa, ApprovedTsa, Member, SecurityServer, SharedParams};
use crate::version::FormatVersion;

/// Bounds of the interval between batch timestamps, in seconds; also the interval when no private
/// parameters are there.
const TIMESTAMPING_INTERVAL_SECONDS: std::ops::RangeInclusive<u32> = 60..=86_400;

impl GlobalConf {
    /// The own instance.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.own().shared.instance
    }

    /// Format version of the own instance.
    #[must_use]
    pub fn version(&self) -> FormatVersion {
        self.own().version
    }

    /// When the own instance's configuration expires; `None` means never.
    #[must_use]
    pub fn expires(&self) -> Option<OffsetDateTime> {
        self.own().expires
    }

    /// All instances, the own one among them.
    pub fn instances(&self) -> impl Iterator<Item = &str> {
        let visible = (0..self.inner.instances.len()).filter(|index| self.is_visible(*index));
        visible.map(|index| self.inner.instances[index].shared.instance.as_str())
    }

    /// What was wrong and did not make the configuration unusable, such as a certificate that cannot
    /// be read. For logs.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.inner.problems
    }

    /// The server whose registered authentication certificate this is.
    ///
    /// Configurations of V2 list SHA-1, later ones SHA-256; both are looked for.
    #[must_use]
    pub fn server_by_auth_cert(&self, certificate: &Certificate) -> Option<&SecurityServer> {
        self.server_by_auth_cert_hash(certificate.sha256())
            .or_else(|| self.server_by_auth_cert_hash(certificate.sha1()))
    }

    /// The server whose registered authentication certificate has this SHA-256, or this SHA-1 in a
    /// configuration of V2.
    #[must_use]
    pub fn server_by_auth_cert_hash(&self, hash: &[u8]) -> Option<&SecurityServer> {
        self.server_at(*self.inner.servers_by_auth_cert.get(hash)?)
    }

    /// The server with this identifier.
    #[must_use]
    pub fn server(&self, id: &ServerId) -> Option<&SecurityServer> {
        self.server_at(*self.inner.servers.get(id)?)
    }

    /// All servers where the client is registered, as client or as owner, in the order of the
    /// configuration.
    #[must_use]
    pub fn servers_of(&self, client: &ClientId) -> Vec<&SecurityServer> {
        let places = self.inner.clients.get(client).map_or(&[][..], |client| &client.servers);
        places.iter().filter_map(|place| self.server_at(*place)).collect()
    }

    /// Whether the client is registered at the server, as client or as owner.
    #[must_use]
    pub fn client_registered_at(&self, client: &ClientId, server: &ServerId) -> bool {
        let Some(place) = self.inner.servers.get(server) else { return false };
        let hosts = self.inner.clients.get(client).map_or(&[][..], |client| &client.servers);
        self.is_visible(place.instance) && hosts.contains(place)
    }

    /// Whether the member or subsystem exists.
    #[must_use]
    pub fn client_exists(&self, client: &ClientId) -> bool {
        self.inner.clients.get(client).is_some_and(|client| self.is_visible(client.instance))
    }

    /// A member with its subsystems.
    #[must_use]
    pub fn member(&self, id: &MemberId) -> Option<&Member> {
        self.member_at(*self.inner.members.get(id)?)
    }

    /// Full name of a member.
    #[must_use]
    pub fn member_name(&self, id: &MemberId) -> Option<&str> {
        self.member(id).map(|member| member.name.as_str())
    }

    /// Approved certification services of an instance.
    #[must_use]
    pub fn approved_cas(&self, instance: &str) -> &[ApprovedCa] {
        self.shared_params(instance).map_or(&[], |shared| &shared.approved_cas)
    }

    /// Approved timestamping services of the own instance.
    #[must_use]
    pub fn tsas(&self) -> &[ApprovedTsa] {
        &self.own().shared.approved_tsas
    }

    /// Members of a global group; `None` when there is no such group.
    #[must_use]
    pub fn global_group_members(&self, group: &GroupId) -> Option<&[ClientId]> {
        let place = self.inner.groups.get(group)?.place;
        if !self.is_visible(place.instance) {
            return None;
        }
        let groups = &self.inner.instances.get(place.instance)?.shared.global_groups;
        groups.get(place.position).map(|group| group.members.as_slice())
    }

    /// Whether the client is in the group.
    #[must_use]
    pub fn is_in_global_group(&self, client: &ClientId, group: &GroupId) -> bool {
        let found = self.inner.groups.get(group).filter(|group| self.is_visible(group.place.instance));
        found.is_some_and(|group| group.members.contains(client))
    }

    /// How old an OCSP response may be.
    #[must_use]
    pub fn ocsp_freshness(&self) -> Duration {
        Duration::seconds(self.own().shared.ocsp_freshness_seconds.into())
    }

    /// What the optional files of the own instance say.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.own().extensions
    }

    /// Interval between batch timestamps, between 60 seconds and a day.
    #[must_use]
    pub fn timestamping_interval(&self) -> Duration {
        let (shortest, longest) = TIMESTAMPING_INTERVAL_SECONDS.into_inner();
        let published =
            self.private_params().map_or(shortest, |private| private.timestamping_interval_seconds);
        Duration::seconds(published.clamp(shortest, longest).into())
    }

    /// Shared parameters of an instance.
    #[must_use]
    pub fn shared_params(&self, instance: &str) -> Option<&SharedParams> {
        let index = *self.inner.by_instance.get(instance)?;
        let conf = self.inner.instances.get(index)?;
        if self.is_visible(index) { Some(&conf.shared) } else { None }
    }

    /// Private parameters of the own instance.
    #[must_use]
    pub fn private_params(&self) -> Option<&PrivateParams> {
        self.own().private.as_ref()
    }

    fn own(&self) -> &InstanceConf {
        // `build` makes no snapshot without the own instance.
        &self.inner.instances[self.inner.own]
    }
}
