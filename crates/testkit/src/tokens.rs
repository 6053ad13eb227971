//! The keys of a security server.

use std::path::Path;

use anyhow::{Context as _, Result};
use keys::{Identity, Pin, SoftwareToken};
use service_kit::tls::TlsIdentity;

/// What a security server has in its software token.
pub struct Token {
    /// For TLS.
    pub authentication: Identity,
    /// For messages.
    pub signing: Identity,
}

impl Token {
    /// Opens `token` with the PIN in `pin`, both below the folder of a server.
    ///
    /// # Errors
    /// The token cannot be opened or lacks a certificate.
    pub fn open(server: &Path) -> Result<Self> {
        let pin = Pin::from_file(&server.join("pin"))?;
        let identities = SoftwareToken::open(&server.join("token"), &pin)?.identities();
        let find = |wanted: fn(&pki::Certificate) -> bool| {
            identities.iter().find(|identity| wanted(identity.certificate())).cloned()
        };
        let authentication = find(pki::Certificate::is_auth_cert).context("no authentication certificate")?;
        let signing = find(pki::Certificate::is_signing_cert).context("no signing certificate")?;
        Ok(Self { authentication, signing })
    }

    /// Key and certificate for TLS.
    ///
    /// # Errors
    /// The key cannot be exported.
    pub fn tls(&self) -> Result<TlsIdentity> {
        tls(&self.authentication)
    }
}

/// An identity as TLS wants it.
///
/// # Errors
/// The key cannot be exported.
pub fn tls(identity: &Identity) -> Result<TlsIdentity> {
    let certificates = vec![identity.certificate().der().to_vec()];
    Ok(TlsIdentity::new(certificates, identity.key().to_pkcs8()?)?)
}
