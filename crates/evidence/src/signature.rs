//! X-Road's XAdES signature: made for a message or for a batch of messages, and verified.
//!
//! - [`seal`]: from the digests of the parts to the signature parts of each message;
//! - [`verify`], [`verify_cached`]: from received parts to the proof [`VerifiedSeal`].

mod batches;
mod cache;
pub(crate) mod certificate;
mod document;
mod error;
mod seal;
mod structure;
mod template;
pub(crate) mod value;
mod verify;

pub use cache::VerificationCache;
pub use error::SealError;
pub use seal::{Seal, SealFailure, Sign, SigningContext, SigningContextError, SigningMaterial, seal};
pub use verify::{SealView, VerifiedSeal, verify, verify_cached};

pub(crate) use document::SignatureDocument;
pub(crate) use value::Target;
pub(crate) use verify::{HASH_CHAIN_RESULT, MESSAGE};

#[cfg(test)]
mod tests;
