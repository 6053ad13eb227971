//! Our own side of a TLS connection: a private key and the certificates that go with it.

use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

/// A private key and its certificate chain. Clones share it; it is never printed.
#[derive(Clone)]
pub struct TlsIdentity {
    inner: Arc<Inner>,
}

struct Inner {
    certificates: Vec<Vec<u8>>,
    private_key: Zeroizing<Vec<u8>>,
}

/// A key or certificate file does not hold what it should.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// There is no certificate.
    #[error("there is no certificate in the TLS identity")]
    NoCertificate,
    /// A certificate is not readable PEM.
    #[error("the certificate of the TLS identity is not readable PEM: {0}")]
    Certificate(String),
    /// The private key is not readable PEM.
    #[error("the private key of the TLS identity is not readable PEM (PKCS#8, PKCS#1 or SEC1)")]
    PrivateKey,
}

impl TlsIdentity {
    /// From DER certificates (leaf first, root omitted) and the private key in PKCS#8 DER.
    ///
    /// # Errors
    /// [`IdentityError::NoCertificate`].
    pub fn new(certificates: Vec<Vec<u8>>, private_key: Zeroizing<Vec<u8>>) -> Result<Self, IdentityError> {
        if certificates.is_empty() {
            return Err(IdentityError::NoCertificate);
        }
        Ok(Self { inner: Arc::new(Inner { certificates, private_key }) })
    }

    /// From PEM texts.
    ///
    /// # Errors
    /// [`IdentityError`] names the text that is wrong.
    pub fn from_pem(certificates: &[u8], private_key: &[u8]) -> Result<Self, IdentityError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
        let certificates = certificates.map_err(|error| IdentityError::Certificate(error.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(private_key).map_err(|_| IdentityError::PrivateKey)?;
        let key = Zeroizing::new(key.secret_der().to_vec());
        Self::new(certificates.into_iter().map(|certificate| certificate.to_vec()).collect(), key)
    }

    /// The certificates in DER, leaf first.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.inner.certificates
    }

    pub(crate) fn private_key(&self) -> &[u8] {
        &self.inner.private_key
    }
}

impl std::fmt::Debug for TlsIdentity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TlsIdentity").finish_non_exhaustive()
    }
}
