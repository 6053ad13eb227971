//! TimeStampReq (RFC 3161 2.4.1).

use super::{MAX_LEN, TimestampError};
use crate::asn1::{read, read::Reader, write};
use crate::digest::DigestAlgorithm;
use der::asn1::ObjectIdentifier;

/// Digest of the data to be stamped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageImprint {
    algorithm: DigestAlgorithm,
    digest: Vec<u8>,
}

impl MessageImprint {
    /// Digest of the data.
    pub fn of(algorithm: DigestAlgorithm, data: &[u8]) -> Self {
        Self { algorithm, digest: algorithm.digest(data) }
    }

    /// From a digest; `None` if its length is not that of the algorithm.
    pub fn from_digest(algorithm: DigestAlgorithm, digest: Vec<u8>) -> Option<Self> {
        (digest.len() == algorithm.output_len()).then_some(Self { algorithm, digest })
    }

    /// The algorithm.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The digest.
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, TimestampError> {
        let mut fields = reader.nested(read::SEQUENCE)?;
        let identifier = fields.nested(read::SEQUENCE)?.oid()?;
        let digest = fields.value(read::OCTET_STRING)?.to_vec();
        fields.finish()?;
        let algorithm = DigestAlgorithm::from_oid(&identifier).ok_or(TimestampError::Digest)?;
        Self::from_digest(algorithm, digest).ok_or(TimestampError::Malformed)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        // Without parameters, as stock servers send it and RFC 5754 2 prefers it.
        let algorithm = write::algorithm(&self.algorithm.oid(), &[]);
        write::sequence(&[&algorithm, &write::octet_string(&self.digest)])
    }
}

/// A request for a time-stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStampRequest {
    /// What is to be stamped.
    pub imprint: MessageImprint,
    /// Policy under which the stamp must be made.
    pub policy: Option<ObjectIdentifier>,
    /// Content octets of the INTEGER; comes back in the token.
    pub nonce: Option<Vec<u8>>,
    /// Whether the authority's certificate shall be in the token.
    pub cert_req: bool,
}

impl TimeStampRequest {
    /// As X-Road asks: imprint only.
    pub fn new(imprint: MessageImprint) -> Self {
        Self { imprint, policy: None, nonce: None, cert_req: false }
    }

    /// DER, to be sent as `application/timestamp-query`.
    pub fn encode(&self) -> Vec<u8> {
        let policy = self.policy.as_ref().map_or_else(Vec::new, write::oid);
        let nonce = self.nonce.as_ref().map_or_else(Vec::new, |nonce| write::tlv(read::INTEGER, &[nonce]));
        let cert_req = if self.cert_req { write::tlv(read::BOOLEAN, &[&[0xff]]) } else { Vec::new() };
        write::sequence(&[&write::unsigned(&[1]), &self.imprint.encode(), &policy, &nonce, &cert_req])
    }

    /// Reads a request; [`TimestampError::Digest`] calls for the answer badAlg.
    pub fn parse(der: &[u8]) -> Result<Self, TimestampError> {
        if der.len() > MAX_LEN {
            return Err(TimestampError::TooLarge(der.len()));
        }
        let mut fields = Reader::only(der, read::SEQUENCE)?;
        if fields.small(read::INTEGER)? != 1 {
            return Err(TimestampError::Malformed);
        }
        let imprint = MessageImprint::parse(&mut fields)?;
        let policy = match fields.optional(read::OID)? {
            Some(tlv) => {
                Some(ObjectIdentifier::from_bytes(tlv.value).map_err(|_| TimestampError::Malformed)?)
            }
            None => None,
        };
        let nonce = fields.optional(read::INTEGER)?.map(|tlv| tlv.value.to_vec());
        let cert_req = fields.default_false()?;
        // Extensions are none of X-Road's; one that is critical cannot be honoured, so none is taken.
        fields.finish()?;
        Ok(Self { imprint, policy, nonce, cert_req })
    }
}
