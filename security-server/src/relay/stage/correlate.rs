//! This answer belongs to that request.

use protocol::fault::{Origin, Word};

use crate::relay::stage::Refusal;
use crate::relay::state::{Correlated, ReceivedResponse, VerifiedMessage};

/// Compares client, query id, service, request id and the hash of the request.
///
/// # Errors
/// `server.clientproxy.inconsistent_response`.
pub fn correlate(verified: VerifiedMessage<ReceivedResponse>) -> Result<Correlated, Refusal> {
    let received = verified.message();
    let refuse = |text: String| Refusal::new(Origin::ClientProxy, &[Word::InconsistentResponse], text);
    let Some(response) = received.message.as_rest() else {
        return Err(refuse("Response is not of the protocol of the request".to_owned()));
    };
    response.check_answers(&received.expected).map_err(|mismatch| refuse(mismatch.to_string()))?;
    tracing::debug!(peer = %received.provider.server(), status = response.status, "response accepted");
    Ok(Correlated { verified })
}
