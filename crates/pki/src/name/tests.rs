use super::*;
use crate::asn1::{oid, write};

fn name(attributes: &[(ObjectIdentifier, u8, &[u8])]) -> Name {
    let rdns: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(kind, tag, value)| {
            write::set_of(vec![write::sequence(&[&write::oid(kind), &write::tlv(*tag, &[value])])])
        })
        .collect();
    Name::parse(&write::sequence(&rdns.iter().map(Vec::as_slice).collect::<Vec<_>>())).unwrap()
}

#[test]
fn rfc2253_as_java_prints_it() {
    const EMAIL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
    for (attributes, text) in [
        (
            vec![
                (oid::COUNTRY, 0x13, &b"FI"[..]),
                (oid::ORGANIZATION, 0x0c, b"Test"),
                (oid::COMMON_NAME, 0x0c, b"Test CA"),
            ],
            "CN=Test CA,O=Test,C=FI",
        ),
        (vec![(oid::ORGANIZATION, 0x0c, b" a,b=c+\"d\" ")], "O=\\ a\\,b\\=c\\+\\\"d\\\"\\ "),
        (vec![(oid::COMMON_NAME, 0x0c, b"  ")], "CN=\\ \\ "),
        (
            vec![(oid::SERIAL_NUMBER, 0x13, b"INST/SS1/GOV"), (oid::COMMON_NAME, 0x0c, b"1111")],
            "CN=1111,2.5.4.5=#130c494e53542f5353312f474f56",
        ),
        (vec![(EMAIL, 0x16, b"a@b")], "1.2.840.113549.1.9.1=#1603614062"),
        (vec![(oid::COMMON_NAME, 0x1e, &[0, b'A', 0x30, 0x42])], "CN=Aあ"),
        (vec![], ""),
    ] {
        assert_eq!(name(&attributes).rfc2253(), text);
    }
}

#[test]
fn names_match_across_string_types_and_case_but_are_not_equal() {
    let one = name(&[(oid::ORGANIZATION, 0x0c, b"Test  Org")]);
    let two = name(&[(oid::ORGANIZATION, 0x13, b" test org ")]);
    assert!(one.matches(&two) && one != two);
    assert_eq!(one.canonical(), two.canonical());
    assert!(!one.matches(&name(&[(oid::COMMON_NAME, 0x0c, b"Test Org")])));
    assert!(!one.matches(&name(&[(oid::ORGANIZATION, 0x0c, b"Test"), (oid::ORGANIZATION, 0x0c, b"Org")])));
}

#[test]
fn a_value_cannot_imitate_the_structure() {
    let whole = name(&[(oid::ORGANIZATION, 0x0c, b"a\x022.5.4.3=b")]);
    let parts = name(&[(oid::ORGANIZATION, 0x0c, b"a"), (oid::COMMON_NAME, 0x0c, b"b")]);
    assert!(!whole.matches(&parts));
}

#[test]
fn malformed_names_are_refused() {
    for bad in [&[0x30, 2, 0x31, 0][..], &[0x31, 0], &[0x30, 4, 0x31, 2, 0x30, 0], &[0x30, 0, 0]] {
        assert!(Name::parse(bad).is_err(), "{bad:02x?}");
    }
}
