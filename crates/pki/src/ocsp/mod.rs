//! OCSP (RFC 6960) as X-Road uses it: one certificate per response, CertIDs hashed with SHA-1, no nonce.
//!
//! * [`OcspResponse::parse`] reads, [`OcspResponse::verify`] proves ([`GoodStatus`]).
//! * [`OcspRequest`] asks; [`OcspResponseBuilder`] answers, for the development trust services and tests.

mod build;
mod cert_id;
mod error;
mod request;
mod response;
mod verify;

pub use build::OcspResponseBuilder;
pub use cert_id::CertId;
pub use error::OcspError;
pub use request::OcspRequest;
pub use response::{CertStatus, OcspResponse};
pub use verify::{GoodStatus, OcspQuery};

/// Largest request or response that is read, in bytes.
pub const MAX_LEN: usize = 64 * 1024;

#[cfg(test)]
mod tests;
