//! From a certificate to its trust anchor (RFC 5280 6, without policies and name constraints).
//!
//! The anchor is the certificate that the global configuration approves. As in RFC 5280 6.1.1 (d) it contributes its
//! name and its key; its own validity is not part of the path, because approving and withdrawing it is the
//! configuration's affair. It must be a CA nevertheless.

use crate::algorithm::AlgorithmError;
use crate::certificate::{Certificate, IssuedByError};
use crate::historic;
use crate::public_key::{PublicKeyError, SignatureError};
use time::OffsetDateTime;

/// Longest path in certificates, leaf and anchor included.
pub const MAX_DEPTH: usize = 8;
/// Most intermediate certificates that are looked at.
pub const MAX_INTERMEDIATES: usize = 16;
/// Most signatures that are verified for one path; a crafted heap of equal names must not cost more.
const MAX_SIGNATURES: usize = 24;

/// Proof: this path was valid at the time it was checked.
#[derive(Clone, Debug)]
pub struct ValidPath {
    /// Leaf first, anchor last; never fewer than two.
    certificates: Vec<Certificate>,
}

impl ValidPath {
    /// The certificate that the path is for.
    pub fn leaf(&self) -> &Certificate {
        &self.certificates[0]
    }

    /// The approved certificate at the end.
    pub fn anchor(&self) -> &Certificate {
        &self.certificates[self.certificates.len() - 1]
    }

    /// Leaf first, anchor last.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Every certificate with its issuer, leaf first: what needs an OCSP status.
    pub fn issued(&self) -> impl Iterator<Item = (&Certificate, &Certificate)> {
        self.certificates.iter().zip(&self.certificates[1..])
    }
}

/// Why there is no valid path. The subject named is that of the certificate at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No certificate at hand has the issuer's name.
    #[error("issuer \"{issuer}\" of \"{subject}\" is not at hand")]
    NoIssuer {
        /// Whose issuer is missing.
        subject: String,
        /// Who should have issued it.
        issuer: String,
    },
    /// Outside its validity.
    #[error("certificate \"{0}\" is not valid at this time")]
    NotValidNow(String),
    /// Basic constraints or key usage do not allow to issue.
    #[error("\"{0}\" issued a certificate but is no certification authority")]
    NotCa(String),
    /// More intermediates below a CA than it allows.
    #[error("too many certificates below \"{0}\"")]
    PathLength(String),
    /// A critical extension that is not processed here.
    #[error("certificate \"{0}\" has a critical extension that is not known here")]
    CriticalExtension(String),
    /// Signed with MD5, or with SHA-1 when that was no proof any more ([`historic`]).
    #[error("certificate \"{0}\" is signed with an algorithm that is too weak")]
    WeakSignature(String),
    /// Signed with an algorithm that is not known here.
    #[error("certificate \"{0}\" is signed with an unknown algorithm")]
    UnknownAlgorithm(String),
    /// An RSA key below 2048 bits.
    #[error("key of \"{0}\" is too weak")]
    WeakKey(String),
    /// A key of a kind that is not known here, or broken.
    #[error("key of \"{0}\" is not usable")]
    Key(String),
    /// The issuer's key did not make the signature.
    #[error("signature of certificate \"{0}\" is wrong")]
    Signature(String),
    /// Too many intermediates, too long a path or too many attempts.
    #[error("too many certificates to look for a path")]
    TooMany,
}

/// Finds a valid path from `leaf` over any of `intermediates` to `anchor`.
///
/// The leaf's own key must be strong enough too, although nothing is verified with it here.
pub fn validate(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchor: &Certificate,
    now: OffsetDateTime,
) -> Result<ValidPath, PathError> {
    leaf.public_key().map_err(|error| key_error(error, leaf))?;
    Search { intermediates, anchor, now, signatures: 0 }.run(leaf)
}

