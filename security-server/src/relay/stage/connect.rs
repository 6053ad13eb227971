//! Connect to a security server of the provider, and make sure that it is one.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use identifiers::ClientId;
use protocol::fault::{Origin, Word};
use service_kit::http_client::{ClientError, Connection};

use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::state::{
    Candidate, Connected, Enveloped, Routed, Sealable, ShownChain, ValidGlobalConf, VerifiedProvider,
};
use crate::trust::{PeerRefusal, Presented};

/// A connection to a server that is who it must be.
struct Reached {
    connection: Connection,
    shown: ShownChain,
    provider: VerifiedProvider,
}

/// Why a candidate was not taken.
enum Passed {
    /// Neither TCP nor TLS.
    Unreachable(ClientError),
    /// It is not who it must be.
    NotTrusted(PeerRefusal),
}

/// Connects to one of the candidates. Of several, the one that was fastest lately is tried alone; otherwise all are
/// tried at once and the first that is connected and proven wins. Another one is tried only while nothing of the
/// message has left: when TCP, TLS or the identity of the peer fails.
///
/// # Errors
/// `server.clientproxy.network_error`, or `ssl_authentication_failed` when somebody answered who must not.
pub async fn connect(
    relay: &Relay,
    routed: Sealable<Routed>,
    conf: &ValidGlobalConf,
) -> Result<Connected, Refusal> {
    let Routed { enveloped, candidates } = routed.into_state();
    let client = enveloped.message.exchange.service.client().clone();
    let several = candidates.len() > 1;
    let mut passed = Vec::new();
    let fastest = relay.peers().fastest(&candidates);
    if let Some(candidate) = &fastest {
        match reach(relay, candidate, several, &client, conf).await {
            Ok(reached) => return Ok(connected(enveloped, reached)),
            Err(reason) => passed.push((candidate, reason)),
        }
        relay.peers().forget(&candidates);
    }
    let target = &client;
    let others = candidates.iter().filter(|candidate| fastest.as_ref() != Some(candidate));
    let mut attempts: FuturesUnordered<_> = others
        .map(async |candidate| (candidate, reach(relay, candidate, several, target, conf).await))
        .collect();
    while let Some((candidate, attempt)) = attempts.next().await {
        match attempt {
            Ok(reached) => {
                relay.peers().remember(&candidates, candidate);
                return Ok(connected(enveloped, reached));
            }
            Err(reason) => passed.push((candidate, reason)),
        }
    }
    Err(refuse(passed))
}

fn connected(enveloped: Enveloped, reached: Reached) -> Connected {
    let Reached { connection, shown, provider } = reached;
    Connected { enveloped, connection, shown, provider }
}

async fn reach(
    relay: &Relay,
    candidate: &Candidate,
    several: bool,
    provider: &ClientId,
    conf: &ValidGlobalConf,
) -> Result<Reached, Passed> {
    let open = async |anew| relay.peers().open(candidate, several, anew).await.map_err(Passed::Unreachable);
    let (connection, shown) = open(false).await?;
    let kept = connection.is_reused();
    match trusted(relay, candidate, presented(relay, &connection), provider, conf).await {
        Ok(provider) => Ok(Reached { connection, shown, provider }),
        // The server may have another certificate by now than when this connection was opened.
        Err(_) if kept => {
            let (connection, shown) = open(true).await?;
            let provider = trusted(relay, candidate, presented(relay, &connection), provider, conf).await?;
            Ok(Reached { connection, shown, provider })
        }
        Err(passed) => Err(passed),
    }
}

fn presented(relay: &Relay, connection: &Connection) -> Result<Presented, PeerRefusal> {
    let chain = connection.peer().map(|peer| peer.certificates.as_slice());
    relay.peer_trust().presented(chain.unwrap_or_default())
}

async fn trusted(
    relay: &Relay,
    candidate: &Candidate,
    presented: Result<Presented, PeerRefusal>,
    provider: &ClientId,
    conf: &ValidGlobalConf,
) -> Result<VerifiedProvider, Passed> {
    let presented = presented.map_err(Passed::NotTrusted)?;
    let (host, port) = relay.peers().ocsp_location(candidate);
    let verified = relay.peer_trust().verify_provider(&presented, (&host, port), provider, conf).await;
    verified.map_err(Passed::NotTrusted)
}

/// One who answered and is not trusted says more than many who did not answer.
fn refuse(passed: Vec<(&Candidate, Passed)>) -> Refusal {
    let hosts: Vec<_> = passed.iter().map(|(candidate, _)| candidate.address.clone()).collect();
    let mut causes = Vec::new();
    for (candidate, reason) in passed {
        match reason {
            Passed::NotTrusted(refusal) => return Refusal::from(refusal.into_fault(Origin::ClientProxy)),
            // It answers, but does not show who it is, or does not believe who we are; X-Road says so too.
            Passed::Unreachable(error @ ClientError::Tls { .. }) => {
                let words = [Word::SslAuthenticationFailed];
                return Refusal::new(Origin::ClientProxy, &words, "TLS handshake failed").because(error);
            }
            Passed::Unreachable(error) => causes.push(format!("{}: {error}", candidate.server)),
        }
    }
    let text = format!("Could not connect to any target host ({})", hosts.join(", "));
    Refusal::new(Origin::ClientProxy, &[Word::NetworkError], text).because(causes.join("; "))
}
