//! Message formats without sockets and clock: REST r1, SOAP 4.0, transport multipart, headers, faults, limits.
//!
//! In the order in which a message meets them:
//!
//! * [`names`]: headers, content types and other fixed names; [`Limits`]: bounds of every decoder.
//! * [`rest`]: REST requests and responses as they are signed and transferred, URLs, header filters, request hash.
//! * [`soap`]: SOAP messages of information systems and between security servers, request hash, forms.
//! * [`metadata`]: `listClients`, and the lists of REST services.
//! * [`digest`]: digests of message parts under the names signatures use.
//! * [`content_type`], [`multipart`]: MIME; [`xml`]: a scanner with hard limits.
//! * [`proxy_message`]: a whole message between two security servers, decoded and encoded part by part.
//! * [`fault`], [`soap_fault`], [`error_body`]: what goes wrong, and how it is told to peers and information systems.
//!
//! Decoders that work on whole messages take `&[u8]` and have no other input than their limits:
//! [`multipart::parse_all`], [`proxy_message::decode_all`], [`rest::RestRequest::decode`],
//! [`rest::RestResponse::decode`], [`soap::decode_all`], [`soap::SoapMessage::read`], [`soap_fault::parse`],
//! [`xml::Scanner`].

pub mod content_type;
pub mod digest;
pub mod error_body;
pub mod fault;
mod limits;
pub mod metadata;
pub mod multipart;
pub mod names;
pub mod proxy_message;
pub mod rest;
pub mod soap;
pub mod soap_fault;
pub mod xml;

pub use content_type::{ContentType, ContentTypeError, boundary_of};
pub use digest::{Hasher, PartDigest, PartDigests, PartName, Sha512, sha512};
pub use limits::Limits;
pub use names::PROXY_VERSION;

/// Which message protocol a message between security servers carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Payload {
    /// REST message protocol 1.0.
    Rest,
    /// SOAP message protocol 4.0.
    Soap,
}

impl Payload {
    /// Reads `x-road-message-type`: exactly `REST` means REST, anything else, or nothing, SOAP.
    #[must_use]
    pub fn of_message_type(header: Option<&str>) -> Self {
        if header == Some(names::MESSAGE_TYPE_REST) { Self::Rest } else { Self::Soap }
    }
}
