//! The ASN.1 floor of this crate: a reader that keeps original bytes, a writer, BER, times, object identifiers.
//!
//! Signatures are verified over the bytes that came in, never over a second encoding of them. So structures that
//! carry signatures are read by hand with [`read::Reader`], which hands out the original octets of every field.

pub(crate) mod ber;
pub(crate) mod oid;
pub(crate) mod read;
pub(crate) mod time;
pub(crate) mod write;

/// Bytes are not the structure that was expected. Where it matters the public errors say which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;
