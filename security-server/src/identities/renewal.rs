//! New keys and certificates while the server runs, without an exchange noticing.
//!
//! Connections and signatures under way finish with what they began with. The authentication certificate changes when
//! the administrator has the keys read again, or by itself when others no longer accept the one in use.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use globalconf::GlobalConf;
use keys::Identity;
use pki::Certificate;
use protocol::fault::Origin;
use service_kit::peer_tls::PeerAcceptor;
use tokio::sync::Mutex;

use super::{KeySource, Standing, authentication, to_tls};
use crate::relay::Relay;
use crate::trust::{GlobalConfStore, OcspStore};

/// Pause between two looks at what others accept, and at the approved authorities.
const PAUSE: Duration = Duration::from_secs(10);

/// Everything that uses keys, and where they come from.
pub struct Renewal {
    /// The keys.
    pub source: Arc<KeySource>,
    /// Signatures, and connections to other servers.
    pub relay: Arc<Relay>,
    /// Connections of other servers.
    pub acceptor: PeerAcceptor,
    /// The status of our certificates.
    pub ocsp: Arc<OcspStore>,
    /// Which of them are registered.
    pub global_conf: Arc<GlobalConfStore>,
    /// What is in use. Held while it changes.
    pub in_use: Mutex<InUse>,
}

/// What is in use.
pub struct InUse {
    /// All keys.
    pub identities: Vec<Identity>,
    /// The one that other servers see.
    pub authentication: Identity,
    /// Subject names (DER) of the authorities that the legacy stack announces to its clients.
    pub announced: Vec<Vec<u8>>,
}

impl Renewal {
    /// Takes over keys that were read: their status is fetched first, so that none is used before others accept it.
    /// Says what is in use now.
    ///
    /// # Errors
    /// There is no authentication certificate, or it cannot be used; what was in use stays.
    pub async fn take(&self, identities: Vec<Identity>) -> anyhow::Result<String> {
        authentication(&identities, None, |_| Standing::Unregistered)?;
        let mut in_use = self.in_use.lock().await;
        // Those in use are asked about too: an exchange may still need their status.
        let all = identities.iter().chain(&in_use.identities).flat_map(Identity::certificates).cloned();
        self.ocsp.set_own(all.collect());
        if let Err(error) = self.ocsp.refresh().await {
            tracing::warn!(error = format!("{error:#}"), "status of an own certificate is not fresh");
        }
        self.settle(&mut in_use, &identities, None)?;
        self.relay.sealer().renew(&identities);
        self.ocsp.set_own(identities.iter().flat_map(Identity::certificates).cloned().collect());
        in_use.identities = identities;
        let subject = in_use.authentication.certificate().subject();
        Ok(format!("{} certificates, known to other servers as {subject}", in_use.identities.len()))
    }

    /// Reads the keys. What is in use stays as it is.
    ///
    /// # Errors
    /// What cannot be read.
    pub async fn read(&self) -> anyhow::Result<Vec<Identity>> {
        let source = Arc::clone(&self.source);
        tokio::task::spawn_blocking(move || source.load()).await.context("keys could not be read")?
    }

    /// Keeps what other servers see in step with the global configuration; for ever.
    pub async fn follow(&self) {
        loop {
            {
                let mut in_use = self.in_use.lock().await;
                let (identities, shown) = (in_use.identities.clone(), in_use.authentication.clone());
                if let Err(error) = self.settle(&mut in_use, &identities, Some(shown.certificate())) {
                    tracing::error!(error = format!("{error:#}"), "the authentication certificate stays");
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Chooses the authentication certificate and brings it, and the authorities, to where they are used.
    fn settle(
        &self,
        in_use: &mut InUse,
        identities: &[Identity],
        keep: Option<&Certificate>,
    ) -> anyhow::Result<()> {
        let conf = self.relay.valid_global_conf(Origin::ClientProxy).ok();
        let standing = |identity: &Identity| match &conf {
            Some(conf) => Standing::of(identity, self.relay.server(), conf, &self.ocsp),
            None => Standing::Unregistered,
        };
        let chosen = match (&conf, keep) {
            // Nothing is known about anything: no reason to change.
            (None, Some(_)) => in_use.authentication.clone(),
            _ => authentication(identities, keep, standing)?.clone(),
        };
        let changed = !chosen.certificates().eq(in_use.authentication.certificates());
        let approved = self.global_conf.current().map(|conf| authority_names(&conf)).unwrap_or_default();
        if !changed && approved == in_use.announced {
            return Ok(());
        }
        let tls = to_tls(&chosen)?;
        self.acceptor.replace(&tls, &approved)?;
        in_use.announced = approved;
        if changed {
            self.relay.peers().show(&tls, chosen.certificates().cloned().collect())?;
            self.relay.consent().present(&tls)?;
            tracing::info!(
                subject = %chosen.certificate().subject(),
                serial = chosen.certificate().serial_decimal(),
                "other servers see another certificate from now on"
            );
            in_use.authentication = chosen;
        }
        Ok(())
    }
}

/// Subject names (DER) of the approved authorities of every instance: peers of all of them connect here.
fn authority_names(conf: &GlobalConf) -> Vec<Vec<u8>> {
    let approved = conf.instances().flat_map(|instance| conf.approved_cas(instance));
    approved
        .flat_map(|service| std::iter::once(&service.top_ca).chain(&service.intermediate_cas))
        .filter_map(|authority| Certificate::from_der(&authority.cert).ok())
        .map(|certificate| certificate.subject().der().to_vec())
        .collect()
}
