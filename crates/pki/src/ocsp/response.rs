//! OCSPResponse and BasicOCSPResponse (RFC 6960 4.2).

use super::{CertId, MAX_LEN, OcspError};
use crate::algorithm::{AlgorithmError, SignatureAlgorithm};
use crate::asn1::{oid, read, read::Reader, time};
use crate::certificate::Certificate;
use ::time::OffsetDateTime;

/// Most certificates that a response may carry.
const MAX_CERTIFICATES: usize = 8;

/// A parsed response. It proves nothing before [`OcspResponse::verify`].
#[derive(Clone, Debug)]
pub struct OcspResponse {
    pub(super) der: Vec<u8>,
    /// The signed octets.
    pub(super) tbs: Vec<u8>,
    pub(super) responder: ResponderId,
    pub(super) produced_at: OffsetDateTime,
    pub(super) single: SingleResponse,
    pub(super) algorithm: Result<SignatureAlgorithm, AlgorithmError>,
    pub(super) signature: Vec<u8>,
    pub(super) certificates: Vec<Certificate>,
    pub(super) unknown_critical: bool,
}

/// How the responder names itself.
#[derive(Clone, Debug)]
pub(super) enum ResponderId {
    /// All octets of its subject.
    Name(Vec<u8>),
    /// SHA-1 of its key bits.
    KeyHash(Vec<u8>),
}

/// The first SingleResponse; X-Road looks at no other.
#[derive(Clone, Debug)]
pub(super) struct SingleResponse {
    /// `None`: hashed with something else than SHA-1.
    pub(super) cert_id: Option<CertId>,
    pub(super) status: CertStatus,
    pub(super) this_update: OffsetDateTime,
    pub(super) next_update: Option<OffsetDateTime>,
}

/// Status of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertStatus {
    /// Not revoked.
    Good,
    /// Revoked, for ever or (reason 6, certificate hold) for now.
    Revoked {
        /// Since when.
        at: OffsetDateTime,
        /// CRLReason (RFC 5280 5.3.1).
        reason: Option<u8>,
    },
    /// The responder does not know the certificate.
    Unknown,
}

impl OcspResponse {
    /// Reads a response. One that refuses to answer is [`OcspError::Refused`].
    pub fn parse(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() > MAX_LEN {
            return Err(OcspError::TooLarge(der.len()));
        }
        let mut outer = Reader::only(der, read::SEQUENCE)?;
        let status = outer.small(read::ENUMERATED)?;
        if status != 0 {
            return Err(OcspError::Refused(status));
        }
        let mut bytes = Reader::only(outer.value(read::context(0))?, read::SEQUENCE)?;
        outer.finish()?;
        if bytes.oid()? != oid::OCSP_BASIC {
            return Err(OcspError::UnsupportedType);
        }
        let basic = bytes.value(read::OCTET_STRING)?;
        bytes.finish()?;
        Self::basic(der, basic)
    }

    fn basic(der: &[u8], basic: &[u8]) -> Result<Self, OcspError> {
        let mut fields = Reader::only(basic, read::SEQUENCE)?;
        let tbs = fields.tlv(read::SEQUENCE)?;
        let algorithm = SignatureAlgorithm::from_identifier(fields.tlv(read::SEQUENCE)?.raw);
        let signature = fields.bit_string()?.to_vec();
        let certificates = match fields.optional(read::context(0))? {
            Some(tlv) => certificates(tlv.value)?,
            None => Vec::new(),
        };
        fields.finish()?;
        let mut data = Reader::new(tbs.value);
        data.optional(read::context(0))?;
        let responder = responder_id(&mut data)?;
        let produced_at = time::parse(data.tlv(read::GENERALIZED_TIME)?)?;
        let mut responses = data.nested(read::SEQUENCE)?;
        if responses.is_empty() {
            return Err(OcspError::WrongCertificate);
        }
        let (single, critical_in_single) = single_response(&mut responses)?;
        let critical_in_data = match data.optional(read::context(1))? {
            Some(extensions) => has_unknown_critical(extensions.value)?,
            None => false,
        };
        data.finish()?;
        Ok(Self {
            der: der.to_vec(),
            tbs: tbs.raw.to_vec(),
            responder,
            produced_at,
            single,
            algorithm,
            signature,
            certificates,
            unknown_critical: critical_in_single || critical_in_data,
        })
    }

