//! This answer belongs to that request.

use protocol::fault::Origin;

use crate::relay::stage::Refusal;
use crate::relay::state::{Correlated, ReceivedResponse, VerifiedMessage};

/// Compares client, query id, service, request id (REST) or the other header fields (SOAP), and the hash of the request.
///
/// # Errors
/// `server.clientproxy.inconsistent_response`, for header fields of SOAP after `service_failed`.
pub fn correlate(verified: VerifiedMessage<ReceivedResponse>) -> Result<Correlated, Refusal> {
    let received = verified.message();
    let checked = received.message.check_answers(&received.request, &received.expected);
    checked.map_err(|mismatch| Refusal::new(Origin::ClientProxy, mismatch.words, mismatch.text))?;
    tracing::debug!(peer = %received.provider.server(), "response accepted");
    Ok(Correlated { verified })
}
