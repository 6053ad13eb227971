//! The client side.

use std::net::IpAddr;
use std::pin::Pin;

use openssl::ssl::{Ssl, SslContext, SslMethod};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_openssl::SslStream;

use crate::context::{Identity, builder, judge_leaf};
use crate::session::Sessions;
use crate::stream::EndIsError;
use crate::{LegacyTlsError, Peer, Stream};

/// Connects to stock peers and resumes their sessions.
pub struct Connector {
    context: SslContext,
    sessions: Sessions,
}

impl Connector {
    /// A connector that presents `identity`.
    ///
    /// # Errors
    /// [`LegacyTlsError::Setup`].
    pub fn new(identity: Identity<'_>) -> Result<Self, LegacyTlsError> {
        let mut context = builder(SslMethod::tls_client(), identity)?;
        judge_leaf(&mut context, |_| true);
        Ok(Self { context: context.build(), sessions: Sessions::default() })
    }

    /// Does the handshake over a connection to `host`; `peer` names the session to resume (host and port). Any
    /// certificate passes: the caller checks the returned one before it sends a byte.
    ///
    /// # Errors
    /// [`LegacyTlsError::Handshake`].
    pub async fn connect<S>(
        &self,
        host: &str,
        peer: &str,
        stream: S,
    ) -> Result<(Stream<S>, Peer), LegacyTlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut ssl = Ssl::new(&self.context)?;
        // As stock servers do: a server name only where the address is a name with a dot.
        if host.contains('.') && host.parse::<IpAddr>().is_err() {
            ssl.set_hostname(host)?;
        }
        self.sessions.offer(peer, &mut ssl);
        let mut stream = SslStream::new(ssl, EndIsError { stream })?;
        if let Err(error) = Pin::new(&mut stream).connect().await {
            self.sessions.forget(peer);
            return Err(LegacyTlsError::Handshake(error.to_string()));
        }
        let found = self.sessions.keep(peer, stream.ssl(), Peer::of(stream.ssl())?);
        Ok((Stream::new(stream), found))
    }
}
