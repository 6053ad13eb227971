//! TimeStampToken (RFC 3161 2.4.2).

use super::signed_data::SignedData;
use super::tst_info::TstInfo;
use super::{MAX_LEN, MessageImprint, TimestampError};
use crate::asn1::ber;
use crate::certificate::Certificate;
use der::asn1::ObjectIdentifier;
use time::OffsetDateTime;

/// A parsed token. It proves nothing before [`TimestampToken::verify`].
#[derive(Clone, Debug)]
pub struct TimestampToken {
    bytes: Vec<u8>,
    pub(super) envelope: SignedData,
    pub(super) info: TstInfo,
}

impl TimestampToken {
    /// Reads a token, DER or BER (indefinite lengths).
    pub fn parse(bytes: &[u8]) -> Result<Self, TimestampError> {
        if bytes.len() > MAX_LEN {
            return Err(TimestampError::TooLarge(bytes.len()));
        }
        let envelope = SignedData::parse(&ber::to_der(bytes)?)?;
        let info = TstInfo::parse(&envelope.content)?;
        Ok(Self { bytes: bytes.to_vec(), envelope, info })
    }

    /// The octets that were parsed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The claimed time, with its fraction. Proves nothing before [`TimestampToken::verify`].
    pub fn gen_time(&self) -> OffsetDateTime {
        self.info.gen_time
    }

    /// Digest of the stamped data.
    pub fn imprint(&self) -> &MessageImprint {
        &self.info.imprint
    }

    /// The authority's policy.
    pub fn policy(&self) -> &ObjectIdentifier {
        &self.info.policy
    }

    /// The authority's number of the token: content octets of the INTEGER.
    pub fn serial(&self) -> &[u8] {
        &self.info.serial
    }

    /// The nonce of the request: content octets of the INTEGER.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.info.nonce.as_deref()
    }

    /// Which of the certificates signed this token, by the name in the token.
    pub fn signer_among<'a>(&self, tsa_certs: &'a [Certificate]) -> Option<&'a Certificate> {
        tsa_certs.iter().find(|cert| self.envelope.signer.is(cert))
    }

    /// The certificates inside the token. They prove nothing; unreadable ones are left out.
    pub fn certificates(&self) -> Vec<Certificate> {
        self.envelope.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
    }

    /// The same token, in DER, with this certificate inside: so X-Road stores tokens, that they can be verified
    /// without the global configuration of their time.
    pub fn with_certificate(&self, tsa: &Certificate) -> Result<TimestampToken, TimestampError> {
        let mut certificates = self.envelope.certificates.clone();
        if !certificates.iter().any(|der| der == tsa.der()) {
            certificates.push(tsa.der().to_vec());
        }
        Self::parse(&self.envelope.encode_with(certificates))
    }
}
