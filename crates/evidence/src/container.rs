//! The verdict about a container, offline: who signed what, with which certificate, when.
//!
//! The order of checks and the reasons are those of X-Road's own verifier: signer from the message,
//! references, timestamp, hash chain, certificate and name, signature value, path and OCSP status at
//! the time of the timestamp.

mod data;
mod error;
mod sender;
mod timestamp;

use std::sync::Arc;

use identifiers::ClientId;
use pki::Certificate;
use pki::trust::Trust;
use time::OffsetDateTime;

#[cfg(test)]
pub(crate) use data::compared;
pub use data::{Coverage, DataFact};
pub use error::ContainerError;

use crate::asic::Container;
use crate::signature::{HASH_CHAIN_RESULT, MESSAGE, SealError, SignatureDocument, certificate, value};
use crate::xml::{Document, XmlLimits};

/// What a valid container proves.
#[derive(Debug, Clone)]
pub struct Report {
    /// Who sent the message: the client of a request, the provider of a response.
    pub signer: ClientId,
    /// The signing certificate of the signer's member.
    pub certificate: Arc<Certificate>,
    /// The time that the signer claims.
    pub signing_time: Option<OffsetDateTime>,
    /// When the status of the certificate was produced.
    pub ocsp_produced_at: OffsetDateTime,
    /// The OCSP responder that vouched for it.
    pub ocsp_responder: Certificate,
    /// The time that the timestamping authority states.
    pub timestamp: OffsetDateTime,
    /// The timestamping authority.
    pub tsa: Certificate,
    /// For which moment certificate and status were checked: the timestamp's, unless another was
    /// asked for.
    pub verified_at: OffsetDateTime,
    /// The data that the signature covers.
    pub data: Vec<DataFact>,
}

/// Verifies a container at the time of its timestamp, or at `at`.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_container(
    container: &Container,
    trust: &dyn Trust,
    at: Option<OffsetDateTime>,
) -> Result<Report, ContainerError> {
    let document = Document::parse(&container.signature, &XmlLimits::EVIDENCE).map_err(SealError::from)?;
    let found = SignatureDocument::read(&document)?;
    let signer = sender::of(&container.message)?;
    check_references(&found)?;
    let stamped = timestamp::verify(container, &found, trust)?;
    let verified_at = at.unwrap_or_else(|| stamped.time());
    let data = data::covered(container, &found)?;
    let member = signer.member();
    let certificate = certificate::signing_certificate(&found)?;
    certificate::check_signer(&certificate, member, trust)?;
    value::verify(&found, &certificate, &|uri| data::resolve(container, uri))?;
    let judged = certificate::judge(certificate, &found, trust, member.instance(), verified_at)?;
    Ok(Report {
        certificate: judged.certificate,
        signing_time: found.signing_time(),
        ocsp_produced_at: judged.ocsp_produced_at,
        ocsp_responder: judged.ocsp_responder,
        timestamp: stamped.time(),
        tsa: stamped.tsa().clone(),
        verified_at,
        signer,
        data,
    })
}

/// The message is signed, directly or through a hash chain, and the signed properties are.
fn check_references(found: &SignatureDocument<'_, '_>) -> Result<(), ContainerError> {
    let signed = found.refers_to(MESSAGE) || found.refers_to(HASH_CHAIN_RESULT);
    let properties = found.references.iter().any(|reference| found.is_to_signed_properties(reference));
    let missing = match (signed, properties) {
        (false, _) => "the signature refers neither to the message nor to a hash chain",
        (_, false) => "the signed properties are not signed",
        (true, true) => return Ok(()),
    };
    Err(SealError::Malformed(missing.to_owned()).into())
}

#[cfg(test)]
mod tests;
