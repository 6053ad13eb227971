//! SOAP message protocol 4.0: messages of information systems and in messages between security servers.
//!
//! In the order in which a message meets them:
//!
//! * [`check_soap_action`], [`SoapDecoder`]: the body of a request to us, or of the answer of a service.
//! * [`SoapMessage`]: a SOAP part that has been read, within limits and by every rule of the protocol
//!   ([`SoapMessage::read`]); its [`SoapHeader`]; its hash. The bytes stay as they came.
//! * [`SoapMessage::with_request_hash`], [`SoapMessage::check_answers`]: what ties a response to its request.
//! * [`SoapEncoder`]: the message in the form of its sender, for a service or for the consumer.
//! * [`method_list`], [`WsdlRequest`], [`WsdlAnswer`]: answers of the metadata services.
//! * [`SoapError`]: why a message was refused, with the code for whoever sent it ([`Sender`]).
//!
//! Between security servers the part travels in a [`proxy_message`](crate::proxy_message); [`SoapMessage::read`] takes
//! the part that its decoder gives.

mod content_type;
mod decode;
mod encode;
mod envelope;
mod error;
mod field;
mod header;
mod layout;
mod message;
mod metadata;
mod request_hash;
mod soap_action;
#[cfg(test)]
mod tests;

pub use content_type::MessageType;
pub use decode::{SoapDecoder, SoapEvent, decode_all};
pub use encode::SoapEncoder;
pub use error::{Sender, SoapError};
pub use header::{Inconsistency, RepresentedParty, RequestHash, SoapHeader};
pub use message::{SoapDocument, SoapMessage};
pub use metadata::{MetadataService, WsdlAnswer, WsdlRequest, method_list};
pub use request_hash::SoapMismatch;
pub use soap_action::check_soap_action;

use crate::fault::ReceivedFault;
use crate::soap_fault;

/// The fault that an information system is told which sent a fault as a request: its own, under the code
/// `client.<its code in lower case>`.
#[must_use]
pub fn refused_fault(fault: &ReceivedFault) -> ReceivedFault {
    let code = format!("client.{}", fault.code.to_lowercase());
    let text = fault.text.clone().unwrap_or_default();
    let detail = fault.detail.clone().unwrap_or_default();
    let xml = soap_fault::write(&code, &text, &detail).into();
    ReceivedFault { code, text: Some(text), actor: Some(String::new()), detail: Some(detail), xml }
}
