//! TSTInfo (RFC 3161 2.4.2): what is signed.

use super::{MessageImprint, TimestampError};
use crate::asn1::{read, read::Reader, time};
use ::time::OffsetDateTime;
use der::asn1::ObjectIdentifier;

/// The signed statement.
#[derive(Clone, Debug)]
pub(super) struct TstInfo {
    pub(super) policy: ObjectIdentifier,
    pub(super) imprint: MessageImprint,
    /// Content octets of the INTEGER.
    pub(super) serial: Vec<u8>,
    pub(super) gen_time: OffsetDateTime,
    /// Content octets of the INTEGER.
    pub(super) nonce: Option<Vec<u8>>,
}

impl TstInfo {
    pub(super) fn parse(der: &[u8]) -> Result<Self, TimestampError> {
        let mut fields = Reader::only(der, read::SEQUENCE)?;
        if fields.small(read::INTEGER)? != 1 {
            return Err(TimestampError::Malformed);
        }
        let policy = fields.oid()?;
        let imprint = MessageImprint::parse(&mut fields)?;
        let serial = fields.integer()?.to_vec();
        let gen_time = time::parse(fields.tlv(read::GENERALIZED_TIME)?)?;
        // Accuracy and ordering: X-Road gives them no meaning.
        fields.optional(read::SEQUENCE)?;
        fields.default_false()?;
        let nonce = fields.optional(read::INTEGER)?.map(|tlv| tlv.value.to_vec());
        fields.optional(read::context(0))?;
        if let Some(extensions) = fields.optional(read::context(1))? {
            refuse_critical(extensions.value)?;
        }
        fields.finish()?;
        Ok(Self { policy, imprint, serial, gen_time, nonce })
    }
}

fn refuse_critical(content: &[u8]) -> Result<(), TimestampError> {
    let mut list = Reader::new(content);
    while !list.is_empty() {
        let mut fields = list.nested(read::SEQUENCE)?;
        fields.oid()?;
        if fields.default_false()? {
            return Err(TimestampError::Malformed);
        }
    }
    Ok(())
}
