//! What both sides have in common: protocol, suites, our key, what makes a peer's certificate too weak.

use openssl::dh::Dh;
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::{
    SslContextBuilder, SslMethod, SslMode, SslOptions, SslSessionCacheMode, SslVerifyMode, SslVersion,
};
use openssl::x509::{X509, X509StoreContextRef};

/// X-Road's three suites (`proxy.xroad-tls-ciphers`), and the AEAD suites that a peer may have been given.
/// AEAD first: where a peer has both, the better one is taken.
const SUITES: &str = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
    ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
    ECDHE-RSA-AES256-SHA384:DHE-RSA-AES256-SHA256:ECDHE-ECDSA-AES256-SHA384";

/// OpenSSL's security level: 112 bits, so RSA and DH from 2,048 bits, no SHA-1 signatures. Set here, because
/// the default differs between distributions.
const SECURITY_LEVEL: u32 = 2;

/// `X509_V_ERR_EE_KEY_TOO_SMALL`: the key of the peer is below the security level. Every other complaint about
/// its certificate is the caller's to judge.
const KEY_TOO_SMALL: i32 = 66;

/// Our key and certificates.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    /// DER certificates, leaf first, root omitted.
    pub certificates: &'a [Vec<u8>],
    /// Private key, PKCS#8 DER.
    pub private_key: &'a [u8],
}

/// A context that speaks TLS 1.2 with X-Road's suites under this identity.
pub(crate) fn builder(method: SslMethod, identity: Identity<'_>) -> Result<SslContextBuilder, ErrorStack> {
    let mut context = SslContextBuilder::new(method)?;
    context.set_security_level(SECURITY_LEVEL);
    context.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    context.set_max_proto_version(Some(SslVersion::TLS1_2))?;
    context.set_cipher_list(SUITES)?;
    context.set_options(
        SslOptions::NO_COMPRESSION | SslOptions::NO_RENEGOTIATION | SslOptions::CIPHER_SERVER_PREFERENCE,
    );
    // A write that was begun is repeated from another buffer; buffers of idle connections are given back.
    context.set_mode(
        SslMode::AUTO_RETRY
            | SslMode::ENABLE_PARTIAL_WRITE
            | SslMode::ACCEPT_MOVING_WRITE_BUFFER
            | SslMode::RELEASE_BUFFERS,
    );
    // Sessions live in tickets and in our own store, not in OpenSSL's.
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    for (position, certificate) in identity.certificates.iter().enumerate() {
        let certificate = X509::from_der(certificate)?;
        if position == 0 {
            context.set_certificate(&certificate)?;
        } else {
            context.add_extra_chain_cert(certificate)?;
        }
    }
    context.set_private_key(&*PKey::private_key_from_der(identity.private_key)?)?;
    context.check_private_key()?;
    Ok(context)
}

/// Lets the caller's `accept` judge the leaf; issuers, dates and names are not looked at.
pub(crate) fn judge_leaf(
    context: &mut SslContextBuilder,
    accept: impl Fn(&mut X509StoreContextRef) -> bool + Send + Sync + 'static,
) {
    let mode = SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT;
    context.set_verify_callback(mode, move |_, chain| {
        if chain.error_depth() > 0 {
            return true;
        }
        chain.error().as_raw() != KEY_TOO_SMALL && accept(chain)
    });
}

/// Group 14 of RFC 3526 (2,048 bits) for DHE with peers that know no curves.
pub(crate) fn diffie_hellman() -> Result<Dh<openssl::pkey::Params>, ErrorStack> {
    let prime = openssl::bn::BigNum::get_rfc3526_prime_2048()?;
    let generator = openssl::bn::BigNum::from_u32(2)?;
    Dh::from_pqg(prime, None, generator)
}
