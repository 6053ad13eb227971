//! The two forms of an ECDSA signature: DER in X.509, OCSP and CMS; r and s side by side in XML-DSig (RFC 4050).

use crate::asn1::{read, read::Reader, write};

/// `SEQUENCE { r, s }` from r and s side by side, each as long as the curve's field. `None` if they are not.
pub fn raw_to_der(raw: &[u8], field_len: usize) -> Option<Vec<u8>> {
    if raw.len() != field_len * 2 {
        return None;
    }
    let (r, s) = raw.split_at(field_len);
    Some(write::sequence(&[&write::unsigned(r), &write::unsigned(s)]))
}

/// r and s side by side, padded to the curve's field length in bytes. `None` if the bytes are no such signature.
pub fn der_to_raw(der: &[u8], field_len: usize) -> Option<Vec<u8>> {
    let mut reader = Reader::only(der, read::SEQUENCE).ok()?;
    let mut raw = vec![0; field_len * 2];
    for half in raw.chunks_exact_mut(field_len) {
        let number = reader.integer().ok()?;
        let digits = number.strip_prefix(&[0]).unwrap_or(number);
        let start = field_len.checked_sub(digits.len())?;
        half[start..].copy_from_slice(digits);
    }
    reader.finish().ok()?;
    Some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_with_leading_zeros_and_high_bits() {
        for raw in [[0_u8; 64], [0xff; 64], {
            let mut mixed = [0x11; 64];
            mixed[0] = 0;
            mixed[32] = 0x80;
            mixed
        }] {
            let der = raw_to_der(&raw, 32).unwrap();
            assert_eq!(der_to_raw(&der, 32).as_deref(), Some(&raw[..]));
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        assert_eq!(raw_to_der(&[1; 63], 32), None);
        assert_eq!(der_to_raw(&raw_to_der(&[1; 96], 48).unwrap(), 32), None);
        assert_eq!(der_to_raw(&[0x30, 0], 32), None);
    }
}
