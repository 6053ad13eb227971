//! The offline verifier of evidence containers.
