//! What every process needs: all input and output that the programs share.
//!
//! Table of contents, from what a process does first to what it does last:
//!
//! - [`config`], [`secret`], [`files`]: what it is told, what it must not tell, what it keeps
//! - [`clock`], [`random`]: the only places that ask the system for time and chance
//! - [`telemetry`], [`readiness`], [`shutdown`]: how it speaks, when it is ready, how it ends
//! - [`http`]: HTTP/1.1 messages whose header names keep their case and order
//! - [`http_server`], [`http_client`]: who asks us, whom we ask
//! - [`tls`], [`peer_tls`]: TLS by rustls, and one port for both stacks of the peers
//! - [`spool`]: a body kept while it is checked, in memory first, then in a file without a name
//! - [`transport`]: the byte stream below all of it

pub mod clock;
pub mod config;
pub mod files;
pub mod http;
pub mod http_client;
pub mod http_server;
pub mod peer_tls;
pub mod random;
pub mod readiness;
pub mod secret;
pub mod shutdown;
pub mod spool;
pub mod telemetry;
pub mod tls;
pub mod transport;

#[cfg(test)]
mod test_identity;
