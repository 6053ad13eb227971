//! The header fields of a SOAP message that X-Road knows.

use identifiers::{ClientId, ServerId, ServiceId};

/// The party that the client represents (protocol extension for representation).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepresentedParty {
    /// `partyClass`.
    pub class: Option<String>,
    /// `partyCode`.
    pub code: Option<String>,
}

/// The digest of the request in the header of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHash {
    /// `algorithmId`. It decides nothing: the algorithm is always SHA-512.
    pub algorithm: Option<String>,
    /// The text of the element: base64, possibly with white space.
    pub value: String,
}

/// What the header of a SOAP message says. Texts are as written, not trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoapHeader {
    /// The consumer.
    pub client: ClientId,
    /// The service.
    pub service: ServiceId,
    /// The security server that must answer.
    pub security_server: Option<ServerId>,
    /// The message identifier; may be empty.
    pub id: String,
    /// The person or system on whose behalf the consumer asks.
    pub user_id: Option<String>,
    /// The application, case or document the request belongs to.
    pub issue: Option<String>,
    /// Begins with `4.`.
    pub protocol_version: String,
    /// The represented party.
    pub represented_party: Option<RepresentedParty>,
    /// The request hash; never to be relied upon in a request.
    pub request_hash: Option<RequestHash>,
}

/// In what header field a response differs from its request; in the order of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Inconsistency {
    /// Another consumer.
    #[error("Field 'client' does not match in request and response")]
    Client,
    /// Another service.
    #[error("Field 'service' does not match in request and response")]
    Service,
    /// Another user.
    #[error("Field 'userId' does not match in request and response")]
    UserId,
    /// Another represented party.
    #[error("Field 'representedParty' does not match in request and response")]
    RepresentedParty,
    /// Another issue.
    #[error("Field 'issue' does not match in request and response")]
    Issue,
    /// Another message identifier.
    #[error("Field 'id' does not match in request and response")]
    Id,
}

impl SoapHeader {
    /// Compares the fields that a response must repeat. `protocolVersion` and `securityServer` are not among them.
    ///
    /// # Errors
    /// The first field that differs.
    pub fn check_answers(&self, request: &Self) -> Result<(), Inconsistency> {
        let checks = [
            (self.client == request.client, Inconsistency::Client),
            (self.service == request.service, Inconsistency::Service),
            (self.user_id == request.user_id, Inconsistency::UserId),
            (self.represented_party == request.represented_party, Inconsistency::RepresentedParty),
            (self.issue == request.issue, Inconsistency::Issue),
            (self.id == request.id, Inconsistency::Id),
        ];
        match checks.into_iter().find(|(same, _)| !same) {
            Some((_, difference)) => Err(difference),
            None => Ok(()),
        }
    }
}
