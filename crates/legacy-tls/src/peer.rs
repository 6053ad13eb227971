//! What a handshake proved about the other side.

use openssl::ssl::SslRef;

use crate::LegacyTlsError;

/// The other side of a connection: it holds the private key of `certificates[0]`.
#[derive(Clone, Debug)]
pub struct Peer {
    /// DER certificates, leaf first. A resumed session on the server side knows the leaf only.
    pub certificates: Vec<Vec<u8>>,
    /// Protocol version, for example `TLSv1.2`.
    pub protocol: String,
    /// OpenSSL's name of the cipher suite.
    pub cipher_suite: String,
    /// Was an earlier session resumed?
    pub resumed: bool,
}

impl Peer {
    pub(crate) fn of(ssl: &SslRef) -> Result<Self, LegacyTlsError> {
        let leaf = ssl.peer_certificate().ok_or(LegacyTlsError::NoCertificate)?.to_der()?;
        let mut certificates = vec![leaf];
        // On the client side the chain begins with the leaf, on the server side behind it.
        for certificate in ssl.peer_cert_chain().into_iter().flatten() {
            let der = certificate.to_der()?;
            if der != certificates[0] {
                certificates.push(der);
            }
        }
        Ok(Self {
            certificates,
            protocol: ssl.version_str().to_owned(),
            cipher_suite: ssl.current_cipher().map(|cipher| cipher.name().to_owned()).unwrap_or_default(),
            resumed: ssl.session_reused(),
        })
    }
}
