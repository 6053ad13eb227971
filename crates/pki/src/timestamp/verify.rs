//! When a token proves that data existed at a time (RFC 3161 2.2, 2.3, RFC 5652 5.4, RFC 5816).

use super::signed_data::SignerInfo;
use super::{MessageImprint, TimestampError, TimestampToken};
use crate::algorithm::SignatureAlgorithm;
use crate::asn1::{oid, read, read::Reader};
use crate::certificate::Certificate;
use crate::digest::{self, DigestAlgorithm};
use crate::public_key::SignatureError;
use time::OffsetDateTime;

/// Proof: an approved authority stated that the data existed at this time.
#[derive(Clone, Debug)]
pub struct GenTime {
    time: OffsetDateTime,
    tsa: Certificate,
}

impl GenTime {
    /// The stamped time.
    pub fn time(&self) -> OffsetDateTime {
        self.time
    }

    /// The authority's certificate.
    pub fn tsa(&self) -> &Certificate {
        &self.tsa
    }
}

impl TimestampToken {
    /// Checks that the token is for `data` and signed by one of the approved authorities.
    pub fn verify(&self, data: &[u8], tsa_certs: &[Certificate]) -> Result<GenTime, TimestampError> {
        self.verify_imprint(&MessageImprint::of(self.imprint().algorithm(), data), tsa_certs)
    }

    /// As [`TimestampToken::verify`], for data of which only the digest is at hand.
    pub fn verify_imprint(
        &self,
        imprint: &MessageImprint,
        tsa_certs: &[Certificate],
    ) -> Result<GenTime, TimestampError> {
        self.verify_with(imprint, tsa_certs, signature_is_good)
    }

    pub(super) fn verify_with(
        &self,
        imprint: &MessageImprint,
        tsa_certs: &[Certificate],
        signature_is_good: VerifySignature,
    ) -> Result<GenTime, TimestampError> {
        if self.imprint() != imprint {
            return Err(TimestampError::WrongImprint);
        }
        let tsa = self.signer_among(tsa_certs).ok_or(TimestampError::UnknownSigner)?;
        let signer = &self.envelope.signer;
        let digest = signer.digest.as_ref().copied().map_err(|_| TimestampError::Digest)?;
        self.check_attributes(digest)?;
        check_signing_certificate(signer, tsa)?;
        if !tsa.ekus().contains(&oid::TIME_STAMPING) {
            return Err(TimestampError::SignerPurpose);
        }
        if !tsa.valid_at(self.gen_time()) {
            return Err(TimestampError::SignerNotValid);
        }
        signature_is_good(signer, digest, tsa)?;
        Ok(GenTime { time: self.gen_time(), tsa: tsa.clone() })
    }

    /// Content type and digest of the content are among the signed attributes and are right.
    fn check_attributes(&self, digest: DigestAlgorithm) -> Result<(), TimestampError> {
        let signer = &self.envelope.signer;
        let content_type = signer.attribute(&oid::CONTENT_TYPE)?.ok_or(TimestampError::SignedAttributes)?;
        if Reader::new(content_type).oid()? != oid::TST_INFO {
            return Err(TimestampError::SignedAttributes);
        }
        let stated = signer.attribute(&oid::MESSAGE_DIGEST)?.ok_or(TimestampError::SignedAttributes)?;
        if Reader::new(stated).value(read::OCTET_STRING)? != digest.digest(&self.envelope.content) {
            return Err(TimestampError::SignedAttributes);
        }
        Ok(())
    }
}

/// The signing-certificate attributes that are there name the authority; one must be there (RFC 5816 2.2.1).
fn check_signing_certificate(signer: &SignerInfo, tsa: &Certificate) -> Result<(), TimestampError> {
    let first = signer.attribute(&oid::SIGNING_CERTIFICATE)?;
    let second = signer.attribute(&oid::SIGNING_CERTIFICATE_V2)?;
    if first.is_none() && second.is_none() {
        return Err(TimestampError::SignedAttributes);
    }
    if let Some(value) = first {
        let mut id = first_cert_id(value)?;
        // ESSCertID: the hash is SHA-1 by definition. It names, the signature proves.
        if id.value(read::OCTET_STRING)? != digest::sha1(tsa.der()) {
            return Err(TimestampError::SigningCertificate);
        }
    }
    if let Some(value) = second {
        let mut id = first_cert_id(value)?;
        let algorithm = match id.optional(read::SEQUENCE)? {
            None => DigestAlgorithm::Sha256,
            Some(tlv) => {
                DigestAlgorithm::from_oid(&Reader::new(tlv.value).oid()?).ok_or(TimestampError::Digest)?
            }
        };
        if id.value(read::OCTET_STRING)? != algorithm.digest(tsa.der()) {
            return Err(TimestampError::SigningCertificate);
        }
    }
    Ok(())
}

/// `SigningCertificate { SEQUENCE OF ESSCertID, … }`: the first is the signer's.
fn first_cert_id(value: &[u8]) -> Result<Reader<'_>, TimestampError> {
    Ok(Reader::new(value).nested(read::SEQUENCE)?.nested(read::SEQUENCE)?.nested(read::SEQUENCE)?)
}

/// Did the authority sign the attributes?
pub(super) type VerifySignature =
    fn(&SignerInfo, DigestAlgorithm, &Certificate) -> Result<(), TimestampError>;

fn signature_is_good(
    signer: &SignerInfo,
    digest: DigestAlgorithm,
    tsa: &Certificate,
) -> Result<(), TimestampError> {
    let algorithm =
        SignatureAlgorithm::from_cms(&signer.algorithm, digest).map_err(|_| TimestampError::Algorithm)?;
    let key = tsa.public_key().map_err(|_| TimestampError::SignerKey)?;
    key.verify(algorithm, &signer.signed, &signer.signature).map_err(|error| match error {
        SignatureError::WrongKeyKind => TimestampError::Algorithm,
        SignatureError::Mismatch | SignatureError::Malformed => TimestampError::Signature,
    })
}
