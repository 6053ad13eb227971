//! The digest of a step: a hash over the DER of its values.

use pki::DigestAlgorithm;

/// One value of a step: a digest and how it was made.
pub(super) type Value<'a> = (DigestAlgorithm, &'a [u8]);

/// Hash over `SEQUENCE OF SEQUENCE { OCTET STRING digest, UTF8String algorithm, SEQUENCE {} }`. The
/// last sequence stands for transforms and stays empty even where there were some.
pub(super) fn digest<'a>(algorithm: DigestAlgorithm, values: impl IntoIterator<Item = Value<'a>>) -> Vec<u8> {
    algorithm.digest(&der(values))
}

fn der<'a>(values: impl IntoIterator<Item = Value<'a>>) -> Vec<u8> {
    let mut inside = Vec::with_capacity(256);
    for (algorithm, digest) in values {
        let mut value = Vec::with_capacity(128);
        tagged(0x04, digest, &mut value);
        tagged(0x0c, algorithm.uri().as_bytes(), &mut value);
        tagged(0x30, &[], &mut value);
        tagged(0x30, &value, &mut inside);
    }
    let mut out = Vec::with_capacity(inside.len().saturating_add(6));
    tagged(0x30, &inside, &mut out);
    out
}

/// Tag, length, content in DER.
fn tagged(tag: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    match significant.as_slice() {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            // At most eight octets, so the count fits seven bits.
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0x7f));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_of_two_digests_as_computed_by_x_road() {
        let one = DigestAlgorithm::Sha256.digest(b"one");
        let two = DigestAlgorithm::Sha256.digest(b"two");
        let encoded = der([one.as_slice(), &two].map(|digest| (DigestAlgorithm::Sha256, digest)));
        let expected = "30819e304d04207692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed\
            0c27687474703a2f2f7777772e77332e6f72672f323030312f30342f786d6c656e63237368613235363000\
            304d04203fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3\
            0c27687474703a2f2f7777772e77332e6f72672f323030312f30342f786d6c656e63237368613235363000";
        assert_eq!(hex::encode(encoded), expected);
    }
}
