//! Give the answer to whoever asked, against the receipt of the journal.

use protocol::fault::{Origin, Word};
use service_kit::http::Response;

use crate::relay::stage::Refusal;
use crate::relay::stage::record::Recorded;
use crate::relay::state::{Correlated, OutgoingResponse, ReceivedResponse, Sealed};
use crate::relay::writer::MessageWriter;

/// Lets the signature of our answer go to the consumer's security server.
///
/// # Errors
/// The peer went away; nobody is left to be told.
pub async fn answer_peer(
    recorded: Recorded<Sealed<OutgoingResponse>>,
    writer: &mut MessageWriter,
) -> Result<(), Refusal> {
    let sealed = recorded.into_state();
    writer.seal(&sealed.seal).await.map_err(|gone| {
        let text = "The consumer's security server went away";
        Refusal::new(Origin::ServerProxy, &[Word::NetworkError], text).because(gone)
    })
}

/// The answer to our information system, in the form of the provider's.
///
/// # Errors
/// The codes of [`ResponseMessage::to_client`].
///
/// [`ResponseMessage::to_client`]: crate::relay::codec::ResponseMessage::to_client
pub fn answer_client(recorded: Recorded<Correlated>) -> Result<Response, Refusal> {
    let ReceivedResponse { message, parts, .. } = recorded.into_state().verified.into_message();
    message.to_client(&parts)
}
