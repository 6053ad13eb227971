//! TLS as stock X-Road 7.8 servers speak it: version 1.2, one CBC suite, a new connection for each message, sessions
//! resumed by ticket. By OpenSSL, and with an HTTP of its own: nothing of ours is between the peer and the wire.

pub mod consumer;
mod http;
pub mod provider;

/// One of the three suites that stock servers offer.
pub const SUITE: &str = "ECDHE-RSA-AES256-SHA384";
