//! Message formats without sockets and clock: REST r1, transport multipart, headers, faults, limits.
//!
//! In the order in which a message meets them:
//!
//! * [`names`]: headers, content types and other fixed names; [`Limits`]: bounds of every decoder.
//! * [`rest`]: REST requests and responses as they are signed and transferred, URLs, header filters, request hash.
//! * [`digest`]: digests of message parts under the names signatures use.
//! * [`content_type`], [`multipart`]: MIME.
//! * [`proxy_message`]: a whole message between two security servers, decoded and encoded part by part.
//! * [`fault`], [`soap_fault`], [`error_body`]: what goes wrong, and how it is told to peers and information systems.
//!
//! Section numbers in comments of the form "message transport 3.1" refer to `docs/protocol`.

pub mod content_type;
pub mod digest;
pub mod error_body;
pub mod fault;
mod limits;
pub mod multipart;
pub mod names;
pub mod proxy_message;
pub mod rest;
pub mod soap_fault;

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
