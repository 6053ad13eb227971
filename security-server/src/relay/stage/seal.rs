//! Sign: the signature of the member that speaks, over every part of the message.

use identifiers::MemberId;
use protocol::fault::Word;

use crate::message_log;
use crate::relay::Relay;
use crate::relay::stage::Refusal;
use crate::relay::stage::forward::Outgoing;
use crate::relay::state::{Forwarded, OutgoingRequest, OutgoingResponse, Sealed, ValidGlobalConf};

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
    let seal = sealed.map_err(|error| {
        Refusal::new(M::ORIGIN, &[Word::CannotCreateSignature], "Cannot create a signature").because(error)
    })?;
    let seal = message_log::Seal {
        signature: bytes::Bytes::from_owner(seal.signature),
        hash_chain_result: seal.hash_chain_result.map(bytes::Bytes::from_owner),
        hash_chain: seal.hash_chain.map(bytes::Bytes::from_owner),
    };
    Ok(Sealed { forwarded, seal })
}
