//! Whether the key signed, and what.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use pki::Certificate;

use super::SealError;
use super::document::{Reference, SignatureDocument};
use crate::c14n::{self, Method};

/// What a data reference points to.
pub(crate) enum Target<'t> {
    /// The data itself.
    Data(&'t [u8]),
    /// Its SHA-512 digest.
    Sha512(&'t [u8; 64]),
}

/// Verifies the signature value with the key of the certificate, then every reference. `resolve`
/// knows the data outside the document; what it does not know makes the signature malformed.
pub(crate) fn verify<'t>(
    found: &SignatureDocument<'_, '_>,
    certificate: &Certificate,
    resolve: &dyn Fn(&str) -> Option<Target<'t>>,
) -> Result<(), SealError> {
    let signed = c14n::element(found.signed_info, found.document, &found.canonicalization);
    let key = certificate.public_key().map_err(|error| SealError::Malformed(error.to_string()))?;
    key.verify_xmldsig(found.algorithm, &signed, &found.value).map_err(|_| SealError::SignatureValue)?;
    found.references.iter().try_for_each(|reference| verify_reference(found, reference, resolve))
}

fn verify_reference<'t>(
    found: &SignatureDocument<'_, '_>,
    reference: &Reference<'_>,
    resolve: &dyn Fn(&str) -> Option<Target<'t>>,
) -> Result<(), SealError> {
    let actual = match reference.uri.strip_prefix('#') {
        Some(id) => digest_inside(found, reference, id)?,
        None => digest_outside(reference, resolve)?,
    };
    verify_slices_are_equal(&actual, &reference.digest)
        .map_err(|_| SealError::ReferenceDigest(reference.uri.to_owned()))
}

/// An element of the same document, in canonical form.
fn digest_inside(
    found: &SignatureDocument<'_, '_>,
    reference: &Reference<'_>,
    id: &str,
) -> Result<Vec<u8>, SealError> {
    let target = found.document.element_by_id(id).ok_or_else(|| unresolved(reference))?;
    let method = match reference.transforms.as_slice() {
        [] => &Method::INCLUSIVE,
        [method] => method,
        _ => return Err(SealError::Malformed("a reference has more than one transform".to_owned())),
    };
    Ok(reference.algorithm.digest(&c14n::element(target, found.document, method)))
}

/// Data outside the document, as it is.
fn digest_outside<'t>(
    reference: &Reference<'_>,
    resolve: &dyn Fn(&str) -> Option<Target<'t>>,
) -> Result<Vec<u8>, SealError> {
    if !reference.transforms.is_empty() {
        return Err(SealError::Malformed("data may not be transformed".to_owned()));
    }
    match resolve(reference.uri).ok_or_else(|| unresolved(reference))? {
        Target::Data(data) => Ok(reference.algorithm.digest(data)),
        Target::Sha512(digest) if reference.algorithm == pki::DigestAlgorithm::Sha512 => Ok(digest.to_vec()),
        Target::Sha512(_) => {
            Err(SealError::Malformed(format!("{} must be signed with SHA-512", reference.uri)))
        }
    }
}

fn unresolved(reference: &Reference<'_>) -> SealError {
    let uri: String = reference.uri.chars().take(128).collect();
    SealError::Malformed(format!("cannot resolve reference {uri}"))
}