fn issued_by(cert: &Certificate, issuer: &Certificate, at: OffsetDateTime) -> Result<(), PathError> {
    let subject = || cert.subject().rfc2253();
    historic::verify_issued_by(cert, issuer, at).map_err(|error| match error {
        IssuedByError::Name => PathError::NoIssuer { subject: subject(), issuer: cert.issuer().rfc2253() },
        IssuedByError::Algorithm(AlgorithmError::Weak(_)) => PathError::WeakSignature(subject()),
        IssuedByError::Algorithm(_) | IssuedByError::Signature(SignatureError::WrongKeyKind) => {
            PathError::UnknownAlgorithm(subject())
        }
        IssuedByError::Key(error) => key_error(error, issuer),
        IssuedByError::Signature(_) => PathError::Signature(subject()),
    })
}

fn key_error(error: PublicKeyError, cert: &Certificate) -> PathError {
    match error {
        PublicKeyError::RsaTooSmall(_) => PathError::WeakKey(cert.subject().rfc2253()),
        _ => PathError::Key(cert.subject().rfc2253()),
    }
}

struct Search<'a> {
    intermediates: &'a [Certificate],
    anchor: &'a Certificate,
    now: OffsetDateTime,
    signatures: usize,
}

impl Search<'_> {
    fn run(mut self, leaf: &Certificate) -> Result<ValidPath, PathError> {
        if self.intermediates.len() > MAX_INTERMEDIATES {
            return Err(PathError::TooMany);
        }
        let mut path = vec![leaf.clone()];
        self.extend(&mut path)?;
        Ok(ValidPath { certificates: path })
    }

    /// Completes the path from its last certificate, or tells what is wrong with the most promising attempt.
    fn extend(&mut self, path: &mut Vec<Certificate>) -> Result<(), PathError> {
        let Some(last) = path.last().cloned() else { return Err(PathError::TooMany) };
        self.check_alone(&last)?;
        let mut error =
            PathError::NoIssuer { subject: last.subject().rfc2253(), issuer: last.issuer().rfc2253() };
        let (anchor, intermediates) = (self.anchor, self.intermediates);
        for (candidate, is_anchor) in
            std::iter::once((anchor, true)).chain(intermediates.iter().map(|c| (c, false)))
        {
            if !last.issuer().matches(candidate.subject()) || path.contains(candidate) {
                continue;
            }
            match self.try_issuer(path, candidate, is_anchor) {
                Ok(()) => return Ok(()),
                Err(PathError::TooMany) => return Err(PathError::TooMany),
                Err(reason) => error = reason,
            }
        }
        Err(error)
    }

    fn try_issuer(
        &mut self,
        path: &mut Vec<Certificate>,
        issuer: &Certificate,
        is_anchor: bool,
    ) -> Result<(), PathError> {
        self.signatures += 1;
        if self.signatures > MAX_SIGNATURES || path.len() >= MAX_DEPTH {
            return Err(PathError::TooMany);
        }
        // Before version 3 nothing says that a certificate may issue; only approval can (RFC 5280 6.1.4 (k)).
        if !issuer.is_ca() || (!is_anchor && issuer.version() < 3) {
            return Err(PathError::NotCa(issuer.subject().rfc2253()));
        }
        // Certificates below the issuer that are intermediates and not self-issued (RFC 5280 6.1.4 (l)).
        let below = path.iter().skip(1).filter(|cert| !cert.is_self_issued()).count();
        if issuer.path_len().is_some_and(|limit| below > limit as usize) {
            return Err(PathError::PathLength(issuer.subject().rfc2253()));
        }
        if let Some(cert) = path.last() {
            issued_by(cert, issuer, self.now)?;
        }
        path.push(issuer.clone());
        if is_anchor {
            return Ok(());
        }
        let result = self.extend(path);
        if result.is_err() {
            path.pop();
        }
        result
    }

    /// What can be said of a certificate without its issuer.
    fn check_alone(&self, cert: &Certificate) -> Result<(), PathError> {
        if !cert.valid_at(self.now) {
            return Err(PathError::NotValidNow(cert.subject().rfc2253()));
        }
        if cert.unknown_critical_extension().is_some() {
            return Err(PathError::CriticalExtension(cert.subject().rfc2253()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
