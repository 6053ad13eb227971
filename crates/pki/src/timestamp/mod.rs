//! RFC 3161 time-stamps as X-Road uses them: no nonce, no certificate asked for, the TSA's certificate known from the
//! global configuration.
//!
//! * [`TimeStampRequest`], [`TimeStampResponse`]: what goes over HTTP.
//! * [`TimestampToken`]: parsed from DER or BER; [`TimestampToken::verify`] proves ([`GenTime`]).
//! * [`TokenBuilder`]: makes tokens, for the development trust services and tests.

mod build;
mod error;
mod request;
mod response;
mod signed_data;
mod token;
mod tst_info;
mod verify;

pub use build::TokenBuilder;
pub use error::TimestampError;
pub use request::{MessageImprint, TimeStampRequest};
pub use response::TimeStampResponse;
pub use token::TimestampToken;
pub use verify::GenTime;

/// Largest request, response or token that is read, in bytes.
pub const MAX_LEN: usize = 64 * 1024;

#[cfg(test)]
mod tests;
