//! rustls configurations from our own types.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{
    AlertDescription, ClientConfig, CommonState, HandshakeKind, RootCertStore, ServerConfig,
    SupportedProtocolVersion,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::verifier::{ClientVerifier, ServerVerifier};
use super::{Admission, ClientCertificates, TlsError, TlsIdentity, Verification};
use crate::peer_tls::{PeerIdentity, Stack};

/// Versions between our own security servers.
pub(crate) const TLS13_ONLY: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
/// Versions towards everybody else.
pub(crate) const TLS12_AND_13: &[&SupportedProtocolVersion] =
    &[&rustls::version::TLS13, &rustls::version::TLS12];

pub(crate) fn server_config(
    identity: &TlsIdentity,
    clients: &ClientCertificates,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = provider();
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_protocol_versions(versions).map_err(setup)?;
    let asks = |admission: Option<Admission>| Arc::new(ClientVerifier::new(&provider, admission));
    let builder = match clients {
        ClientCertificates::Ignored => builder.with_no_client_auth(),
        ClientCertificates::Requested => builder.with_client_cert_verifier(asks(None)),
        ClientCertificates::Required(admit) => {
            builder.with_client_cert_verifier(asks(Some(Arc::clone(admit))))
        }
    };
    let (certificates, key) = key_pair(identity)?;
    Ok(Arc::new(builder.with_single_cert(certificates, key).map_err(setup)?))
}

pub(crate) fn client_config(
    verification: &Verification,
    identity: Option<&TlsIdentity>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = provider();
    let verifier: Arc<dyn ServerCertVerifier> = match verification {
        Verification::Any => Arc::new(ServerVerifier::new(&provider, None)),
        Verification::Pinned(pinned) => Arc::new(ServerVerifier::new(&provider, Some(pinned.clone()))),
        Verification::Authorities(authorities) => authorities_verifier(&provider, authorities)?,
    };
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_protocol_versions(versions).map_err(setup)?;
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let (certificates, key) = key_pair(identity)?;
            builder.with_client_auth_cert(certificates, key).map_err(setup)?
        }
    };
    Ok(Arc::new(config))
}

/// What a finished handshake proved; `None` when the other side presented no certificate.
pub(crate) fn peer_identity(connection: &CommonState) -> Option<PeerIdentity> {
    let certificates = connection.peer_certificates()?;
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    Some(PeerIdentity {
        certificates: certificates.iter().map(|certificate| certificate.to_vec()).collect(),
        stack: Stack::Modern,
        protocol: match connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3".to_owned(),
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2".to_owned(),
            other => text(other.and_then(|version| version.as_str())),
        },
        cipher_suite: text(connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str())),
        resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
    })
}

/// The error of a handshake, in our words.
pub(crate) fn handshake_error(error: std::io::Error) -> TlsError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure)) => {
            TlsError::NotAdmitted
        }
        Some(
            inner @ (rustls::Error::PeerIncompatible(_)
            | rustls::Error::AlertReceived(
                AlertDescription::ProtocolVersion
                | AlertDescription::HandshakeFailure
                | AlertDescription::InsufficientSecurity,
            )),
        ) => TlsError::NoCommonVersion(inner.to_string()),
        Some(inner) => TlsError::Handshake(inner.to_string()),
        None => TlsError::Io(error),
    }
}

/// The one cryptographic library of the house, chosen here and not by process-wide default.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn key_pair(
    identity: &TlsIdentity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
    let certificates = identity.certificates().iter().cloned().map(CertificateDer::from).collect();
    let key = PrivateKeyDer::try_from(identity.private_key().to_vec())
        .map_err(|reason| TlsError::Setup(format!("the private key is of no known kind ({reason})")))?;
    Ok((certificates, key))
}

fn authorities_verifier(
    provider: &Arc<CryptoProvider>,
    authorities: &[Vec<u8>],
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(CertificateDer::from(authority.as_slice())).map_err(setup)?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    verifier
        .map(|verifier| verifier as Arc<dyn ServerCertVerifier>)
        .map_err(|error| TlsError::Setup(error.to_string()))
}

fn setup(error: rustls::Error) -> TlsError {
    TlsError::Setup(error.to_string())
}
