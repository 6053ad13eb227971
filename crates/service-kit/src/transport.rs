//! The byte stream below HTTP: TCP, or one of the TLS stacks on it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection in both directions. Reading 0 bytes means that the peer ended it properly: over TLS by
/// close_notify; a connection that breaks off is an error.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// No TCP connection.
#[derive(Debug, thiserror::Error)]
pub enum TcpError {
    /// The host name has no address.
    #[error("the host name {0:?} is unknown")]
    UnknownHost(String),
    /// No address of the host answers.
    #[error("cannot connect to {address}: {cause}")]
    Connect {
        /// Host and port.
        address: String,
        /// What the operating system said about the last address.
        cause: io::Error,
    },
}

/// Connects to the first address of the host that answers.
pub(crate) async fn connect_tcp(host: &str, port: u16) -> Result<TcpStream, TcpError> {
    let addresses = tokio::net::lookup_host((host, port)).await;
    let addresses: Vec<_> = addresses.map_err(|_| TcpError::UnknownHost(host.to_owned()))?.collect();
    let mut cause = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Small messages must not wait for an acknowledgement; without the option they are only slower.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => cause = error,
        }
    }
    Err(TcpError::Connect { address: format!("{host}:{port}"), cause })
}

/// A stream whose first bytes were read already and are given out again.
pub(crate) struct Replayed<S> {
    first: Bytes,
    stream: S,
}

impl<S> Replayed<S> {
    pub(crate) fn new(first: Bytes, stream: S) -> Self {
        Self { first, stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Replayed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let count = self.first.len().min(buffer.remaining());
        buffer.put_slice(&self.first[..count]);
        self.first.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Replayed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
