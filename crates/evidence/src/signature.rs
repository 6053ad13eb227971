//! X-Road's XAdES signature: one for a message, or one for a batch of messages.

mod seal;
mod verify;
mod cache;

pub use cache::VerificationCache;
pub use seal::{Seal, SealFailure, SigningContext, SigningContextError, SigningMaterial, seal};
pub use verify::{SealError, SealView, VerifiedSeal, verify, verify_cached};
