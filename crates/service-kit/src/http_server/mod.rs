//! An HTTP/1.1 server: own accept loop, limits on everything, plain or TLS or the two stacks of peers.

mod accept;
mod connection;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::http::{Request, Response};
use crate::peer_tls::{PeerAcceptor, PeerIdentity};
use crate::tls::TlsServer;

/// What a server allows; the defaults suit a listener that strangers reach.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Longest request line and header fields together, bytes.
    pub max_head_bytes: usize,
    /// Most header fields in a request.
    pub max_headers: usize,
    /// Time for a TLS handshake, for the first byte of a connection, and for a whole head once it began.
    pub head_timeout: Duration,
    /// Time that a connection may stay silent between two requests.
    pub idle_timeout: Duration,
    /// Time that a peer may stall while it sends or takes a body.
    pub stall_timeout: Duration,
    /// Most connections at once; further ones wait in the backlog of the system.
    pub max_connections: usize,
    /// Answer every request with `Connection: close`?
    pub close_after_response: bool,
    /// Where the `Date` header comes from.
    pub clock: Clock,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            max_head_bytes: 64 * 1024,
            max_headers: 200,
            head_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            stall_timeout: Duration::from_secs(60),
            max_connections: 4096,
            close_after_response: false,
            clock: Clock::system(),
        }
    }
}

/// What protects the connections of a listener.
#[derive(Clone)]
pub enum ServerSecurity {
    /// Nothing: loopback or a closed network.
    Plain,
    /// TLS for information systems and people.
    Tls(TlsServer),
    /// Mutual TLS between security servers.
    Peers(PeerAcceptor),
}

/// What is known about the connection that a request came by.
#[derive(Clone, Debug)]
pub struct ConnectionInfo {
    /// The address of the other side.
    pub peer_address: SocketAddr,
    /// Our own address.
    pub local_address: SocketAddr,
    /// Did it come over TLS, with or without a client certificate?
    pub encrypted: bool,
    /// The client certificate and the key behind it, where one was presented.
    pub tls: Option<PeerIdentity>,
}

/// Answers requests. Functions from [`Request`] to a future of [`Response`] are handlers too.
pub trait Handler: Send + Sync + 'static {
    /// Answers one request. Runs to its end even when the client is gone, so that what was begun is recorded.
    fn handle(&self, request: Request) -> impl Future<Output = Response> + Send;
}

impl<F, R> Handler for F
where
    F: Fn(Request) -> R + Send + Sync + 'static,
    R: Future<Output = Response> + Send,
{
    fn handle(&self, request: Request) -> impl Future<Output = Response> + Send {
        self(request)
    }
}

/// A port that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {address}: {cause}; is another program using the port, or does it need a privilege?"
)]
pub struct BindError {
    /// The address as configured.
    pub address: String,
    /// What the operating system said.
    pub cause: std::io::Error,
}

/// An open port; [`Server::serve`] answers on it.
pub struct Server {
    listener: TcpListener,
    local_address: SocketAddr,
    security: ServerSecurity,
    settings: ServerSettings,
}

impl Server {
    /// Opens the port; `address` is `host:port`, port 0 takes a free one.
    ///
    /// # Errors
    /// [`BindError`].
    pub async fn bind(
        address: &str,
        security: ServerSecurity,
        settings: ServerSettings,
    ) -> Result<Self, BindError> {
        let failed = |cause| BindError { address: address.to_owned(), cause };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let local_address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, local_address, security, settings })
    }

    /// The address that is listened on, with the real port.
    #[must_use]
    pub const fn local_address(&self) -> SocketAddr {
        self.local_address
    }
}

#[cfg(test)]
mod tests;