    /// The original octets.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// When the responder says it signed. Proves nothing before [`OcspResponse::verify`].
    pub fn produced_at(&self) -> OffsetDateTime {
        self.produced_at
    }

    /// When the responder says the status was right. Proves nothing before [`OcspResponse::verify`].
    pub fn this_update(&self) -> OffsetDateTime {
        self.single.this_update
    }

    /// Until when the responder has nothing newer. Proves nothing before [`OcspResponse::verify`].
    pub fn next_update(&self) -> Option<OffsetDateTime> {
        self.single.next_update
    }

    /// The claimed status. Proves nothing before [`OcspResponse::verify`].
    pub fn status(&self) -> CertStatus {
        self.single.status
    }

    /// Whether the first single response is about this certificate.
    pub fn is_about(&self, cert: &Certificate, issuer: &Certificate) -> bool {
        self.single.cert_id.as_ref() == Some(&CertId::new(cert, issuer))
    }
}

fn certificates(content: &[u8]) -> Result<Vec<Certificate>, OcspError> {
    let mut list = Reader::only(content, read::SEQUENCE)?;
    let mut out = Vec::new();
    while !list.is_empty() {
        let certificate = Certificate::from_der(list.tlv(read::SEQUENCE)?.raw);
        out.push(certificate.map_err(|_| OcspError::Malformed)?);
        if out.len() > MAX_CERTIFICATES {
            return Err(OcspError::Malformed);
        }
    }
    Ok(out)
}

fn responder_id(data: &mut Reader<'_>) -> Result<ResponderId, OcspError> {
    let tlv = data.any()?;
    let mut inner = Reader::new(tlv.value);
    let id = if tlv.tag == read::context(1) {
        ResponderId::Name(inner.tlv(read::SEQUENCE)?.raw.to_vec())
    } else if tlv.tag == read::context(2) {
        ResponderId::KeyHash(inner.value(read::OCTET_STRING)?.to_vec())
    } else {
        return Err(OcspError::Malformed);
    };
    inner.finish()?;
    Ok(id)
}

fn single_response(list: &mut Reader<'_>) -> Result<(SingleResponse, bool), OcspError> {
    let mut fields = list.nested(read::SEQUENCE)?;
    let cert_id = CertId::parse(&mut fields)?;
    let status = cert_status(&mut fields)?;
    let this_update = time::parse(fields.tlv(read::GENERALIZED_TIME)?)?;
    let next_update = match fields.optional(read::context(0))? {
        Some(tlv) => Some(time::parse(Reader::new(tlv.value).tlv(read::GENERALIZED_TIME)?)?),
        None => None,
    };
    let critical = match fields.optional(read::context(1))? {
        Some(extensions) => has_unknown_critical(extensions.value)?,
        None => false,
    };
    fields.finish()?;
    Ok((SingleResponse { cert_id, status, this_update, next_update }, critical))
}

fn cert_status(fields: &mut Reader<'_>) -> Result<CertStatus, OcspError> {
    let tlv = fields.any()?;
    if tlv.tag == read::context_primitive(0) {
        return Ok(CertStatus::Good);
    }
    if tlv.tag == read::context_primitive(2) {
        return Ok(CertStatus::Unknown);
    }
    if tlv.tag != read::context(1) {
        return Err(OcspError::Malformed);
    }
    let mut info = Reader::new(tlv.value);
    let at = time::parse(info.tlv(read::GENERALIZED_TIME)?)?;
    let reason = match info.optional(read::context(0))? {
        Some(tlv) => u8::try_from(Reader::new(tlv.value).small(read::ENUMERATED)?).ok(),
        None => None,
    };
    info.finish()?;
    Ok(CertStatus::Revoked { at, reason })
}

/// X-Road sends no nonce, so a nonce in the answer binds nothing; it is known all the same.
fn has_unknown_critical(content: &[u8]) -> Result<bool, OcspError> {
    let mut list = Reader::only(content, read::SEQUENCE)?;
    let mut unknown = false;
    while !list.is_empty() {
        let mut fields = list.nested(read::SEQUENCE)?;
        let id = fields.oid()?;
        let critical = fields.default_false()?;
        fields.value(read::OCTET_STRING)?;
        fields.finish()?;
        unknown |= critical && id != oid::OCSP_NONCE;
    }
    Ok(unknown)
}
