//! The TLS certificate of the peer: which security server is it, and may it speak for the client?

use protocol::fault::{Origin, Word};

use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::state::{PeerKnown, ReceivedRequest, ValidGlobalConf};
use crate::trust::Presented;

/// The provider must be hosted here, and the sender's security server must be one of the client's. Looked at for
/// every message: a resumed session or a kept connection proves nothing about now.
///
/// # Errors
/// `server.serverproxy.service_failed.` and `unknown_member` or `ssl_authentication_failed`.
pub fn authenticate_peer(
    relay: &Relay,
    received: ReceivedRequest,
    presented: &Presented,
    conf: &ValidGlobalConf,
) -> Result<PeerKnown, Refusal> {
    let ReceivedRequest { message, parts } = received;
    let provider = message.exchange.service.client();
    if relay.declarations().subsystem(provider).is_none() {
        let text = format!("Client '{provider}' not found");
        return Err(Refusal::new(Origin::ServerProxy, &[Word::ServiceFailed, Word::UnknownMember], text));
    }
    let consumer = &message.exchange.consumer;
    let peer = relay.peer_trust().verify_consumer(presented, &parts.ocsp, consumer, conf);
    let peer = peer.map_err(|refusal| Refusal::from(refusal.into_fault(Origin::ServerProxy)))?;
    Ok(PeerKnown { message, parts, peer })
}
