//! Anchors and global configuration V2 to V6: read, write, verify, look up.
//!
//! A security server trusts one file, the [`anchor`]. It names where the configuration is
//! downloaded and which certificates may sign it. What is downloaded first is the
//! [`signed_directory`]: a signed list of files with their hashes. The files themselves are
//! [`shared_params`] (members, servers, approved trust services), [`private_params`] (management
//! service, federation, timestamping interval) and small [`extensions`]. Files that were verified
//! are kept in the [`stored`] form and read from there into a [`GlobalConf`], the immutable
//! snapshot that answers every question of the message path. A message may be handled only with a
//! [`ValidGlobalConf`], the proof that the snapshot was not expired at that time.
//!
//! The crate does no I/O, has no clock and makes no random values.

pub mod anchor;
pub mod content;
pub mod extensions;
pub mod metadata;
pub mod private_params;
pub mod shared_params;
pub mod signed_directory;
pub mod snapshot;
pub mod stored;
pub mod version;
pub mod xml;

pub use anchor::Anchor;
pub use private_params::PrivateParams;
pub use shared_params::SharedParams;
pub use signed_directory::VerifiedDirectory;
pub use snapshot::{GlobalConf, GlobalConfOutdated, ValidGlobalConf};
pub use version::FormatVersion;

#[cfg(test)]
mod vectors;
