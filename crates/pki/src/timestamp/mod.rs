//! RFC 3161 time-stamps.
use crate::certificate::Certificate;
use crate::digest::DigestAlgorithm;
use crate::signer::{Signer, SigningError};
use time::OffsetDateTime;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageImprint {
    pub algorithm: DigestAlgorithm,
    pub digest: Vec<u8>,
}

impl MessageImprint {
    pub fn of(_algorithm: DigestAlgorithm, _data: &[u8]) -> Self {
        todo!()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampRequest {
    pub imprint: MessageImprint,
    /// Big-endian, without leading zeros.
    pub nonce: Option<Vec<u8>>,
    pub cert_req: bool,
}

impl TimeStampRequest {
    /// As X-Road asks: no nonce, no certificate.
    pub fn new(_imprint: MessageImprint) -> Self {
        todo!()
    }
    pub fn encode(&self) -> Vec<u8> {
        todo!()
    }
    pub fn parse(_der: &[u8]) -> Result<Self, TimestampError> {
        todo!()
    }
}

#[derive(Clone, Debug)]
pub struct TimeStampResponse {}

impl TimeStampResponse {
    pub fn parse(_der: &[u8]) -> Result<Self, TimestampError> {
        todo!()
    }
    /// The token if granted and if it answers this request.
    pub fn token_for(&self, _request: &TimeStampRequest) -> Result<TimestampToken, TimestampError> {
        todo!()
    }
    pub fn encode_granted(_token: &TimestampToken) -> Vec<u8> {
        todo!()
    }
    /// `failure_bit`: PKIFailureInfo bit number (0 badAlg, 2 badRequest, 5 badDataFormat, 25 systemFailure).
    pub fn encode_rejection(_failure_bit: u8, _text: &str) -> Vec<u8> {
        todo!()
    }
}

#[derive(Clone, Debug)]
pub struct TimestampToken {}

/// Proof: a known TSA stated that the data existed at this time.
#[derive(Clone, Debug)]
pub struct GenTime {}

impl GenTime {
    pub fn time(&self) -> OffsetDateTime {
        todo!()
    }
    pub fn tsa(&self) -> &Certificate {
        todo!()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    #[error("malformed time-stamp")]
    Malformed,
}

impl TimestampToken {
    /// DER or BER.
    pub fn parse(_bytes: &[u8]) -> Result<Self, TimestampError> {
        todo!()
    }
    /// Original bytes.
    pub fn bytes(&self) -> &[u8] {
        todo!()
    }
    /// Claimed time; proves nothing before [`TimestampToken::verify`].
    pub fn gen_time(&self) -> OffsetDateTime {
        todo!()
    }
    pub fn imprint(&self) -> &MessageImprint {
        todo!()
    }
    /// The data must be the stamped data, the signer one of the TSA certificates.
    pub fn verify(&self, _data: &[u8], _tsa_certs: &[Certificate]) -> Result<GenTime, TimestampError> {
        todo!()
    }
    /// The same token with this certificate inside.
    pub fn with_certificate(&self, _tsa: &Certificate) -> Result<TimestampToken, TimestampError> {
        todo!()
    }
    /// Which of the certificates signed this token.
    pub fn signer_among<'a>(&self, _tsa_certs: &'a [Certificate]) -> Option<&'a Certificate> {
        todo!()
    }
}

/// Makes tokens, for the development trust services and tests.
#[derive(Clone, Debug)]
pub struct TokenBuilder {
    pub gen_time: OffsetDateTime,
    /// Serial number, big-endian.
    pub serial: Vec<u8>,
    /// Policy object identifier, dotted.
    pub policy: der::asn1::ObjectIdentifier,
}

impl TokenBuilder {
    /// Answers the request; the certificate goes in if the request asks for it.
    pub fn sign(&self, _request: &TimeStampRequest, _tsa: &Certificate, _key: &dyn Signer) -> Result<TimestampToken, SigningError> {
        todo!()
    }
}
