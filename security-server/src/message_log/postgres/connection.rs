//! Connecting to the database, with TLS or without.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use service_kit::secret::SecretSource;
use service_kit::tls::{TlsClient, TlsError, Verification};
use service_kit::transport::Transport;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{Client, NoTls, Socket};

use super::address::Address;
use crate::message_log::config::MessageLogConfig;
use crate::message_log::store::StoreError;

/// Time for one answer of the database. A commit that waits longer (a standby is gone, say) is given up: what it wrote
/// may stand there later, but was not acknowledged.
const ANSWER: Duration = Duration::from_secs(30);

/// Makes connections.
pub(super) struct Connector {
    address: Address,
    password: Option<SecretSource>,
    tls: Option<Tls>,
}

impl Connector {
    pub(super) fn new(url: &str, config: &MessageLogConfig) -> Result<Self, StoreError> {
        let tls = match &config.database_certificates {
            None => None,
            Some(path) => {
                let authorities = pki::Certificate::all_from_pem(&std::fs::read(path)?)
                    .map_err(|error| StoreError::Postgres(format!("{}: {error}", path.display())))?;
                let authorities = authorities.iter().map(|authority| authority.der().to_vec()).collect();
                let client = TlsClient::new(Verification::Authorities(authorities), None);
                Some(Tls { client: client.map_err(|error| StoreError::Postgres(error.to_string()))? })
            }
        };
        let address = Address::parse(url, tls.is_some())
            .map_err(|rule| StoreError::Postgres(format!("the address of the database {rule}")))?;
        Ok(Self { address, password: config.database_password.clone(), tls })
    }

    /// A connection, and the task that drives it until the client is dropped or the connection breaks.
    pub(super) async fn connect(&self) -> Result<(Client, JoinHandle<()>), StoreError> {
        let mut config = self.address.config.clone();
        if let Some(source) = &self.password {
            let password = source.read("database password");
            config.password(password.map_err(|error| StoreError::Postgres(error.to_string()))?.reveal());
        }
        match &self.tls {
            None => {
                let (client, connection) = answered_by(config.connect(NoTls)).await?;
                Ok((client, tokio::spawn(driven(connection))))
            }
            Some(tls) => {
                let (client, connection) = answered_by(config.connect(tls.clone())).await?;
                Ok((client, tokio::spawn(driven(connection))))
            }
        }
    }
}

/// Who uses the client hears of a broken connection by it.
async fn driven(connection: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    if let Err(error) = connection.await {
        tracing::debug!(reason = describe(&error), "a connection to the database of the message log ended");
    }
}

/// Waits for an answer of the database, but not for ever.
pub(super) async fn answered<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let limited = tokio::time::timeout(ANSWER, work).await;
    limited.unwrap_or_else(|_| Err(StoreError::Postgres("the database does not answer in time".to_owned())))
}

/// As [`answered`], of the driver's own futures.
pub(super) async fn answered_by<T>(
    work: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, StoreError> {
    answered(async { Ok(work.await?) }).await
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let reason = describe(&error);
        if error.code().is_some_and(is_about_values) { Self::Value(reason) } else { Self::Postgres(reason) }
    }
}

/// Classes 22 (data), 23 (integrity) and 54 (limits): the same values are refused again, others are not.
fn is_about_values(code: &SqlState) -> bool {
    ["22", "23", "54"].iter().any(|class| code.code().starts_with(class))
}

/// The reason with its causes; neither statements nor values are in it.
fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("{}: {} ({})", error.severity(), error.message(), error.code().code());
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// TLS by rustls in the terms of the driver.
#[derive(Clone)]
struct Tls {
    client: TlsClient,
}

/// A handshake with the host of this name.
struct Handshake {
    client: TlsClient,
    host: String,
}

/// A connection after the handshake.
struct Encrypted(Box<dyn Transport>);

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Encrypted;
    type TlsConnect = Handshake;
    type Error = TlsError;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, TlsError> {
        Ok(Handshake { client: self.client.clone(), host: host.to_owned() })
    }
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Encrypted;
    type Error = TlsError;
    type Future = Pin<Box<dyn Future<Output = Result<Encrypted, TlsError>> + Send>>;

    fn connect(self, stream: Socket) -> Self::Future {
        Box::pin(async move {
            let (stream, _) = self.client.connect(&self.host, stream).await?;
            Ok(Encrypted(stream))
        })
    }
}

impl TlsStream for Encrypted {
    /// The certificate was checked for the host's name; the password's proof is not tied to it as well.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
