//! Certificates, profiles, paths, OCSP, CSR, RFC 3161: what a certificate proves at a given time.
//!
//! Pure: no file, no socket, no clock. Whoever calls brings the bytes and the moment.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`digest`], [`algorithm`], [`public_key`] | digests, signature algorithms with their names, verification |
//! | [`name`], [`certificate`] | distinguished names and parsed certificates |
//! | [`profile`] | how a certification service writes a member into a subject |
//! | [`path`] | from a certificate to its trust anchor |
//! | [`historic`] | what counted as a proof in its time |
//! | [`ocsp`] | requests, responses, and when a response is proof of "good" (RFC 6960) |
//! | [`timestamp`] | RFC 3161 requests, replies and tokens |
//! | [`trust`] | what the global configuration says, as a trait; the whole check of a certificate |
//! | [`signer`] | the one operation asked of a private key |
//! | [`csr`], [`issue`] | certificate requests, and the work of a certification authority |

pub mod algorithm;
mod asn1;
pub mod certificate;
pub mod csr;
pub mod digest;
pub mod ecdsa;
pub mod historic;
pub mod issue;
pub mod name;
pub mod ocsp;
pub mod path;
pub mod pem;
pub mod profile;
pub mod public_key;
mod rcgen_key;
pub mod signer;
#[cfg(test)]
mod testing;
pub mod timestamp;
pub mod trust;

pub use algorithm::SignatureAlgorithm;
pub use certificate::{Certificate, CertificateError};
pub use digest::DigestAlgorithm;
pub use name::Name;
pub use public_key::{PublicKey, PublicKeyError, SignatureError};
pub use signer::{Signer, SigningError};
