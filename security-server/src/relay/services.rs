//! Connections to the information systems that provide services.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use identifiers::ClientId;
use service_kit::http::{Request, Response};
use service_kit::http_client::{
    ClientError, ClientSecurity, ClientSettings, Destination, HttpClient, Location,
};
use service_kit::tls::{TlsClient, TlsError, TlsIdentity, Verification};

use crate::access_rights::{Declarations, Service};

/// Idle connections to a service are kept this long: less than the 5 s after which many HTTP servers close them, since
/// a call that meets a closing connection is lost and must not be repeated.
const KEEP_IDLE: Duration = Duration::from_secs(4);
/// Idle connections to one service.
const MAX_IDLE: usize = 64;

/// Why a service did not answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Connection or answer failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Our own side of TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Connections to services, pooled for each destination.
pub struct ServiceLinks {
    /// One client for each time limit that a service declares.
    clients: Mutex<HashMap<Duration, HttpClient>>,
    identity: Option<TlsIdentity>,
    /// For services that any server certificate will do for.
    unverified: TlsClient,
    /// For the others, by providing subsystem; made again when the declarations change.
    pinned: Mutex<HashMap<ClientId, TlsClient>>,
}

impl ServiceLinks {
    /// Links that present `identity` to services that ask for a certificate.
    ///
    /// # Errors
    /// The identity cannot be used.
    pub fn new(identity: Option<TlsIdentity>) -> Result<Self, TlsError> {
        let unverified = TlsClient::new(Verification::Any, identity.as_ref())?;
        Ok(Self { clients: Mutex::default(), identity, unverified, pinned: Mutex::default() })
    }

    /// Takes over the certificates of new declarations.
    ///
    /// # Errors
    /// A certificate cannot be used.
    pub fn apply(&self, declarations: &Declarations) -> Result<(), TlsError> {
        let mut pinned = HashMap::new();
        for subsystem in declarations.subsystems().filter(|subsystem| !subsystem.certificates.is_empty()) {
            let certificates = subsystem.certificates.iter().map(|known| known.der().to_vec()).collect();
            let client = TlsClient::new(Verification::Pinned(certificates), self.identity.as_ref())?;
            pinned.insert(subsystem.id.clone(), client);
        }
        *self.pinned.lock().unwrap_or_else(PoisonError::into_inner) = pinned;
        Ok(())
    }

    /// Calls a service once. Its time limit holds for connecting, for the beginning of the answer, and for each wait
    /// in it.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call(
        &self,
        service: &Service,
        at: &Location,
        request: Request,
    ) -> Result<Response, CallError> {
        let security =
            if at.secure { ClientSecurity::Tls(self.tls_for(service)?) } else { ClientSecurity::Plain };
        let destination = Destination { host: at.host.clone(), port: at.port, security };
        Ok(self.client_for(service.timeout).send(&destination, request).await?)
    }

    fn client_for(&self, limit: Duration) -> HttpClient {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = || ClientSettings {
            connect_timeout: limit,
            response_timeout: Some(limit),
            stall_timeout: limit,
            keep_idle: KEEP_IDLE,
            max_idle: MAX_IDLE,
            accept_close_delimited: true,
            ..ClientSettings::default()
        };
        clients.entry(limit).or_insert_with(|| HttpClient::new(settings())).clone()
    }

    fn tls_for(&self, service: &Service) -> Result<TlsClient, TlsError> {
        if !service.verify_tls {
            return Ok(self.unverified.clone());
        }
        let pinned = self.pinned.lock().unwrap_or_else(PoisonError::into_inner);
        pinned
            .get(service.id.client())
            .cloned()
            .ok_or_else(|| TlsError::Setup("no certificates are declared".to_owned()))
    }
}
