use proptest::prelude::*;

use super::*;
use crate::vectors;

#[test]
fn anchors_of_others_are_read() {
    let one =
        Anchor::parse(&vectors::read("x-road-7.8/globalconf-stored/configuration-anchor1.xml")).unwrap();
    assert_eq!(one.instance, "EE");
    assert_eq!(one.sources.len(), 3);
    assert_eq!(one.sources[0].download_url, "http://www.bar.com/conf");
    let hashes: Vec<String> = one
        .sources
        .iter()
        .flat_map(|source| &source.verification_certs)
        .filter_map(|der| pki::Certificate::from_der(der).ok())
        .map(|cert| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, cert.sha1()))
        .collect();
    assert!(hashes.iter().any(|hash| hash == "t7+jfR1wnsN1EBtBpCt/q8JIasg="), "{hashes:?}");
    assert!(hashes.iter().any(|hash| hash == "4HCV0OGOaz4mJauIZvrt7A3RdfM="), "{hashes:?}");
    let two =
        Anchor::parse(&vectors::read("x-road-7.8/globalconf-stored/configuration-anchor2.xml")).unwrap();
    assert_ne!(one, two);
    let stock = vectors::read("x-road-7.8/globalconf-signed/configuration_anchor_CS_internal.xml");
    let stock = Anchor::parse(&stock).unwrap();
    assert_eq!((stock.instance.as_str(), stock.sources.len()), ("DEV", 2));
    assert_eq!(
        stock.sources[0].verification_certs[0],
        vectors::certificate("x-road-7.8/globalconf-signed/internal.crt")
    );
}

#[test]
fn incomplete_anchors_are_refused_with_their_reason() {
    let read = |inside: &str| {
        let text = format!(
            "<a:configurationAnchor xmlns:a=\"http://x-road.eu/xsd/xroad.xsd\">{inside}</a:configurationAnchor>"
        );
        Anchor::parse(text.as_bytes()).unwrap_err()
    };
    let missing = |parent, element| XmlError::Missing { parent, element };
    let instance = "<instanceIdentifier>EE</instanceIdentifier>";
    assert_eq!(read(instance), missing(ROOT, "source"));
    let url = "<downloadURL>http://cs/internalconf</downloadURL>";
    assert_eq!(read(&format!("{instance}<source>{url}</source>")), missing("source", "verificationCert"));
    let cert = "<verificationCert>AAAA</verificationCert>";
    assert_eq!(read(&format!("{instance}<source>{cert}</source>")), missing("source", "downloadURL"));
    assert_eq!(read(&format!("<source>{url}{cert}</source>")), missing(ROOT, "instanceIdentifier"));
    assert_eq!(
        read(&format!("{instance}{instance}<source>{url}{cert}</source>")),
        XmlError::Repeated { parent: ROOT, element: "instanceIdentifier" }
    );
}

#[test]
fn the_hash_is_the_one_that_administrators_compare() {
    // SHA-224 of "abc", FIPS 180-2 with change notice 1.
    let expected = "23:09:7D:22:34:05:D8:22:86:42:A4:77:BD:A2:55:B3:2A:AD:BC:E4:BD:A0:B3:F7:E3:6C:9D:A7";
    assert_eq!(Anchor::hash_sha224_colon(b"abc"), expected);
}

prop_compose! {
    fn any_anchor()(
        instance in "[A-Za-z0-9 &<>\"'äõü-]{1,12}",
        milliseconds in 0i64..4_000_000_000_000,
        dated in any::<bool>(),
        sources in prop::collection::vec(
            ("https?://[a-z.]{1,12}/[a-z?=&]{0,12}", prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 1..3)),
            1..4,
        ),
    ) -> Anchor {
        let time = OffsetDateTime::from_unix_timestamp(milliseconds / 1000).unwrap()
            + time::Duration::milliseconds(milliseconds % 1000);
        let sources = sources.into_iter().map(|(download_url, verification_certs)| AnchorSource { download_url, verification_certs });
        Anchor { generated_at: dated.then_some(time), instance, sources: sources.collect() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_written_is_read_back(anchor in any_anchor()) {
        prop_assert_eq!(Anchor::parse(&anchor.write().unwrap()).unwrap(), anchor);
    }
}

#[test]
fn what_is_written_obeys_the_schema() {
    let stock = vectors::read("x-road-7.8/globalconf-signed/configuration_anchor_CS_internal.xml");
    let written = Anchor::parse(&stock).unwrap().write().unwrap();
    vectors::assert_valid(&written, "globalconf/v2/private-parameters.xsd");
}
