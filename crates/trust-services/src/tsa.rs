//! The time-stamping authority (RFC 3161): what it answers to a request.

use der::asn1::ObjectIdentifier;
use pki::SigningError;
use pki::timestamp::{TimeStampRequest, TimeStampResponse, TimestampError, TokenBuilder};
use service_kit::random::{self, NoRandomness};
use time::OffsetDateTime;

use crate::authority::Authority;
use crate::modes::TsaMode;

/// Bits of PKIFailureInfo (RFC 3161 section 2.4.2).
const BAD_ALGORITHM: u8 = 0;
const BAD_DATA_FORMAT: u8 = 5;
const UNACCEPTED_POLICY: u8 = 15;
const SYSTEM_FAILURE: u8 = 25;

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

/// The answer (DER) to a request (DER): a token, or a rejection of what is not a request or cannot be granted.
///
/// # Errors
/// [`TsaFailure`].
pub fn answer(
    authority: &Authority,
    request: &[u8],
    mode: TsaMode,
    policy: ObjectIdentifier,
    now: OffsetDateTime,
) -> Result<Vec<u8>, TsaFailure> {
    if mode == TsaMode::Reject {
        return Ok(TimeStampResponse::encode_rejection(SYSTEM_FAILURE, "switched to rejections"));
    }
    let request = match TimeStampRequest::parse(request) {
        Ok(request) => request,
        Err(error) => {
            let bit = if error == TimestampError::Digest { BAD_ALGORITHM } else { BAD_DATA_FORMAT };
            return Ok(TimeStampResponse::encode_rejection(bit, &error.to_string()));
        }
    };
    if request.policy.is_some_and(|asked| asked != policy) {
        return Ok(TimeStampResponse::encode_rejection(UNACCEPTED_POLICY, "tokens have another policy"));
    }
    let mut serial = random::bytes::<8>()?;
    serial[0] = (serial[0] & 0x3f) | 0x40;
    // Finer fractions say more than the clock knows, and not every reader takes them.
    let gen_time = now.replace_millisecond(now.millisecond()).unwrap_or(now);
    let token = TokenBuilder { gen_time, serial: serial.to_vec(), policy };
    let token = token.sign(&request, &authority.tsa.certificate, &authority.tsa.key)?;
    tracing::debug!(serial = hex::encode(serial), "a timestamp was given");
    Ok(TimeStampResponse::encode_granted(&token))
}
