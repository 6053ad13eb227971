//! A peer of our security servers for tests: it holds the real keys of a server, is honest by default, and can be
//! told to lie in any single way. For tests only; no program depends on it.
//!
//! - [`tokens`]: the keys of a security server, from its folder; [`status`]: their OCSP responses
//! - [`signer`]: a member that signs messages, alone or many under one signature
//! - [`message`]: a message before it is signed; [`envelope`]: the parts that travel, each open to be changed
//! - [`consumer`]: sends requests in the place of a consumer's security server
//! - [`provider`]: answers requests in the place of a provider's security server
//! - [`stock_tls`]: the same over TLS as stock X-Road 7.8 servers speak it, by OpenSSL, without any code of ours
//!
//! And beside all that, a [`database`] server that can be killed.

pub mod consumer;
pub mod database;
pub mod envelope;
pub mod message;
pub mod provider;
pub mod signer;
pub mod status;
pub mod stock_tls;
pub mod tokens;
