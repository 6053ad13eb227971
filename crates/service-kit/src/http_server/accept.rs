//! The accept loop: a bounded number of connections, each a task that the shutdown waits for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;

use super::connection::Exchanges;
use super::{ConnectionInfo, Handler, Server, ServerSecurity, ServerSettings};
use crate::shutdown::Shutdown;
use crate::tls::TlsError;
use crate::transport::Transport;

/// Pause after the system refused a connection (out of descriptors): trying again at once would spin.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

impl Server {
    /// Serves until the shutdown is requested. Connections are tasks of the shutdown: requests that were begun
    /// then are finished, idle connections are closed.
    pub async fn serve(self, handler: impl Handler, shutdown: Shutdown) {
        let permits = Arc::new(Semaphore::new(self.settings.max_connections));
        let listener = self.listener;
        let common = Arc::new(Common { security: self.security, settings: self.settings, handler });
        loop {
            let accepted = tokio::select! {
                biased;
                () = shutdown.requested() => return,
                accepted = async {
                    // Closed semaphores do not occur: nobody closes this one.
                    let permit = Arc::clone(&permits).acquire_owned().await.ok();
                    (permit, listener.accept().await)
                } => accepted,
            };
            match accepted {
                (permit, Ok((stream, peer_address))) => {
                    let task =
                        serve_connection(Arc::clone(&common), stream, peer_address, shutdown.clone(), permit);
                    shutdown.spawn(task);
                }
                (_, Err(error)) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
            }
        }
    }
}

/// What all connections of a listener share.
struct Common<H> {
    security: ServerSecurity,
    settings: ServerSettings,
    handler: H,
}

async fn serve_connection<H: Handler>(
    common: Arc<Common<H>>,
    stream: TcpStream,
    peer_address: SocketAddr,
    shutdown: Shutdown,
    _permit: Option<OwnedSemaphorePermit>,
) {
    let Ok(local_address) = stream.local_addr() else { return };
    let _ = stream.set_nodelay(true);
    let patience = common.settings.head_timeout;
    // What is said about the other side during the handshake is said with its address.
    let span = tracing::info_span!("handshake", peer = %peer_address);
    let protecting = protect(&common.security, stream, peer_address, local_address).instrument(span);
    match tokio::time::timeout(patience, protecting).await {
        Ok(Ok((stream, info))) => {
            Exchanges::new(stream, info, &common.settings, &common.handler, shutdown).run().await;
        }
        Ok(Err(error)) => tracing::info!(peer = %peer_address, %error, "a connection was refused"),
        Err(_) => tracing::info!(peer = %peer_address, "a TLS handshake took too long"),
    }
}

async fn protect(
    security: &ServerSecurity,
    stream: TcpStream,
    peer_address: SocketAddr,
    local_address: SocketAddr,
) -> Result<(Box<dyn Transport>, ConnectionInfo), TlsError> {
    let (stream, encrypted, tls): (Box<dyn Transport>, _, _) = match security {
        ServerSecurity::Plain => (Box::new(stream), false, None),
        ServerSecurity::Tls(server) => {
            let (stream, peer) = server.accept(stream).await?;
            (stream, true, peer)
        }
        ServerSecurity::Peers(acceptor) => {
            let (stream, peer) = acceptor.accept(stream).await?;
            (stream, true, Some(peer))
        }
    };
    Ok((stream, ConnectionInfo { peer_address, local_address, encrypted, tls }))
}
