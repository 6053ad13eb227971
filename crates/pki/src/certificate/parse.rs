//! `Certificate` and `TBSCertificate` (RFC 5280 4.1).

use super::{Inner, extensions};
use crate::asn1::{Malformed, read, read::Reader, time};
use crate::name::Name;
use std::sync::OnceLock;

pub(super) fn certificate(der: &[u8]) -> Result<Inner, Malformed> {
    let mut outer = Reader::only(der, read::SEQUENCE)?;
    let tbs = outer.tlv(read::SEQUENCE)?;
    let signature_algorithm = outer.tlv(read::SEQUENCE)?.raw;
    let signature = outer.bit_string()?;
    outer.finish()?;

    let mut fields = Reader::new(tbs.value);
    let version = version(&mut fields)?;
    let serial = fields.integer()?;
    // RFC 5280 4.1.1.2: both statements of the algorithm must agree; only the inner one is signed.
    if fields.tlv(read::SEQUENCE)?.raw != signature_algorithm {
        return Err(Malformed);
    }
    let issuer = Name::parse(fields.tlv(read::SEQUENCE)?.raw)?;
    let mut validity = fields.nested(read::SEQUENCE)?;
    let (not_before, not_after) = (time::parse(validity.any()?)?, time::parse(validity.any()?)?);
    validity.finish()?;
    let subject = Name::parse(fields.tlv(read::SEQUENCE)?.raw)?;
    let spki = fields.tlv(read::SEQUENCE)?.raw;
    // Unique identifiers: obsolete, skipped.
    fields.optional(read::context_primitive(1))?;
    fields.optional(read::context_primitive(2))?;
    let extensions = match fields.optional(read::context(3))? {
        Some(tlv) if version == 3 => extensions::parse(tlv.value)?,
        Some(_) => return Err(Malformed),
        None => extensions::Extensions::default(),
    };
    fields.finish()?;

    let start = der.len() - outer_content_len(der)?;
    Ok(Inner {
        der: der.to_vec(),
        tbs: start..start + tbs.raw.len(),
        version,
        serial: serial.to_vec(),
        signature_algorithm: signature_algorithm.to_vec(),
        signature: signature.to_vec(),
        issuer,
        subject,
        not_before,
        not_after,
        spki: spki.to_vec(),
        extensions,
        sha1: OnceLock::new(),
        sha256: OnceLock::new(),
        public_key: OnceLock::new(),
    })
}

fn outer_content_len(der: &[u8]) -> Result<usize, Malformed> {
    Ok(Reader::new(der).any()?.value.len())
}

fn version(fields: &mut Reader<'_>) -> Result<u32, Malformed> {
    let Some(tlv) = fields.optional(read::context(0))? else { return Ok(1) };
    let mut inner = Reader::new(tlv.value);
    let version = inner.small(read::INTEGER)? + 1;
    inner.finish()?;
    if version <= 3 { Ok(version) } else { Err(Malformed) }
}

/// Decimal digits of a big-endian two's complement number.
pub(super) fn decimal(bytes: &[u8]) -> String {
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let mut magnitude = bytes.to_vec();
    if negative {
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
    }
    let mut digits = Vec::new();
    while magnitude.iter().any(|byte| *byte != 0) {
        let mut rest = 0_u32;
        for byte in &mut magnitude {
            let number = rest << 8 | u32::from(*byte);
            *byte = (number / 10) as u8;
            rest = number % 10;
        }
        digits.push(b'0' + rest as u8);
    }
    if digits.is_empty() {
        digits.push(b'0');
    }
    if negative {
        digits.push(b'-');
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimal_of_big_and_negative_numbers() {
        assert_eq!(decimal(&[0]), "0");
        assert_eq!(decimal(&[0x6a]), "106");
        assert_eq!(decimal(&[0, 0xff, 0xff]), "65535");
        assert_eq!(decimal(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), "18446744073709551616");
        assert_eq!(decimal(&[0xff]), "-1");
        assert_eq!(decimal(&[0x80, 0]), "-32768");
    }
}
