//! Development CA, OCSP responder (RFC 6960) and TSA (RFC 3161), for demos, tests and pilots.
//!
//! Everything is in one process and one folder: the keys lie unprotected in files, certificates are issued to whoever
//! may run the command (or, where enabled, to whoever reaches the port). That is right for a town that exists for
//! an hour, and for nothing else; the program says so on every start.
//!
//! - [`cli`]: the commands
//! - [`config`]: what they are told
//! - [`authority`]: keys and certificates of the authority itself; issuing
//! - [`register`], [`revocation`]: what was issued, and what was revoked
//! - [`modes`]: answers that tests switch to on purpose
//! - [`ocsp`], [`tsa`]: the answers
//! - [`routes`]: all of it over HTTP

pub mod authority;
pub mod cli;
pub mod config;
pub mod modes;
pub mod ocsp;
pub mod register;
pub mod revocation;
pub mod routes;
pub mod tsa;

/// What the program says on every start.
pub const WARNING: &str = "\
###############################################################################
#  FOR DEVELOPMENT AND PILOTS ONLY.                                           #
#  This authority keeps its keys in plain files and checks nobody's identity. #
#  Do not approve it in an instance that matters.                             #
###############################################################################";
