//! SignedData and SignerInfo (RFC 5652 5), as far as a time-stamp token uses them.

use super::TimestampError;
use crate::asn1::{Malformed, oid, read, read::Reader, read::Tlv, write};
use crate::certificate::Certificate;
use crate::digest::DigestAlgorithm;
use crate::name::Name;
use der::asn1::ObjectIdentifier;

/// Most certificates that a token may carry.
const MAX_CERTIFICATES: usize = 16;
/// Most attributes that a signer may have signed.
const MAX_ATTRIBUTES: usize = 32;

/// A token's envelope. The octets are those of the token after [`crate::asn1::ber::to_der`].
#[derive(Clone, Debug)]
pub(super) struct SignedData {
    /// Version, digest algorithms and content: everything before the certificates.
    head: Vec<u8>,
    /// TSTInfo.
    pub(super) content: Vec<u8>,
    /// The certificates, all octets of each.
    pub(super) certificates: Vec<Vec<u8>>,
    /// Revocation lists and signers: everything after the certificates.
    tail: Vec<u8>,
    pub(super) signer: SignerInfo,
}

/// The one signer.
#[derive(Clone, Debug)]
pub(super) struct SignerInfo {
    id: SignerId,
    pub(super) digest: Result<DigestAlgorithm, ObjectIdentifier>,
    /// Types and values (all octets of each), in the order of the token.
    attributes: Vec<(ObjectIdentifier, Vec<Vec<u8>>)>,
    /// What the signature is over: the attributes as a DER SET OF.
    pub(super) signed: Vec<u8>,
    pub(super) algorithm: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

#[derive(Clone, Debug)]
enum SignerId {
    IssuerAndSerial(Name, Vec<u8>),
    SubjectKey(Vec<u8>),
}

impl SignedData {
    /// From a ContentInfo.
    pub(super) fn parse(der: &[u8]) -> Result<Self, TimestampError> {
        let mut info = Reader::only(der, read::SEQUENCE)?;
        if info.oid()? != oid::SIGNED_DATA {
            return Err(TimestampError::Malformed);
        }
        let mut fields = Reader::only(info.value(read::context(0))?, read::SEQUENCE)?;
        info.finish()?;
        let version = fields.tlv(read::INTEGER)?;
        let digests = fields.tlv(read::SET)?;
        let encapsulated = fields.tlv(read::SEQUENCE)?;
        let certificates = match fields.optional(read::context(0))? {
            Some(tlv) => raw_list(tlv.value, MAX_CERTIFICATES)?,
            None => Vec::new(),
        };
        let crls = fields.optional(read::context(1))?;
        let signers = fields.tlv(read::SET)?;
        fields.finish()?;
        Ok(Self {
            head: [version.raw, digests.raw, encapsulated.raw].concat(),
            content: content(encapsulated)?,
            certificates,
            tail: [crls.map_or(&[][..], |tlv| tlv.raw), signers.raw].concat(),
            signer: single_signer(signers)?,
        })
    }

    /// The ContentInfo with these certificates instead of its own. What is signed stays as it is.
    pub(super) fn encode_with(&self, mut certificates: Vec<Vec<u8>>) -> Vec<u8> {
        certificates.sort();
        let parts: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
        let set = if parts.is_empty() { Vec::new() } else { write::tlv(read::context(0), &parts) };
        let signed_data = write::sequence(&[&self.head, &set, &self.tail]);
        write::sequence(&[&write::oid(&oid::SIGNED_DATA), &write::tlv(read::context(0), &[&signed_data])])
    }
}

fn content(encapsulated: Tlv<'_>) -> Result<Vec<u8>, TimestampError> {
    let mut fields = Reader::new(encapsulated.value);
    if fields.oid()? != oid::TST_INFO {
        return Err(TimestampError::Malformed);
    }
    let mut explicit = fields.nested(read::context(0))?;
    let content = explicit.value(read::OCTET_STRING)?.to_vec();
    explicit.finish()?;
    fields.finish()?;
    Ok(content)
}

/// RFC 3161 2.4.2: exactly one signer.
fn single_signer(signers: Tlv<'_>) -> Result<SignerInfo, TimestampError> {
    let mut list = Reader::new(signers.value);
    let mut fields = list.nested(read::SEQUENCE)?;
    list.finish()?;
    fields.small(read::INTEGER)?;
    let id = signer_id(fields.any()?)?;
    let digest = fields.nested(read::SEQUENCE)?.oid()?;
    let attributes = raw_list(fields.value(read::context(0))?, MAX_ATTRIBUTES)?;
    let algorithm = fields.tlv(read::SEQUENCE)?.raw.to_vec();
    let signature = fields.value(read::OCTET_STRING)?.to_vec();
    fields.optional(read::context(1))?;
    fields.finish()?;
    Ok(SignerInfo {
        id,
        digest: DigestAlgorithm::from_oid(&digest).ok_or(digest),
        attributes: attributes.iter().map(|raw| attribute(raw)).collect::<Result<_, _>>()?,
        signed: write::set_of(attributes),
        algorithm,
        signature,
    })
}

fn signer_id(tlv: Tlv<'_>) -> Result<SignerId, Malformed> {
    if tlv.tag == read::context_primitive(0) {
        return Ok(SignerId::SubjectKey(tlv.value.to_vec()));
    }
    if tlv.tag != read::SEQUENCE {
        return Err(Malformed);
    }
    let mut fields = Reader::new(tlv.value);
    let issuer = Name::parse(fields.tlv(read::SEQUENCE)?.raw)?;
    let serial = fields.integer()?.to_vec();
    fields.finish()?;
    Ok(SignerId::IssuerAndSerial(issuer, serial))
}

fn attribute(raw: &[u8]) -> Result<(ObjectIdentifier, Vec<Vec<u8>>), Malformed> {
    let mut fields = Reader::only(raw, read::SEQUENCE)?;
    let id = fields.oid()?;
    let values = raw_list(fields.value(read::SET)?, MAX_ATTRIBUTES)?;
    fields.finish()?;
    Ok((id, values))
}

fn raw_list(content: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut reader = Reader::new(content);
    let mut out = Vec::new();
    while !reader.is_empty() {
        out.push(reader.any()?.raw.to_vec());
        if out.len() > limit {
            return Err(Malformed);
        }
    }
    Ok(out)
}

impl SignerInfo {
    pub(super) fn is(&self, cert: &Certificate) -> bool {
        match &self.id {
            SignerId::IssuerAndSerial(issuer, serial) => {
                cert.serial() == serial.as_slice() && cert.issuer().matches(issuer)
            }
            SignerId::SubjectKey(identifier) => cert.subject_key_identifier() == Some(identifier.as_slice()),
        }
    }

    /// The value of an attribute: `None` if it is absent, an error if it is there more than once.
    pub(super) fn attribute(&self, id: &ObjectIdentifier) -> Result<Option<&[u8]>, TimestampError> {
        let mut found = self.attributes.iter().filter(|(known, _)| known == id);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some((_, values)), None) if values.len() == 1 => Ok(Some(&values[0])),
            _ => Err(TimestampError::SignedAttributes),
        }
    }
}
