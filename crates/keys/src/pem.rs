//! Private keys in PEM, decoded without leaving copies behind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The forms a private key comes in.
pub(crate) enum PrivateKeyPem {
    /// PKCS#8 (RFC 5958).
    Pkcs8(Zeroizing<Vec<u8>>),
    /// PKCS#1 (RFC 8017).
    Rsa(Zeroizing<Vec<u8>>),
    /// SEC 1 (RFC 5915).
    Ec(Zeroizing<Vec<u8>>),
}

/// The first private key of the text. Encrypted keys are not taken: tokens are for that.
pub(crate) fn private_key(text: &[u8]) -> Option<PrivateKeyPem> {
    let text = std::str::from_utf8(text).ok()?;
    block(text, "PRIVATE KEY")
        .map(PrivateKeyPem::Pkcs8)
        .or_else(|| block(text, "RSA PRIVATE KEY").map(PrivateKeyPem::Rsa))
        .or_else(|| block(text, "EC PRIVATE KEY").map(PrivateKeyPem::Ec))
}

fn block(text: &str, label: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    // One allocation of the final size: growing would leave pieces of the key in freed memory.
    let mut digits = Zeroizing::new(Vec::with_capacity(body.len()));
    digits.extend(body.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    let mut der = Zeroizing::new(vec![0; digits.len()]);
    let length = STANDARD.decode_slice(&*digits, &mut der).ok()?;
    der.truncate(length);
    Some(der)
}
