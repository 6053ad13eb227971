//! The global configuration: from what is registered to signed files that anyone may download.
//!
//! In the order of one round:
//!
//! - [`assemble`]: what is registered as one document
//! - [`sign`]: record the draft, write and sign every format version, check the result with our own reader
//! - [`publish`]: put all of it where it is served, at once; remove old files
//! - [`generator`]: when a round takes place
//! - [`download`]: the HTTP side
//!
//! and beside it [`signing_keys`] and [`anchor`], which do not change from round to round.

pub mod anchor;
pub mod assemble;
pub mod download;
pub mod generator;
pub mod publish;
pub mod sign;
pub mod signing_keys;

/// The two sides of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// For members of the instance: everything.
    Internal,
    /// For federated instances: shared parameters only.
    External,
}

impl Source {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Internal, Self::External];

    /// Name of the signed directory, in URLs and files.
    #[must_use]
    pub const fn directory_name(self) -> &'static str {
        match self {
            Self::Internal => "internalconf",
            Self::External => "externalconf",
        }
    }
}
