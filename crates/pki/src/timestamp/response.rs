//! TimeStampResp (RFC 3161 2.4.2).

use super::{MAX_LEN, TimeStampRequest, TimestampError, TimestampToken};
use crate::asn1::{ber, read, read::Reader, write};

/// The answer of a time-stamping authority.
#[derive(Clone, Debug)]
pub struct TimeStampResponse {
    status: u32,
    text: String,
    token: Option<TimestampToken>,
}

impl TimeStampResponse {
    /// Reads an answer, DER or BER.
    pub fn parse(bytes: &[u8]) -> Result<Self, TimestampError> {
        if bytes.len() > MAX_LEN {
            return Err(TimestampError::TooLarge(bytes.len()));
        }
        let der = ber::to_der(bytes)?;
        let mut fields = Reader::only(&der, read::SEQUENCE)?;
        let mut info = fields.nested(read::SEQUENCE)?;
        let status = info.small(read::INTEGER)?;
        let text = match info.optional(read::SEQUENCE)? {
            Some(texts) => first_text(texts.value),
            None => String::new(),
        };
        let token = match fields.is_empty() {
            true => None,
            false => Some(TimestampToken::parse(fields.tlv(read::SEQUENCE)?.raw)?),
        };
        fields.finish()?;
        Ok(Self { status, text, token })
    }

    /// The token, if the request was granted (status 0 or 1) and the token answers exactly this request.
    /// Proves nothing before [`TimestampToken::verify`].
    pub fn token_for(&self, request: &TimeStampRequest) -> Result<&TimestampToken, TimestampError> {
        if self.status > 1 {
            return Err(TimestampError::Refused { status: self.status, text: self.text.clone() });
        }
        let token = self.token.as_ref().ok_or(TimestampError::NoToken)?;
        let same_policy = request.policy.as_ref().is_none_or(|policy| policy == token.policy());
        if *token.imprint() != request.imprint || token.nonce() != request.nonce.as_deref() || !same_policy {
            return Err(TimestampError::WrongRequest);
        }
        Ok(token)
    }

    /// DER of an answer that grants, to be sent as `application/timestamp-reply`.
    pub fn encode_granted(token: &TimestampToken) -> Vec<u8> {
        write::sequence(&[&write::sequence(&[&write::unsigned(&[0])]), token.bytes()])
    }

    /// DER of an answer that rejects. `failure_bit` is a bit of PKIFailureInfo: 0 badAlg, 2 badRequest,
    /// 5 badDataFormat, 15 unacceptedPolicy, 25 systemFailure.
    pub fn encode_rejection(failure_bit: u8, text: &str) -> Vec<u8> {
        let mut bits = vec![0_u8; usize::from(failure_bit / 8) + 2];
        bits[0] = 7 - failure_bit % 8;
        bits[usize::from(failure_bit / 8) + 1] = 0x80 >> (failure_bit % 8);
        let text = write::sequence(&[&write::tlv(read::UTF8_STRING, &[text.as_bytes()])]);
        let info = [write::unsigned(&[2]), text, write::tlv(read::BIT_STRING, &[&bits])];
        write::sequence(&[&write::sequence(&[&info[0], &info[1], &info[2]])])
    }
}

/// For messages to people only, so unreadable texts become empty.
fn first_text(content: &[u8]) -> String {
    let text = Reader::new(content).value(read::UTF8_STRING).unwrap_or_default();
    String::from_utf8_lossy(text).chars().filter(|character| !character.is_control()).take(200).collect()
}
