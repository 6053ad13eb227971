//! The time-stamping authority (RFC 3161): what it answers to a request.

use der::asn1::ObjectIdentifier;
use pki::SigningError;
use pki::timestamp::{TimeStampRequest, TimeStampResponse, TokenBuilder};
use service_kit::random::{self, NoRandomness};
use time::OffsetDateTime;

use crate::authority::Authority;

/// PKIFailureInfo badRequest.
const BAD_REQUEST: u8 = 2;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TsaFailure {
    /// The token could not be signed.
    #[error("a timestamp could not be signed: {0}")]
    Signing(#[from] SigningError),
    /// The token could not be numbered.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// The answer (DER) to a request (DER): a token, or a rejection of what is not a request.
///
/// # Errors
/// [`TsaFailure`].
pub fn answer(
    authority: &Authority,
    request: &[u8],
    policy: ObjectIdentifier,
    now: OffsetDateTime,
) -> Result<Vec<u8>, TsaFailure> {
    let request = match TimeStampRequest::parse(request) {
        Ok(request) => request,
        Err(error) => return Ok(TimeStampResponse::encode_rejection(BAD_REQUEST, &error.to_string())),
    };
    let mut serial = random::bytes::<8>()?;
    serial[0] = (serial[0] & 0x3f) | 0x40;
    let token = TokenBuilder { gen_time: now, serial: serial.to_vec(), policy };
    let token = token.sign(&request, &authority.tsa.certificate, &authority.tsa.key)?;
    Ok(TimeStampResponse::encode_granted(&token))
}
