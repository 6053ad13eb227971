//! Who is let in on the link between security servers, and what such a peer is told beforehand.

use std::sync::Arc;
use std::time::Duration;

use globalconf::GlobalConf;
use pki::Certificate;
use service_kit::peer_tls::{Admission, PeerAcceptor};
use service_kit::tls::TlsIdentity;

use crate::trust::{GlobalConfStore, PeerTrust};

/// Pause between two looks at the approved authorities.
const PAUSE: Duration = Duration::from_secs(10);

/// Lets in whom the global configuration registers; everything else is decided for each message. That includes
/// whether the configuration has expired: a known peer is told so, instead of being turned away without a reason.
pub(super) fn admission(global_conf: &Arc<GlobalConfStore>, trust: &Arc<PeerTrust>) -> Admission {
    let (global_conf, trust) = (Arc::clone(global_conf), Arc::clone(trust));
    Arc::new(move |leaf: &[u8]| {
        let Ok(leaf) = Certificate::from_der(leaf) else { return false };
        global_conf.current().is_some_and(|conf| trust.admit(&leaf, &conf).is_ok())
    })
}

/// Keeps the authorities that the legacy stack announces to its clients those of the global configuration.
pub(super) async fn follow_authorities(
    acceptor: PeerAcceptor,
    auth: TlsIdentity,
    global_conf: Arc<GlobalConfStore>,
) {
    let mut announced = Vec::new();
    loop {
        let approved = global_conf.current().map(|conf| authority_names(&conf)).unwrap_or_default();
        if approved != announced {
            match acceptor.replace(&auth, &approved) {
                Ok(()) => {
                    tracing::debug!(authorities = approved.len(), "announcing the approved authorities")
                }
                Err(error) => tracing::error!(%error, "the approved authorities cannot be announced"),
            }
            announced = approved;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Subject names (DER) of the approved authorities of our instance.
fn authority_names(conf: &GlobalConf) -> Vec<Vec<u8>> {
    let approved = conf.approved_cas(conf.instance()).iter();
    approved
        .flat_map(|service| std::iter::once(&service.top_ca).chain(&service.intermediate_cas))
        .filter_map(|authority| Certificate::from_der(&authority.cert).ok())
        .map(|certificate| certificate.subject().der().to_vec())
        .collect()
}
