//! CertID (RFC 6960 4.1.1).

use crate::asn1::{Malformed, oid, read, read::Reader, write};
use crate::certificate::Certificate;
use crate::digest;

/// Names one certificate towards a responder. The hashes are SHA-1, as X-Road demands: the whole structure is
/// compared, so a responder that answers with other hashes is of no use in X-Road.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertId {
    issuer_name_hash: Vec<u8>,
    issuer_key_hash: Vec<u8>,
    /// Content octets of the INTEGER.
    serial: Vec<u8>,
}

impl CertId {
    /// The identifier of `cert` as issued by `issuer`.
    pub fn new(cert: &Certificate, issuer: &Certificate) -> Self {
        Self::of_serial(issuer, cert.serial())
    }

    /// The identifier of the certificate with this serial number (content octets of the INTEGER).
    pub fn of_serial(issuer: &Certificate, serial: &[u8]) -> Self {
        Self {
            issuer_name_hash: digest::sha1(issuer.subject().der()).to_vec(),
            issuer_key_hash: issuer.key_sha1().to_vec(),
            serial: serial.to_vec(),
        }
    }

    /// Serial number of the certificate: content octets of the INTEGER.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Whether the issuer of the certificate is this one.
    pub fn is_issued_by(&self, issuer: &Certificate) -> bool {
        *self == Self::of_serial(issuer, &self.serial)
    }

    /// Reads a CertID; `None` if its hashes are not SHA-1.
    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Option<Self>, Malformed> {
        let mut fields = reader.nested(read::SEQUENCE)?;
        let algorithm = fields.nested(read::SEQUENCE)?.oid()?;
        let issuer_name_hash = fields.value(read::OCTET_STRING)?.to_vec();
        let issuer_key_hash = fields.value(read::OCTET_STRING)?.to_vec();
        let serial = fields.integer()?.to_vec();
        fields.finish()?;
        let id = Self { issuer_name_hash, issuer_key_hash, serial };
        Ok((algorithm == oid::SHA1).then_some(id))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        write::sequence(&[
            &write::algorithm(&oid::SHA1, &write::null()),
            &write::octet_string(&self.issuer_name_hash),
            &write::octet_string(&self.issuer_key_hash),
            &write::tlv(read::INTEGER, &[&self.serial]),
        ])
    }
}

impl std::fmt::Debug for CertId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "CertId(serial {})", hex::encode(&self.serial))
    }
}
