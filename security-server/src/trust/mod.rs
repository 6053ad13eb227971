//! What this server believes about others, and what it can show about itself.
//!
//! * [`globalconf`]: the global configuration, downloaded and verified or read from a folder;
//! * [`ocsp`]: revocation status of our own certificates (fetched ahead of need) and of peers;
//! * [`peer`]: whose authentication certificate this is, checked on every connection and message;
//! * [`responder`]: port 5577, which hands our OCSP responses to peers;
//! * [`tsa`]: timestamps of the approved services.

pub mod globalconf;
pub mod ocsp;
pub mod peer;
pub mod responder;
#[cfg(test)]
pub(crate) mod testing;
pub mod tsa;

pub use globalconf::{GlobalConfConfig, GlobalConfError, GlobalConfStore};
pub use ocsp::{OcspConfig, OcspStore, OwnStatus, OwnStatusMissing};
pub use peer::{PeerRefusal, PeerTrust, Presented, VerifiedConsumer, VerifiedProvider};
pub use responder::OcspResponder;
pub use tsa::TsaClient;
