//! The time-stamping authority (RFC 3161).

use der::asn1::ObjectIdentifier;
use keys::Identity;
use pki::Certificate;
use pki::timestamp::{TimeStampRequest, TimeStampResponse, TimestampError, TokenBuilder};
use time::OffsetDateTime;

use crate::config::Config;
use crate::issuing::serial_number;
use crate::modes::TsaMode;
use crate::state::{Role, StateError, StateFolder};

/// Bits of `PKIFailureInfo` (RFC 3161 2.4.2).
const BAD_ALGORITHM: u8 = 0;
const BAD_DATA_FORMAT: u8 = 5;
const UNACCEPTED_POLICY: u8 = 15;
const SYSTEM_FAILURE: u8 = 25;

/// The authority at work.
pub struct Stamper {
    identity: Identity,
    policy: ObjectIdentifier,
}

/// Why the authority cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StamperError {
    /// There is none yet, or it is damaged.
    #[error(transparent)]
    State(#[from] StateError),
    /// The policy is no object identifier.
    #[error("tsa.policy is no object identifier")]
    Policy,
}

impl Stamper {
    /// Opens the authority.
    ///
    /// # Errors
    /// [`StamperError`].
    pub fn open(config: &Config) -> Result<Self, StamperError> {
        let policy = config.tsa.policy().ok_or(StamperError::Policy)?;
        Ok(Self { identity: StateFolder::at(&config.state_folder).identity(Role::Tsa)?, policy })
    }

    /// The authority's certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        self.identity.certificate()
    }

    /// The answer to a request, DER to DER. Every request has one: rejections have their own form.
    #[must_use]
    pub fn answer(&self, request: &[u8], mode: TsaMode, now: OffsetDateTime) -> Vec<u8> {
        if mode == TsaMode::Reject {
            return TimeStampResponse::encode_rejection(SYSTEM_FAILURE, "switched to rejecting");
        }
        let request = match TimeStampRequest::parse(request) {
            Ok(request) => request,
            Err(error) => {
                let bit = if error == TimestampError::Digest { BAD_ALGORITHM } else { BAD_DATA_FORMAT };
                return TimeStampResponse::encode_rejection(bit, &error.to_string());
            }
        };
        if request.policy.is_some_and(|policy| policy != self.policy) {
            return TimeStampResponse::encode_rejection(UNACCEPTED_POLICY, "stamps have another policy");
        }
        self.stamp(&request, now).unwrap_or_else(|problem| {
            tracing::error!(problem, "no time-stamp could be given");
            TimeStampResponse::encode_rejection(SYSTEM_FAILURE, "the authority failed")
        })
    }

    fn stamp(&self, request: &TimeStampRequest, now: OffsetDateTime) -> Result<Vec<u8>, String> {
        let serial = serial_number().map_err(|error| error.to_string())?;
        tracing::debug!(serial = hex::encode(serial), "a time-stamp is given");
        // Milliseconds: finer fractions say more than the clock knows, and not every reader takes them.
        let gen_time = now.replace_millisecond(now.millisecond()).unwrap_or(now);
        let token = TokenBuilder { gen_time, serial: serial.to_vec(), policy: self.policy };
        let token = token.sign(request, self.identity.certificate(), self.identity.key());
        Ok(TimeStampResponse::encode_granted(&token.map_err(|error| error.to_string())?))
    }
}

#[cfg(test)]
mod tests;
