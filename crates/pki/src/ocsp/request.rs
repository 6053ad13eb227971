//! OCSPRequest (RFC 6960 4.1).

use super::{CertId, MAX_LEN, OcspError};
use crate::asn1::{oid, read, read::Reader, write};
use crate::certificate::Certificate;

/// Most certificates that one request may ask for.
const MAX_CERT_IDS: usize = 32;

/// A request, unsigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspRequest {
    /// The certificates asked for.
    pub cert_ids: Vec<CertId>,
    /// Content of the nonce extension: to be sent back. X-Road sends none.
    pub nonce: Option<Vec<u8>>,
}

impl OcspRequest {
    /// As X-Road asks: one certificate, no nonce.
    pub fn new(cert: &Certificate, issuer: &Certificate) -> Self {
        Self { cert_ids: vec![CertId::new(cert, issuer)], nonce: None }
    }

    /// DER, to be sent as `application/ocsp-request`.
    pub fn encode(&self) -> Vec<u8> {
        let requests: Vec<Vec<u8>> =
            self.cert_ids.iter().map(|id| write::sequence(&[&id.encode()])).collect();
        let list = write::sequence(&requests.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let extensions = match &self.nonce {
            None => Vec::new(),
            Some(nonce) => write::tlv(
                read::context(2),
                &[&write::sequence(&[&write::sequence(&[
                    &write::oid(&oid::OCSP_NONCE),
                    &write::octet_string(nonce),
                ])])],
            ),
        };
        write::sequence(&[&write::sequence(&[&list, &extensions])])
    }

    /// Reads a request. CertIDs with other hashes than SHA-1 are [`OcspError::WrongCertificate`].
    pub fn parse(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() > MAX_LEN {
            return Err(OcspError::TooLarge(der.len()));
        }
        let mut tbs = Reader::only(der, read::SEQUENCE)?.nested(read::SEQUENCE)?;
        // Version and requestor name say nothing that is needed.
        tbs.optional(read::context(0))?;
        tbs.optional(read::context(1))?;
        let mut list = tbs.nested(read::SEQUENCE)?;
        let mut cert_ids = Vec::new();
        while !list.is_empty() {
            let mut request = list.nested(read::SEQUENCE)?;
            cert_ids.push(CertId::parse(&mut request)?.ok_or(OcspError::WrongCertificate)?);
            if cert_ids.len() > MAX_CERT_IDS {
                return Err(OcspError::Malformed);
            }
        }
        let nonce = match tbs.optional(read::context(2))? {
            Some(extensions) => nonce(extensions.value)?,
            None => None,
        };
        tbs.finish()?;
        Ok(Self { cert_ids, nonce })
    }
}

fn nonce(extensions: &[u8]) -> Result<Option<Vec<u8>>, OcspError> {
    let mut list = Reader::only(extensions, read::SEQUENCE)?;
    let mut nonce = None;
    while !list.is_empty() {
        let mut fields = list.nested(read::SEQUENCE)?;
        let id = fields.oid()?;
        let critical = fields.default_false()?;
        let value = fields.value(read::OCTET_STRING)?;
        if id == oid::OCSP_NONCE {
            nonce = Some(value.to_vec());
        } else if critical {
            return Err(OcspError::CriticalExtension);
        }
    }
    Ok(nonce)
}
