//! BER to DER, for what time-stamping authorities send: indefinite lengths and octet strings in pieces.

use super::{Malformed, read, write};

/// Deeper nesting than any time-stamp has; more is an attack.
const MAX_DEPTH: usize = 24;
const END_OF_CONTENTS: &[u8] = &[0, 0];

/// The same values in definite, shortest lengths, octet strings in one piece.
///
/// Elements keep their order: a SET OF that is not sorted stays so. Bytes that are DER already come back unchanged.
pub(crate) fn to_der(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut rest = bytes;
    let out = value(&mut rest, 0)?;
    if rest.is_empty() { Ok(out) } else { Err(Malformed) }
}

fn value(rest: &mut &[u8], depth: usize) -> Result<Vec<u8>, Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed);
    }
    let (tag, length) = header(rest)?;
    let constructed = tag & 0x20 != 0;
    if !constructed {
        let content = take(rest, length.ok_or(Malformed)?)?;
        return Ok(write::tlv(tag, &[content]));
    }
    let children = match length {
        Some(length) => {
            let mut content = take(rest, length)?;
            let mut children = Vec::new();
            while !content.is_empty() {
                children.push(value(&mut content, depth + 1)?);
            }
            children
        }
        None => until_end(rest, depth)?,
    };
    if tag == read::OCTET_STRING | 0x20 {
        return join_octet_strings(&children);
    }
    Ok(write::tlv(tag, &children.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

fn until_end(rest: &mut &[u8], depth: usize) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut children = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(END_OF_CONTENTS) {
            *rest = after;
            return Ok(children);
        }
        children.push(value(rest, depth + 1)?);
    }
}

fn join_octet_strings(pieces: &[Vec<u8>]) -> Result<Vec<u8>, Malformed> {
    let mut content = Vec::new();
    for piece in pieces {
        content.extend_from_slice(read::Reader::new(piece).value(read::OCTET_STRING)?);
    }
    Ok(write::octet_string(&content))
}

/// Tag and length; `None` is the indefinite length. Padded lengths are legal in BER.
fn header(rest: &mut &[u8]) -> Result<(u8, Option<usize>), Malformed> {
    let [tag, first] = *take(rest, 2)? else { return Err(Malformed) };
    if tag & 0x1f == 0x1f || tag == 0 {
        return Err(Malformed);
    }
    match first {
        0x80 => Ok((tag, None)),
        0..0x80 => Ok((tag, Some(usize::from(first)))),
        _ => {
            let digits = take(rest, usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .try_fold(0_usize, |length, byte| Some(length.checked_mul(256)? + usize::from(*byte)));
            Ok((tag, Some(length.ok_or(Malformed)?)))
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (taken, after) = rest.split_at_checked(length).ok_or(Malformed)?;
    *rest = after;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_and_pieces_become_definite_and_whole() {
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, 7, 4, 1, 8, 0, 0, 2, 0x82, 0, 1, 5, 0, 0];
        assert_eq!(to_der(&ber), Ok(vec![0x30, 7, 4, 2, 7, 8, 2, 1, 5]));
    }

    #[test]
    fn der_stays_as_it_is() {
        let der = [0x30, 7, 4, 2, 7, 8, 2, 1, 5];
        assert_eq!(to_der(&der), Ok(der.to_vec()));
    }

    #[test]
    fn what_does_not_end_or_is_too_deep_is_refused() {
        assert_eq!(to_der(&[0x30, 0x80, 4, 1, 7]), Err(Malformed));
        assert_eq!(to_der(&[0x30, 0x80, 0, 0, 0]), Err(Malformed));
        assert_eq!(to_der(&[0x04, 0x80, 0, 0]), Err(Malformed));
        assert_eq!(to_der(&[0x30, 0x80].repeat(1000)), Err(Malformed));
        assert_eq!(to_der(&[0x04, 0xff]), Err(Malformed));
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics_and_what_comes_out_is_stable(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            if let Ok(der) = to_der(&bytes) {
                proptest::prop_assert_eq!(to_der(&der), Ok(der.clone()));
                proptest::prop_assert!(read::Reader::new(&der).any().is_ok());
            }
        }
    }
}
