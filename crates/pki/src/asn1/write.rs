//! A DER writer: every function returns the octets of one complete value.

use super::read;
use der::asn1::ObjectIdentifier;
use time::OffsetDateTime;

/// A value of this tag around the parts, one after the other.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    push_length(&mut out, length);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    if length < 0x80 {
        out.push(length as u8);
        return;
    }
    let bytes = length.to_be_bytes();
    let skip = bytes.iter().take_while(|byte| **byte == 0).count();
    out.push(0x80 | (bytes.len() - skip) as u8);
    out.extend_from_slice(&bytes[skip..]);
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(read::SEQUENCE, parts)
}

/// SET OF: DER wants the elements sorted by their octets.
pub(crate) fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    tlv(read::SET, &parts)
}

/// INTEGER from big-endian octets of a number that is not negative.
pub(crate) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let skip = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = &bytes[skip..];
    match digits.first() {
        None => tlv(read::INTEGER, &[&[0]]),
        Some(first) if first & 0x80 != 0 => tlv(read::INTEGER, &[&[0], digits]),
        Some(_) => tlv(read::INTEGER, &[digits]),
    }
}

pub(crate) fn octet_string(bytes: &[u8]) -> Vec<u8> {
    tlv(read::OCTET_STRING, &[bytes])
}

pub(crate) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(read::BIT_STRING, &[&[0], bytes])
}

pub(crate) fn oid(oid: &ObjectIdentifier) -> Vec<u8> {
    tlv(read::OID, &[oid.as_bytes()])
}

pub(crate) fn null() -> Vec<u8> {
    vec![read::NULL, 0]
}

/// `AlgorithmIdentifier`; `parameters` is a complete value or nothing.
pub(crate) fn algorithm(identifier: &ObjectIdentifier, parameters: &[u8]) -> Vec<u8> {
    sequence(&[&oid(identifier), parameters])
}

/// GeneralizedTime in whole seconds, as RFC 5280 and RFC 6960 demand. The time is taken in UTC.
pub(crate) fn generalized_time(at: OffsetDateTime) -> Vec<u8> {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    let text = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    tlv(read::GENERALIZED_TIME, &[text.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_every_size() {
        for (length, header) in
            [(0, vec![4, 0]), (127, vec![4, 127]), (128, vec![4, 0x81, 128]), (256, vec![4, 0x82, 1, 0])]
        {
            let out = octet_string(&vec![0; length]);
            assert_eq!(&out[..header.len()], header);
            assert_eq!(read::Reader::new(&out).any().unwrap().value.len(), length);
        }
    }

    #[test]
    fn numbers_that_are_not_negative() {
        assert_eq!(unsigned(&[]), [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(unsigned(&[0x80]), [2, 2, 0, 0x80]);
    }
}
