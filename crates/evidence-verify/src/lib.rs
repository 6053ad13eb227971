//! The offline verifier of evidence containers: who sent what, when, and was the certificate good.
//!
//! It needs a container (ASiC-E) and a global configuration in X-Road's stored form, and asks nobody
//! else. In the order of use:
//! - [`arguments`]: the command line;
//! - [`load`]: files from disk, within limits;
//! - [`verdict`]: the checks, which are those of `evidence::container`;
//! - [`text`] and [`json`]: the same facts for people and for programs, names by [`name`].

pub mod arguments;
pub mod json;
pub mod load;
pub mod name;
pub mod text;
pub mod verdict;
