//! Connect to a security server of the provider, and make sure that it is one.

use identifiers::ClientId;
use protocol::fault::{Origin, Word};
use service_kit::http_client::Connection;

use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::state::{Candidate, Connected, Routed, ValidGlobalConf, VerifiedProvider};
use crate::trust::Presented;

/// Tries the candidates one after the other. Another one is tried only while nothing of the message has left: when
/// TCP, TLS or the identity of the peer fails.
///
/// # Errors
/// `server.clientproxy.network_error`, or `ssl_authentication_failed` when the last failure was about identity.
pub async fn connect(relay: &Relay, routed: Routed, conf: &ValidGlobalConf) -> Result<Connected, Refusal> {
    let Routed { enveloped, candidates } = routed;
    let provider = enveloped.message.exchange.service.client();
    let mut last = None;
    for (tried, candidate) in candidates.iter().enumerate() {
        let others = tried + 1 < candidates.len();
        match reach(relay, candidate, others, provider, conf).await {
            Ok((connection, provider)) => {
                relay.peers().remember(&candidates, Some(candidate));
                return Ok(Connected { enveloped, connection, provider });
            }
            Err(refusal) => last = Some(refusal),
        }
    }
    relay.peers().remember(&candidates, None);
    Err(last.unwrap_or_else(|| unreachable_host(&candidates)))
}

async fn reach(
    relay: &Relay,
    candidate: &Candidate,
    others: bool,
    provider: &ClientId,
    conf: &ValidGlobalConf,
) -> Result<(Connection, VerifiedProvider), Refusal> {
    let opened = relay.peers().open(candidate, others).await;
    let connection =
        opened.map_err(|error| unreachable_host(std::slice::from_ref(candidate)).because(error))?;
    let refused = |refusal: crate::trust::PeerRefusal| Refusal::from(refusal.into_fault(Origin::ClientProxy));
    let presented = connection.peer().map(|peer| peer.certificates.as_slice()).unwrap_or_default();
    let presented = Presented::from_der(presented).map_err(refused)?;
    let (host, port) = relay.peers().ocsp_location(candidate);
    let verified = relay.peer_trust().verify_provider(&presented, (&host, port), provider, conf).await;
    Ok((connection, verified.map_err(refused)?))
}

fn unreachable_host(candidates: &[Candidate]) -> Refusal {
    let hosts: Vec<_> = candidates.iter().map(|candidate| candidate.address.as_str()).collect();
    let text = format!("Could not connect to any target host ({})", hosts.join(", "));
    Refusal::new(Origin::ClientProxy, &[Word::NetworkError], text)
}
