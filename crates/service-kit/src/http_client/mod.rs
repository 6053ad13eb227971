//! An HTTP/1.1 client: streaming bodies, a pool of idle connections for each destination and identity.
//!
//! Two ways to use it: [`HttpClient::send`] for ordinary services; [`HttpClient::connect`], then a look at
//! [`Connection::peer`], then [`Connection::send`] where the caller must check who answers before a byte of the
//! message leaves (security servers).

mod connection;
mod dial;
mod location;
mod pool;

pub use connection::Connection;
pub use location::{Location, NotALocation};

use std::sync::Arc;
use std::time::Duration;

use crate::http::{BodyError, Request, Response};
use crate::peer_tls::PeerConnector;
use crate::tls::{TlsClient, TlsError};
use pool::Pool;

/// What a client allows.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Time to connect, TLS handshake included.
    pub connect_timeout: Duration,
    /// Time from the end of the request to the head of the response; `None` waits for ever.
    pub response_timeout: Option<Duration>,
    /// Time that the server may stall while it takes or sends a body.
    pub stall_timeout: Duration,
    /// How long an idle connection is kept; zero: none is kept and each request says `Connection: close`.
    pub keep_idle: Duration,
    /// Most idle connections for one destination.
    pub max_idle: usize,
    /// Longest head of a response, bytes.
    pub max_head_bytes: usize,
    /// Most header fields in a response.
    pub max_headers: usize,
    /// Is a response accepted whose body has neither length nor chunks and ends with the connection? Over TLS
    /// the end must be announced (close_notify) even then.
    pub accept_close_delimited: bool,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            response_timeout: Some(Duration::from_secs(60)),
            stall_timeout: Duration::from_secs(60),
            keep_idle: Duration::from_secs(30),
            max_idle: 16,
            max_head_bytes: 64 * 1024,
            max_headers: 200,
            accept_close_delimited: false,
        }
    }
}

/// What protects a connection to a server.
#[derive(Clone)]
pub enum ClientSecurity {
    /// Nothing.
    Plain,
    /// TLS.
    Tls(TlsClient),
    /// Mutual TLS with a security server.
    Peer(PeerConnector),
}

/// Where to connect, and as whom.
#[derive(Clone)]
pub struct Destination {
    /// Host name or address (an IPv6 address without brackets).
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Protection and identity; connections are shared only among users of the same one.
    pub security: ClientSecurity,
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The host name has no address.
    #[error("the host name {0:?} is unknown")]
    UnknownHost(String),
    /// No TCP connection.
    #[error("cannot connect to {address}: {cause}")]
    Connect {
        /// Host and port.
        address: String,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// No TLS connection.
    #[error("no TLS connection to {address}: {cause}")]
    Tls {
        /// Host and port.
        address: String,
        /// The reason.
        cause: TlsError,
    },
    /// Connecting took too long.
    #[error("connecting to {address} took longer than {limit:?}")]
    ConnectTimeout {
        /// Host and port.
        address: String,
        /// The time that was allowed.
        limit: Duration,
    },
    /// The request cannot be written: a header, the target or the method would break the message.
    #[error("the request cannot be written: {0}")]
    BadRequest(String),
    /// The request's own body failed while it was sent; the server saw it cut short.
    #[error("the request body failed: {0}")]
    RequestBody(BodyError),
    /// The connection ended before the head of a response was complete.
    #[error("the connection was closed before a response came")]
    Closed {
        /// Was the connection taken from the pool? Then the server may just have closed an idle connection.
        reused: bool,
    },
    /// No response in time.
    #[error("no response within {0:?}")]
    ResponseTimeout(Duration),
    /// What came is not an HTTP/1.1 response that we accept.
    #[error("the response is not acceptable: {0}")]
    BadResponse(String),
    /// The connection failed.
    #[error("the connection failed: {0}")]
    Io(std::io::Error),
}

/// A client. Clones share the pool.
#[derive(Clone)]
pub struct HttpClient {
    pool: Arc<Pool>,
}

impl HttpClient {
    /// A client without connections.
    #[must_use]
    pub fn new(settings: ClientSettings) -> Self {
        Self { pool: Arc::new(Pool::new(settings)) }
    }

    /// A connection: an idle one if there is a live one, else a new one.
    ///
    /// # Errors
    /// [`ClientError`] of connecting.
    pub async fn connect(&self, destination: &Destination) -> Result<Connection, ClientError> {
        match self.pool.take(destination) {
            Some(line) => Ok(Connection::new(Arc::clone(&self.pool), destination, line, true)),
            None => self.connect_anew(destination).await,
        }
    }

    /// A new connection, never an idle one.
    ///
    /// # Errors
    /// [`ClientError`] of connecting.
    pub async fn connect_anew(&self, destination: &Destination) -> Result<Connection, ClientError> {
        let line = dial::dial(destination, self.pool.settings().connect_timeout).await?;
        Ok(Connection::new(Arc::clone(&self.pool), destination, line, false))
    }

    /// Connects and sends. The destination is not checked further than its security says.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn send(&self, destination: &Destination, request: Request) -> Result<Response, ClientError> {
        self.connect(destination).await?.send(request).await
    }
}

impl Destination {
    /// A destination over plain HTTP.
    #[must_use]
    pub fn plain(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port, security: ClientSecurity::Plain }
    }

    /// Host and port as they stand in the Host header and in messages.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests;
