//! The parts of a network that the runner plays itself, all scriptable:
//!
//! - [`system`]: the consumer's information system;
//! - [`service`]: the provider's information system;
//! - [`peer`]: a third security server, which asks and answers as it is told.

pub mod peer;
pub mod service;
pub mod system;

use tokio::io::{AsyncRead, AsyncWrite};

/// A connection, with or without TLS.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}
