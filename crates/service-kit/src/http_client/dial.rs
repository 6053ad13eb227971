//! New connections: TCP, then TLS.

use std::time::Duration;

use super::pool::Line;
use super::{ClientError, ClientSecurity, Destination};
use crate::peer_tls::PeerConnectError;
use crate::tls::TlsError;
use crate::transport::{TcpError, Transport, connect_tcp};

/// Connects within `limit`, TLS handshake included.
pub(super) async fn dial(destination: &Destination, limit: Duration) -> Result<Line, ClientError> {
    match tokio::time::timeout(limit, connect(destination)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(ClientError::ConnectTimeout { address: destination.authority(), limit }),
    }
}

async fn connect(destination: &Destination) -> Result<Line, ClientError> {
    let (host, port) = (&destination.host, destination.port);
    let tls_failed = |cause: TlsError| ClientError::Tls { address: destination.authority(), cause };
    match &destination.security {
        ClientSecurity::Plain => {
            let stream: Box<dyn Transport> = Box::new(connect_tcp(host, port).await.map_err(tcp_failed)?);
            Ok(Line::new(stream, None))
        }
        ClientSecurity::Tls(client) => {
            let stream = connect_tcp(host, port).await.map_err(tcp_failed)?;
            let (stream, peer) = client.connect(host, stream).await.map_err(tls_failed)?;
            Ok(Line::new(stream, Some(peer)))
        }
        ClientSecurity::Peer(connector) => match connector.connect(host, port).await {
            Ok((stream, peer)) => Ok(Line::new(stream, Some(peer))),
            Err(PeerConnectError::Tcp(error)) => Err(tcp_failed(error)),
            Err(PeerConnectError::Tls(error)) => Err(tls_failed(error)),
        },
    }
}

fn tcp_failed(error: TcpError) -> ClientError {
    match error {
        TcpError::UnknownHost(host) => ClientError::UnknownHost(host),
        TcpError::Connect { address, cause } => ClientError::Connect { address, cause },
    }
}
