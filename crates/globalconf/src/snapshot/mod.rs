//! The immutable snapshot and its look-ups.

mod build;
mod lookup;
mod trust;

pub use build::InstanceConf;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use identifiers::{ClientId, GroupId, MemberId, ServerId};
use pki::Certificate;
use pki::trust::Issuer;
use time::OffsetDateTime;

use crate::shared_params::{Member, SecurityServer};

/// The global configuration at one point: immutable, cheap to clone.
#[derive(Clone)]
pub struct GlobalConf {
    inner: Arc<Inner>,
    hidden: Option<Arc<Hidden>>,
}

/// Proof that a configuration was not expired at a given time. Only
/// [`GlobalConf::valid_at`] makes it.
#[derive(Debug, Clone)]
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

/// Everything, indexed for the look-ups of the message path.
struct Inner {
    /// Position of the own instance.
    own: usize,
    instances: Vec<InstanceConf>,
    by_instance: HashMap<String, usize>,
    members: HashMap<MemberId, Place>,
    clients: HashMap<ClientId, ClientPlace>,
    servers: HashMap<ServerId, Place>,
    /// By SHA-1 (20 bytes) or SHA-256 (32 bytes) of the authentication certificate.
    servers_by_auth_cert: HashMap<Vec<u8>, Place>,
    groups: HashMap<GroupId, GroupPlace>,
    /// For each instance its issuers by canonical subject.
    issuers: Vec<HashMap<String, Vec<Issuer>>>,
    tsa_certificates: Vec<Certificate>,
    problems: Vec<String>,
}

/// Position of an instance and inside one of its lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    instance: usize,
    position: usize,
}

struct ClientPlace {
    instance: usize,
    /// Servers that host it.
    servers: Vec<Place>,
}

struct GroupPlace {
    place: Place,
    members: HashSet<ClientId>,
}

/// Foreign instances that had expired at the time of a [`ValidGlobalConf`].
struct Hidden {
    instances: Vec<usize>,
    /// The timestamping authorities of the others.
    tsa_certificates: Vec<Certificate>,
}

impl GlobalConf {
    /// Whether the own instance's private or shared parameters have expired.
    #[must_use]
    pub fn expired(&self, now: OffsetDateTime) -> bool {
        self.expires().is_some_and(|expires| expires < now)
    }

    /// The proof that messages may be handled at `now`. Foreign instances that have expired are
    /// hidden in it: their members are unknown.
    ///
    /// # Errors
    /// The own instance's configuration has expired.
    pub fn valid_at(&self, now: OffsetDateTime) -> Result<ValidGlobalConf, GlobalConfOutdated> {
        if let Some(expired) = self.expires().filter(|expires| *expires < now) {
            return Err(GlobalConfOutdated { expired });
        }
        let expired = |conf: &InstanceConf| conf.expires.is_some_and(|expires| expires < now);
        let gone: Vec<usize> =
            (0..self.inner.instances.len()).filter(|index| expired(&self.inner.instances[*index])).collect();
        let hidden = if gone.is_empty() { None } else { Some(Arc::new(self.hide(gone))) };
        Ok(ValidGlobalConf { conf: Self { inner: Arc::clone(&self.inner), hidden }, at: now })
    }

    fn hide(&self, instances: Vec<usize>) -> Hidden {
        let visible = self.inner.instances.iter().enumerate().filter(|(index, _)| !instances.contains(index));
        let tsas = visible.flat_map(|(_, conf)| &conf.shared.approved_tsas);
        let tsa_certificates = tsas.filter_map(|tsa| build::read_certificate(&tsa.cert).ok()).collect();
        Hidden { instances, tsa_certificates }
    }

    fn is_visible(&self, instance: usize) -> bool {
        self.hidden.as_ref().is_none_or(|hidden| !hidden.instances.contains(&instance))
    }

    fn server_at(&self, place: Place) -> Option<&SecurityServer> {
        if !self.is_visible(place.instance) {
            return None;
        }
        self.inner.instances.get(place.instance)?.shared.servers.get(place.position)
    }

    fn member_at(&self, place: Place) -> Option<&Member> {
        if !self.is_visible(place.instance) {
            return None;
        }
        self.inner.instances.get(place.instance)?.shared.members.get(place.position)
    }
}

impl ValidGlobalConf {
    /// The time for which this is the proof.
    #[must_use]
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

impl fmt::Debug for GlobalConf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalConf")
            .field("instance", &self.instance())
            .field("version", &self.version())
            .field("expires", &self.expires())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
