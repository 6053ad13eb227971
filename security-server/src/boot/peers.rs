//! Who is let in on the link between security servers.

use std::sync::Arc;

use pki::Certificate;
use service_kit::peer_tls::Admission;

use crate::trust::{GlobalConfStore, PeerTrust};

/// Lets in whom the global configuration registers; everything else is decided for each message. That includes
/// whether the configuration has expired: a known peer is told so, instead of being turned away without a reason.
pub(super) fn admission(global_conf: &Arc<GlobalConfStore>, trust: &Arc<PeerTrust>) -> Admission {
    let (global_conf, trust) = (Arc::clone(global_conf), Arc::clone(trust));
    Arc::new(move |leaf: &[u8]| {
        let certificate = match Certificate::from_der(leaf) {
            Ok(certificate) => certificate,
            Err(error) => {
                tracing::warn!(%error, "a server was turned away: its certificate cannot be read");
                return false;
            }
        };
        let known = match global_conf.current() {
            Some(conf) => trust.admit(&certificate, &conf).map_err(|refusal| refusal.to_string()),
            None => Err("there is no global configuration yet".to_owned()),
        };
        known.map_err(|reason| turned_away(&certificate, &reason)).is_ok()
    })
}

/// Who it was, in the words in which a certificate is looked for: the other side sees nothing but an alert.
fn turned_away(certificate: &Certificate, reason: &str) {
    tracing::warn!(
        subject = %certificate.subject(),
        issuer = %certificate.issuer(),
        serial = certificate.serial_decimal(),
        sha256 = hex::encode(certificate.sha256()),
        reason,
        "a server was turned away"
    );
}
