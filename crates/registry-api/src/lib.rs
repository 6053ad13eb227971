//! The contract between the registry's Personal-LINK and those who call it: JSON types and typed clients.
//!
//! - [`citizen`]: enrolment, links, consents; called by a citizen's device, every request signed
//!   ([`request_signature`], RFC 9421)
//! - [`node`]: redeeming link tokens and following the stream of consents; called by security servers over mutual TLS
//! - [`problem`]: every refusal, RFC 9457
//! - [`citizen_client`], [`node_client`]: the callers' side

pub mod citizen;
pub mod citizen_client;
pub mod client_error;
pub mod node;
pub mod node_client;
pub mod problem;
pub mod request_signature;

pub use citizen_client::CitizenClient;
pub use client_error::ClientError;
pub use node_client::{FrameStream, NodeClient};
pub use problem::Problem;
