//! Sign: the signature of the member that speaks, over every part of the message. Whether it can be had is asked first.

use identifiers::MemberId;
use protocol::fault::{Origin, Word};

use crate::message_log;
use crate::relay::Relay;
use crate::relay::sealer::SealerError;
use crate::relay::stage::Refusal;
use crate::relay::stage::forward::Outgoing;
use crate::relay::state::{
    Authorised, Forwarded, OutgoingRequest, OutgoingResponse, Routed, Sealed, ValidGlobalConf,
};

/// Who signs a message.
pub trait Signed {
    /// The member whose key signs.
    fn signer(&self) -> &MemberId;
}

impl Signed for OutgoingRequest {
    fn signer(&self) -> &MemberId {
        self.message.exchange.consumer.member()
    }
}

impl Signed for OutgoingResponse {
    fn signer(&self) -> &MemberId {
        self.request.exchange.service.client().member()
    }
}

/// A state after which a certain member has to sign.
pub trait ToBeSigned {
    /// The side that speaks.
    const ORIGIN: Origin;

    /// The member whose key will sign.
    fn signer(&self) -> &MemberId;
}

/// A request of our information system, before anything of it leaves.
impl ToBeSigned for Routed {
    const ORIGIN: Origin = Origin::ClientProxy;

    fn signer(&self) -> &MemberId {
        self.enveloped.message.exchange.consumer.member()
    }
}

/// A request that may be served, before the service is called: its answer must be signed.
impl ToBeSigned for Authorised {
    const ORIGIN: Origin = Origin::ServerProxy;

    fn signer(&self) -> &MemberId {
        self.verified.message().message.exchange.service.client().member()
    }
}

/// A state whose member has a key here, and a certificate that is valid and known to be good. Only [`can_seal`] makes
/// one.
pub struct Sealable<S> {
    state: S,
}

impl<S> Sealable<S> {
    /// What is going to be signed for.
    pub(in crate::relay) fn state(&self) -> &S {
        &self.state
    }

    /// The state, for the stage that demanded the proof.
    pub(in crate::relay) fn into_state(self) -> S {
        self.state
    }
}

/// Makes sure that a message can be signed before anything is done that only a signed message may do.
///
/// # Errors
/// `cannot_create_signature`.
pub fn can_seal<S: ToBeSigned>(
    relay: &Relay,
    state: S,
    conf: &ValidGlobalConf,
) -> Result<Sealable<S>, Refusal> {
    let can = relay.sealer().can_seal(state.signer(), conf);
    can.map(|()| Sealable { state }).map_err(|error| refuse(S::ORIGIN, &error))
}

/// Signs, alone or together with what else waits for the same key.
///
/// # Errors
/// `cannot_create_signature`.
pub async fn seal<M: Outgoing + Signed>(
    relay: &Relay,
    forwarded: Forwarded<M>,
    conf: &ValidGlobalConf,
) -> Result<Sealed<M>, Refusal> {
    let sealed = relay.sealer().seal(forwarded.outgoing.signer(), forwarded.digests.clone(), conf).await;
    let seal = sealed.map_err(|error| refuse(M::ORIGIN, &error))?;
    let seal = message_log::Seal {
        signature: bytes::Bytes::from_owner(seal.signature),
        hash_chain_result: seal.hash_chain_result.map(bytes::Bytes::from_owner),
        hash_chain: seal.hash_chain.map(bytes::Bytes::from_owner),
    };
    Ok(Sealed { forwarded, seal })
}

fn refuse(origin: Origin, error: &SealerError) -> Refusal {
    Refusal::new(origin, &[Word::CannotCreateSignature], "Cannot create a signature").because(error)
}
