//! Check the signature: by whom, over all parts, with a certificate that is good now.

use std::sync::Arc;

use evidence::signature::{SealView, VerifiedSeal, verify_cached};
use identifiers::MemberId;
use protocol::digest::PartDigest;
use protocol::fault::{Origin, Word};

use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::state::{Parts, PeerKnown, ReceivedResponse, RequestMessage, ValidGlobalConf};

/// A message whose sender is proven and which is complete and unchanged. Only [`verify`] makes one.
pub struct VerifiedMessage<M> {
    message: M,
    seal: VerifiedSeal,
}

impl<M> VerifiedMessage<M> {
    /// The message.
    #[must_use]
    pub fn message(&self) -> &M {
        &self.message
    }

    /// What the signature proves.
    #[must_use]
    pub fn seal(&self) -> &VerifiedSeal {
        &self.seal
    }

    /// The message, for the stage that demanded the proof.
    pub(in crate::relay) fn into_message(self) -> M {
        self.message
    }
}

impl VerifiedMessage<PeerKnown> {
    /// Request and digests, which the response must repeat.
    pub(in crate::relay) fn into_request(self) -> (RequestMessage, Vec<PartDigest>) {
        (self.message.message, self.message.parts.digests)
    }
}

/// A message that claims to be signed.
pub trait Signed: Send {
    /// The side that verifies.
    const ORIGIN: Origin;

    /// The parts.
    fn parts(&self) -> &Parts;

    /// The member that must have signed.
    fn signer(&self) -> &MemberId;
}

impl Signed for PeerKnown {
    const ORIGIN: Origin = Origin::ServerProxy;

    fn parts(&self) -> &Parts {
        &self.parts
    }

    fn signer(&self) -> &MemberId {
        self.message.exchange.consumer.member()
    }
}

impl Signed for ReceivedResponse {
    const ORIGIN: Origin = Origin::ClientProxy;

    fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The member of the service that was asked, whatever the response says.
    fn signer(&self) -> &MemberId {
        self.request.exchange.service.client().member()
    }
}

/// Verifies at the time of `conf`. Verdicts about certificates are remembered, signatures are always checked.
///
/// # Errors
/// `signature_verification.` with X-Road's words.
pub fn verify<M: Signed>(
    relay: &Relay,
    message: M,
    conf: &ValidGlobalConf,
) -> Result<VerifiedMessage<M>, Refusal> {
    let parts = message.parts();
    let view = SealView {
        signature: &parts.seal.signature,
        hash_chain_result: parts.seal.hash_chain_result.as_deref(),
        hash_chain: parts.seal.hash_chain.as_deref(),
    };
    let trust: &globalconf::GlobalConf = conf;
    let verified = verify_cached(&view, &parts.digests, message.signer(), trust, relay.verdicts(), conf.at());
    match verified {
        Ok(seal) => Ok(VerifiedMessage { message, seal }),
        Err(error) => {
            let words: Arc<[Word]> = [Word::SignatureVerification].into_iter().chain(error.words()).collect();
            Err(Refusal::new(M::ORIGIN, &words, error.to_string()))
        }
    }
}
