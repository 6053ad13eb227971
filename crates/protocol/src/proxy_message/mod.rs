//! A message between two security servers: decoded to events and encoded from parts.
//!
//! The parts and their order:
//!
//! ```text
//! OCSP responses (requests only)
//! SOAP message | REST request or response
//! container of SOAP attachments | REST body      (optional)
//! hash chain result                              (optional)
//! hash chain                                     (optional)
//! signature
//! ```
//!
//! A refusal takes the place of the whole (a plain SOAP fault), of the message, or of the signature. Bodies and
//! attachments are streamed; the other parts are held in memory, each within its limit.

mod boundary;
mod decode;
mod encode;
mod error;
mod gather;
mod order;
#[cfg(test)]
mod tests;

use bytes::Bytes;

pub use boundary::Boundary;
pub use decode::{MessageDecoder, decode_all};
pub use encode::MessageEncoder;
pub use error::{MessageError, PartKind};

pub(crate) use gather::Gather;

use crate::fault::ReceivedFault;
use crate::multipart::PartHeaders;

/// Which way a message goes; it decides what parts it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the consumer's security server to the provider's.
    Request,
    /// Back.
    Response,
}

/// A SOAP message as it is in its part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoapPart {
    /// The content type as sent, `text/xml` or `application/xop+xml` with parameters.
    pub content_type: String,
    /// The other headers of the part in their order.
    pub headers: Vec<(String, String)>,
    /// The document.
    pub bytes: Bytes,
}

/// What a decoder found next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageEvent {
    /// An OCSP response (DER) for a certificate of the consumer's TLS chain.
    Ocsp(Bytes),
    /// The REST request or response message, without body.
    RestMessage(Bytes),
    /// The SOAP message.
    Soap(SoapPart),
    /// The REST body part begins; it may turn out empty.
    BodyStart,
    /// Bytes of the REST body; never empty.
    Body(Bytes),
    /// The REST body is complete.
    BodyEnd,
    /// The container of SOAP attachments begins.
    AttachmentsStart,
    /// An attachment begins.
    AttachmentStart(PartHeaders),
    /// Bytes of an attachment; never empty.
    Attachment(Bytes),
    /// The attachment is complete.
    AttachmentEnd,
    /// The container is complete.
    AttachmentsEnd,
    /// The hash chain result of a batch signature.
    HashChainResult(Bytes),
    /// The hash chain of a batch signature.
    HashChain(Bytes),
    /// The signature document.
    Signature(Bytes),
    /// A refusal instead of the message or of the signature. Nothing that came before it counts.
    Fault(ReceivedFault),
    /// The message is complete: it has a signature or a fault, its frame is closed, and the input has ended.
    End,
}
