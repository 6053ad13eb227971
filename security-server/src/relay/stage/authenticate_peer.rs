//! The TLS certificate of the peer: which security server is it, and may it speak for the client?

use protocol::Payload;
use protocol::fault::{Origin, Word};

use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::state::{PeerKnown, ReceivedRequest, ValidGlobalConf};
use crate::trust::Presented;

/// This server must be the one that is wanted, the provider must be hosted here, and the sender's security server must
/// be one of the client's. Looked at for every message: a resumed session or a kept connection proves nothing about now.
///
/// # Errors
/// `server.serverproxy.service_failed.` and `invalid_security_server`, `unknown_member` or
/// `ssl_authentication_failed`.
pub fn authenticate_peer(
    relay: &Relay,
    received: ReceivedRequest,
    presented: &Presented,
    conf: &ValidGlobalConf,
) -> Result<PeerKnown, Refusal> {
    let ReceivedRequest { message, parts } = received;
    // X-Road looks at the wanted server of SOAP messages only: REST names it for the consumer's side.
    if let (Payload::Soap, Some(wanted)) = (message.payload(), &message.wanted_server)
        && wanted != relay.server()
    {
        let text = format!("Invalid security server identifier '{wanted}', expected '{}'", relay.server());
        return Err(refuse(Word::InvalidSecurityServer, text));
    }
    let provider = message.exchange.service.client();
    if relay.declarations().subsystem(provider).is_none() {
        return Err(refuse(Word::UnknownMember, format!("Client '{provider}' not found")));
    }
    let consumer = &message.exchange.consumer;
    let peer = relay.peer_trust().verify_consumer(presented, &parts.ocsp, consumer, conf);
    let peer = peer.map_err(|refusal| Refusal::from(refusal.into_fault(Origin::ServerProxy)))?;
    Ok(PeerKnown { message, parts, peer })
}

fn refuse(word: Word, text: String) -> Refusal {
    Refusal::new(Origin::ServerProxy, &[Word::ServiceFailed, word], text)
}
