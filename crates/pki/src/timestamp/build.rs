//! Makes time-stamp tokens, for the development trust services and tests.

use super::{TimeStampRequest, TimestampToken};
use crate::asn1::{oid, read, write};
use crate::certificate::Certificate;
use crate::digest::DigestAlgorithm;
use crate::signer::{Signer, SigningError};
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode, Encode};
use spki::AlgorithmIdentifierOwned;
use time::OffsetDateTime;
use x509_cert::attr::Attribute;

/// What a token says besides the request's imprint and nonce.
#[derive(Clone, Debug)]
pub struct TokenBuilder {
    /// The stamped time; a fraction of a second is written down.
    pub gen_time: OffsetDateTime,
    /// Number of the token, big-endian, unique for the authority.
    pub serial: Vec<u8>,
    /// The authority's policy, unless the request names one.
    pub policy: ObjectIdentifier,
}

impl TokenBuilder {
    /// Answers the request; the authority's certificate goes in if the request asks for it.
    pub fn sign(
        &self,
        request: &TimeStampRequest,
        tsa: &Certificate,
        key: &dyn Signer,
    ) -> Result<TimestampToken, SigningError> {
        let content = self.tst_info(request);
        let signed_data = signed_data(&content, request.cert_req, tsa, key).map_err(|error| match error {
            Failure::Signing(error) => error,
            Failure::Encoding => SigningError::Encoding,
        })?;
        TimestampToken::parse(&signed_data).map_err(|_| SigningError::Encoding)
    }

    fn tst_info(&self, request: &TimeStampRequest) -> Vec<u8> {
        let nonce = request.nonce.as_ref().map_or_else(Vec::new, |nonce| write::tlv(read::INTEGER, &[nonce]));
        let accuracy = write::sequence(&[&write::unsigned(&[1])]);
        write::sequence(&[
            &write::unsigned(&[1]),
            &write::oid(request.policy.as_ref().unwrap_or(&self.policy)),
            &request.imprint.encode(),
            &write::unsigned(&self.serial),
            &gen_time(self.gen_time),
            &accuracy,
            &nonce,
        ])
    }
}

/// GeneralizedTime with the fraction that DER allows: no trailing zeros (X.690 11.7).
fn gen_time(at: OffsetDateTime) -> Vec<u8> {
    let whole = write::generalized_time(at);
    let fraction = format!("{:09}", at.nanosecond());
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        return whole;
    }
    let seconds = whole[2..].strip_suffix(b"Z").unwrap_or(&whole[2..]);
    write::tlv(read::GENERALIZED_TIME, &[seconds, b".", fraction.as_bytes(), b"Z"])
}

enum Failure {
    Signing(SigningError),
    Encoding,
}

impl From<der::Error> for Failure {
    fn from(_: der::Error) -> Self {
        Self::Encoding
    }
}

fn signed_data(
    content: &[u8],
    with_certificate: bool,
    tsa: &Certificate,
    key: &dyn Signer,
) -> Result<Vec<u8>, Failure> {
    let certificate = x509_cert::Certificate::from_der(tsa.der())?;
    let sid = SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
        issuer: certificate.tbs_certificate().issuer().clone(),
        serial_number: certificate.tbs_certificate().serial_number().clone(),
    });
    let algorithm = key.default_algorithm();
    let digest_alg =
        AlgorithmIdentifierOwned { oid: algorithm.digest().oid(), parameters: Some(Any::null()) };
    let signed_attrs = attributes(content, algorithm.digest(), tsa)?;
    let signature = key.sign(algorithm, &signed_attrs.to_der()?).map_err(Failure::Signing)?;
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid,
        digest_alg: digest_alg.clone(),
        signed_attrs: Some(signed_attrs),
        signature_algorithm: AlgorithmIdentifierOwned::from_der(&algorithm.to_identifier())?,
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let certificates = match with_certificate {
        true => Some(CertificateSet::try_from(vec![CertificateChoices::Certificate(certificate)])?),
        false => None,
    };
    let signed_data = SignedData {
        version: CmsVersion::V3,
        digest_algorithms: SetOfVec::try_from(vec![digest_alg])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: oid::TST_INFO,
            econtent: Some(Any::encode_from(&OctetString::new(content)?)?),
        },
        certificates,
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer])?,
    };
    let info = ContentInfo { content_type: oid::SIGNED_DATA, content: Any::encode_from(&signed_data)? };
    Ok(info.to_der()?)
}

/// Content type, digest of the content, and the authority's certificate by SHA-256 (RFC 5816).
fn attributes(
    content: &[u8],
    digest: DigestAlgorithm,
    tsa: &Certificate,
) -> Result<SetOfVec<Attribute>, Failure> {
    let cert_id = write::sequence(&[&write::octet_string(&DigestAlgorithm::Sha256.digest(tsa.der()))]);
    let values = [
        (oid::CONTENT_TYPE, write::oid(&oid::TST_INFO)),
        (oid::MESSAGE_DIGEST, write::octet_string(&digest.digest(content))),
        (oid::SIGNING_CERTIFICATE_V2, write::sequence(&[&write::sequence(&[&cert_id])])),
    ];
    let attributes = values
        .into_iter()
        .map(|(oid, value)| Ok(Attribute { oid, values: SetOfVec::try_from(vec![Any::from_der(&value)?])? }))
        .collect::<Result<Vec<_>, der::Error>>()?;
    Ok(SetOfVec::try_from(attributes)?)
}
