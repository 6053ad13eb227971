//! A strict DER reader that hands out original bytes.

use super::Malformed;
use der::asn1::ObjectIdentifier;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Context-specific, constructed (`[n]` around a constructed or explicit value).
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// Context-specific, primitive (`[n] IMPLICIT` around a primitive value).
pub(crate) const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// One value: its tag, its content, and all its octets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    pub(crate) raw: &'a [u8],
}

/// Reads values one after the other. Depth is the caller's: it never recurses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The content of the single value of this tag that the bytes consist of.
    pub(crate) fn only(bytes: &'a [u8], tag: u8) -> Result<Self, Malformed> {
        let mut outer = Self::new(bytes);
        let inner = outer.nested(tag)?;
        outer.finish()?;
        Ok(inner)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    /// The next value, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Tlv<'a>, Malformed> {
        let (header, length) = header(self.rest)?;
        let end = header.checked_add(length).ok_or(Malformed)?;
        let raw = self.rest.get(..end).ok_or(Malformed)?;
        let tlv = Tlv { tag: raw[0], value: &raw[header..], raw };
        self.rest = &self.rest[end..];
        Ok(tlv)
    }

    /// The next value, which must have this tag.
    pub(crate) fn tlv(&mut self, tag: u8) -> Result<Tlv<'a>, Malformed> {
        let tlv = self.any()?;
        if tlv.tag == tag { Ok(tlv) } else { Err(Malformed) }
    }

    /// Content of the next value, which must have this tag.
    pub(crate) fn value(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        Ok(self.tlv(tag)?.value)
    }

    /// The next value if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, Malformed> {
        if self.rest.first() == Some(&tag) { self.tlv(tag).map(Some) } else { Ok(None) }
    }

    /// A reader over the content of the next value, which must have this tag.
    pub(crate) fn nested(&mut self, tag: u8) -> Result<Self, Malformed> {
        Ok(Self::new(self.value(tag)?))
    }

    pub(crate) fn oid(&mut self) -> Result<ObjectIdentifier, Malformed> {
        ObjectIdentifier::from_bytes(self.value(OID)?).map_err(|_| Malformed)
    }

    /// Content octets of an INTEGER in its shortest form.
    pub(crate) fn integer(&mut self) -> Result<&'a [u8], Malformed> {
        shortest_integer(self.value(INTEGER)?)
    }

    /// An INTEGER or ENUMERATED that fits into a small number.
    pub(crate) fn small(&mut self, tag: u8) -> Result<u32, Malformed> {
        let bytes = shortest_integer(self.value(tag)?)?;
        if bytes.len() > 4 || bytes[0] & 0x80 != 0 {
            return Err(Malformed);
        }
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// Content of a BIT STRING made of whole octets.
    pub(crate) fn bit_string(&mut self) -> Result<&'a [u8], Malformed> {
        match self.value(BIT_STRING)?.split_first() {
            Some((0, octets)) => Ok(octets),
            _ => Err(Malformed),
        }
    }

    /// BOOLEAN DEFAULT FALSE.
    pub(crate) fn default_false(&mut self) -> Result<bool, Malformed> {
        match self.optional(BOOLEAN)? {
            None => Ok(false),
            // An explicit FALSE is not DER, but old authorities write it; its meaning is not in doubt.
            Some(tlv) => match tlv.value {
                [0] => Ok(false),
                [0xff] => Ok(true),
                _ => Err(Malformed),
            },
        }
    }
}

/// Refuses padding; an INTEGER has at least one octet.
fn shortest_integer(bytes: &[u8]) -> Result<&[u8], Malformed> {
    match bytes {
        [] => Err(Malformed),
        [0, second, ..] if second & 0x80 == 0 => Err(Malformed),
        [0xff, second, ..] if second & 0x80 != 0 => Err(Malformed),
        _ => Ok(bytes),
    }
}

/// Length of the header and of the content. Multi-octet tags, indefinite and padded lengths are refused.
fn header(bytes: &[u8]) -> Result<(usize, usize), Malformed> {
    let [tag, first, ..] = bytes else { return Err(Malformed) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed);
    }
    if first & 0x80 == 0 {
        return Ok((2, usize::from(*first)));
    }
    let octets = usize::from(first & 0x7f);
    // Four octets are 4 GiB; every structure here is limited far below.
    if octets == 0 || octets > 4 {
        return Err(Malformed);
    }
    let digits = bytes.get(2..2 + octets).ok_or(Malformed)?;
    let length = digits.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    if digits[0] == 0 || length < 0x80 {
        return Err(Malformed);
    }
    Ok((2 + octets, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_must_be_shortest_definite_and_present() {
        for bad in [
            &[][..],
            &[0x30],
            &[0x30, 0x80, 0, 0],
            &[0x04, 0x81, 0x01, 0],
            &[0x04, 0x82, 0, 0x80],
            &[0x04, 0x02, 0],
            &[0x1f, 0x01, 0],
            &[0x04, 0x85, 1, 1, 1, 1, 1],
        ] {
            assert_eq!(Reader::new(bad).any().err(), Some(Malformed), "{bad:02x?}");
        }
        let tlv = Reader::new(&[0x04, 0x01, 0x07, 0xff]).any().unwrap();
        assert_eq!((tlv.tag, tlv.value, tlv.raw.len()), (4, &[7][..], 3));
    }

    #[test]
    fn integers_must_be_shortest() {
        assert!(Reader::new(&[2, 2, 0, 1]).integer().is_err());
        assert!(Reader::new(&[2, 2, 0xff, 0x80]).integer().is_err());
        assert!(Reader::new(&[2, 0]).integer().is_err());
        assert_eq!(Reader::new(&[2, 2, 0, 0x80]).integer(), Ok(&[0, 0x80][..]));
        assert_eq!(Reader::new(&[2, 2, 1, 0]).small(INTEGER), Ok(256));
        assert!(Reader::new(&[2, 1, 0x80]).small(INTEGER).is_err());
    }
}
