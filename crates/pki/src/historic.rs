//! What counted as a proof in its time.
//!
//! Evidence must stand years later, so the question about an old certificate is not what its algorithm is worth today
//! but what it was worth when the signature was made; that moment is proven by a time-stamp with a strong key.
//! Certificates and revocation answers get this, by the time they are checked for. Message signatures and
//! time-stamps with SHA-1, and RSA keys below 2048 bits, are refused at any time, and so is everything with SHA-1
//! that is checked for today.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::algorithm::AlgorithmError;
use crate::asn1::oid;
use crate::certificate::{Certificate, IssuedByError};
use crate::public_key::SignatureError;

/// From here on SHA-1 under a certificate or a revocation answer proves nothing: public CAs had to stop using it at
/// the end of 2015 (CA/Browser Forum, Baseline Requirements 7.1.3).
pub const SHA1_END: OffsetDateTime = datetime!(2016-01-01 0:00 UTC);

/// Whether RSA with SHA-1 was a proof at this time, and the algorithm was refused for being that.
pub(crate) fn was_a_proof(refused: &AlgorithmError, at: OffsetDateTime) -> bool {
    matches!(refused, AlgorithmError::Weak(name) if *name == oid::RSA_SHA1.to_string()) && at < SHA1_END
}

/// Verifies RSA PKCS#1 v1.5 with SHA-1; only after [`was_a_proof`].
pub(crate) fn verify_rsa_sha1(
    signer: &Certificate,
    data: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, signer.spki());
    key.verify(data, signature).map_err(|_| SignatureError::Mismatch)
}

/// Whether `issuer` signed the certificate, with an algorithm that was a proof at this time.
pub(crate) fn verify_issued_by(
    cert: &Certificate,
    issuer: &Certificate,
    at: OffsetDateTime,
) -> Result<(), IssuedByError> {
    match cert.verify_issued_by(issuer) {
        Err(IssuedByError::Algorithm(refused)) if was_a_proof(&refused, at) => {
            issuer.public_key()?;
            Ok(verify_rsa_sha1(issuer, cert.tbs(), cert.signature())?)
        }
        other => other,
    }
}
