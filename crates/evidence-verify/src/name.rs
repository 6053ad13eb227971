//! Distinguished names for people.

use pki::Name;

/// Keywords that people know, by attribute type.
const KEYWORDS: [(&str, &str); 10] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.5", "SERIALNUMBER"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "EMAILADDRESS"),
];

/// The name as X-Road's verifier prints it, the most particular attribute first:
/// `CN=1111, SERIALNUMBER=INST/SS1/GOV, O=Org1111, C=FI`.
pub fn readable(name: &Name) -> String {
    let mut attributes: Vec<String> = name
        .attributes()
        .map(|(kind, value)| {
            let kind = kind.to_string();
            let known = KEYWORDS.iter().find(|(oid, _)| *oid == kind);
            let keyword = known.map_or_else(|| format!("OID.{kind}"), |(_, keyword)| (*keyword).to_owned());
            format!("{keyword}={}", value.map_or_else(|| "?".to_owned(), quoted))
        })
        .collect();
    attributes.reverse();
    attributes.join(", ")
}

/// In quotes where the value could be taken for more than one attribute.
fn quoted(value: &str) -> String {
    let special = value.contains([',', '+', '=', '"', '\\', '<', '>', ';', '\n']) || value.trim() != value;
    if special {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_need_quotes() {
        for (value, expected) in [
            ("Org 1111", "Org 1111"),
            ("INST/SS1/GOV", "INST/SS1/GOV"),
            ("Sons, Inc", "\"Sons, Inc\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
            (" x", "\" x\""),
            ("CN=other", "\"CN=other\""),
        ] {
            assert_eq!(quoted(value), expected);
        }
    }
}
