//! May this client have this served? Access right and, for personal services, consent.

use consent::{ConsentRefusal, Request};
use protocol::fault::{Fault, Origin, Word};

use crate::access_rights::{self, AccessRefusal};
use crate::relay::Relay;
use crate::relay::codec::Exchange;
use crate::relay::stage::Refusal;
use crate::relay::state::{Authorised, PeerKnown, ValidGlobalConf, VerifiedMessage};

/// Decides about a request whose sender is proven. Who has no right learns nothing about consent.
///
/// # Errors
/// `server.serverproxy.` and `unknown_service`, `service_type`, `access_denied`, `service_disabled`, or a consent word.
pub fn authorise(
    relay: &Relay,
    verified: VerifiedMessage<PeerKnown>,
    conf: &ValidGlobalConf,
) -> Result<Authorised, Refusal> {
    let message = &verified.message().message;
    let Exchange { consumer, service, .. } = &message.exchange;
    let permit = access_rights::decide(&relay.declarations(), conf, consumer, service, message.operation());
    let permit = permit.map_err(|refusal| refuse_access(&refusal))?;
    let decided =
        relay.consent().decide(permit.consent(), &consent_request(&message.exchange), message.headers());
    let consent = decided.map_err(|refusal| refuse_for_consent(Origin::ServerProxy, &refusal))?;
    tracing::debug!(
        peer = %verified.message().peer.server(),
        right = permit.rule(),
        rests_on_consent = consent.rests_on_consent(),
        "request permitted"
    );
    Ok(Authorised { verified, permit, consent })
}

/// The exchange as the consent rules see it.
pub(super) fn consent_request(exchange: &Exchange) -> Request<'_> {
    Request { message_id: &exchange.query_id, consumer: &exchange.consumer, service: &exchange.service }
}

/// The coarse code for the asking side; the fine reason stays in our log.
pub(super) fn refuse_for_consent(origin: Origin, refusal: &ConsentRefusal) -> Refusal {
    let code = refusal.code();
    let word = Word::parse(code.word()).unwrap_or(Word::ConsentRequired);
    if refusal.reason().is_alarm() {
        tracing::error!(target: "consent", reason = %refusal.reason(), "consent refused; an operator should look at it");
    }
    let fault = Fault::new(origin, &[word], code.text()).with_detail(code.detail());
    Refusal::from(fault).because(refusal.reason())
}

fn refuse_access(refusal: &AccessRefusal) -> Refusal {
    Refusal::new(Origin::ServerProxy, &[refusal.word()], refusal.to_string())
}
