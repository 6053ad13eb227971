//! Certificate extensions (RFC 5280 4.2) that X-Road's rules look at.

use crate::asn1::{Malformed, oid, read, read::Reader};
use der::asn1::ObjectIdentifier;

/// Bits of KeyUsage (RFC 5280 4.2.1.3).
pub(super) const DIGITAL_SIGNATURE: u8 = 0;
pub(super) const NON_REPUDIATION: u8 = 1;
pub(super) const KEY_ENCIPHERMENT: u8 = 2;
pub(super) const DATA_ENCIPHERMENT: u8 = 3;
pub(super) const KEY_CERT_SIGN: u8 = 5;

/// What the extensions say.
#[derive(Default)]
pub(super) struct Extensions {
    /// Bit n of KeyUsage is bit n here; `None` without the extension.
    pub(super) key_usage: Option<u16>,
    pub(super) ekus: Vec<ObjectIdentifier>,
    pub(super) is_ca: bool,
    pub(super) path_len: Option<u32>,
    pub(super) subject_key_identifier: Option<Vec<u8>>,
    pub(super) ocsp_urls: Vec<String>,
    pub(super) dns_names: Vec<String>,
    pub(super) unknown_critical: Option<ObjectIdentifier>,
}

impl Extensions {
    pub(super) fn has_usage(&self, bit: u8) -> bool {
        self.key_usage.is_some_and(|usage| usage & 1 << bit != 0)
    }
}

const URI: u8 = read::context_primitive(6);
const DNS_NAME: u8 = read::context_primitive(2);

/// From the content of the `[3]` field.
pub(super) fn parse(content: &[u8]) -> Result<Extensions, Malformed> {
    let mut list = Reader::only(content, read::SEQUENCE)?;
    let mut out = Extensions::default();
    let mut seen = Vec::new();
    while !list.is_empty() {
        let mut fields = list.nested(read::SEQUENCE)?;
        let id = fields.oid()?;
        let critical = fields.default_false()?;
        let value = fields.value(read::OCTET_STRING)?;
        fields.finish()?;
        // RFC 5280 4.2: never twice; otherwise two readers could believe different things.
        if seen.contains(&id) {
            return Err(Malformed);
        }
        seen.push(id);
        if !out.take(&id, value)? && critical {
            out.unknown_critical.get_or_insert(id);
        }
    }
    Ok(out)
}

/// Of the extensions that a request asks for: DNS names, and whether nonRepudiation is among the key usages.
pub(crate) fn extension_facts(content: &[u8]) -> Result<(Vec<String>, bool), Malformed> {
    let extensions = parse(content)?;
    let signing = extensions.has_usage(NON_REPUDIATION);
    Ok((extensions.dns_names, signing))
}

impl Extensions {
    /// Whether the extension is one that is understood (or that constrains nothing that is checked here).
    fn take(&mut self, id: &ObjectIdentifier, value: &[u8]) -> Result<bool, Malformed> {
        match *id {
            oid::KEY_USAGE => self.key_usage = Some(key_usage(value)?),
            oid::EXTENDED_KEY_USAGE => self.ekus = purposes(value)?,
            oid::BASIC_CONSTRAINTS => (self.is_ca, self.path_len) = basic_constraints(value)?,
            oid::SUBJECT_KEY_IDENTIFIER => {
                self.subject_key_identifier = Some(Reader::new(value).value(read::OCTET_STRING)?.to_vec());
            }
            oid::AUTHORITY_INFO_ACCESS => self.ocsp_urls = ocsp_urls(value)?,
            oid::SUBJECT_ALT_NAME => self.dns_names = dns_names(value)?,
            oid::CERTIFICATE_POLICIES | oid::AUTHORITY_KEY_IDENTIFIER => {}
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn key_usage(value: &[u8]) -> Result<u16, Malformed> {
    let mut reader = Reader::new(value);
    let content = reader.value(read::BIT_STRING)?;
    reader.finish()?;
    let (unused, octets) = content.split_first().ok_or(Malformed)?;
    if *unused > 7 || octets.len() > 2 {
        return Err(Malformed);
    }
    // The first bit of the string is the highest of its octet.
    Ok(octets
        .iter()
        .enumerate()
        .fold(0, |bits, (index, octet)| bits | u16::from(octet.reverse_bits()) << (8 * index)))
}

fn purposes(value: &[u8]) -> Result<Vec<ObjectIdentifier>, Malformed> {
    let mut list = Reader::only(value, read::SEQUENCE)?;
    let mut out = Vec::new();
    while !list.is_empty() {
        out.push(list.oid()?);
    }
    Ok(out)
}

fn basic_constraints(value: &[u8]) -> Result<(bool, Option<u32>), Malformed> {
    let mut fields = Reader::only(value, read::SEQUENCE)?;
    let is_ca = fields.default_false()?;
    let path_len = if fields.is_empty() { None } else { Some(fields.small(read::INTEGER)?) };
    fields.finish()?;
    Ok((is_ca, path_len))
}

fn ocsp_urls(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut list = Reader::only(value, read::SEQUENCE)?;
    let mut out = Vec::new();
    while !list.is_empty() {
        let mut access = list.nested(read::SEQUENCE)?;
        let method = access.oid()?;
        let location = access.any()?;
        if method == oid::OCSP && location.tag == URI {
            out.push(ascii(location.value)?);
        }
    }
    Ok(out)
}

fn dns_names(value: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut list = Reader::only(value, read::SEQUENCE)?;
    let mut out = Vec::new();
    while !list.is_empty() {
        let name = list.any()?;
        if name.tag == DNS_NAME {
            out.push(ascii(name.value)?);
        }
    }
    Ok(out)
}

fn ascii(bytes: &[u8]) -> Result<String, Malformed> {
    if bytes.is_ascii() { String::from_utf8(bytes.to_vec()).map_err(|_| Malformed) } else { Err(Malformed) }
}
