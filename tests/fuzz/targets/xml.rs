//! The two XML readers of messages and evidence (`protocol::xml`, `evidence::xml`). Input: the document.
//!
//! Holds: both agree on which documents are well-formed; both see the same elements in the same namespaces; tokens lie
//! one behind the other in the source; elements end as often as they begin; limits are kept.

#![no_main]

use evidence::xml::{Document, Element, XmlLimits};
use protocol::Limits;
use protocol::xml::{Namespace, Scanner, Token, XmlError, decode};
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "xml",
    max_len: 8 * 1024,
    memory: 256 * 1024,
    memory_per_byte: 128,
    dictionary: Some("xml.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors::files("x-road-7.8/signature", ".xml");
    seeds.extend(vectors::files("x-road-7.8/hash-chain", ".xml"));
    seeds.extend(vectors::files("x-road-7.8/soap-queries", ".query"));
    let small = [
        "<a xmlns:b='u' b:c=\"&#x41;&lt;\"><![CDATA[x]]><!-- y --><?z w?></a>",
        "\u{feff}<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\r\n<a>\r&amp;</a>\n",
        "<a xmlns='u'><b xmlns=''/><c xml:lang='ja'/></a>",
    ];
    seeds.extend(small.map(|text| text.as_bytes().to_vec()));
    seeds
}

const KNOWN: &[&str] = &["u", "http://www.w3.org/2000/09/xmldsig#"];

/// The same bounds for both, low enough for inputs to reach them.
const EVIDENCE: XmlLimits =
    XmlLimits { bytes: 8 * 1024, depth: 12, nodes: 20_000, attributes: 8, namespaces: 16 };

fn limits() -> Limits {
    Limits { xml_depth: 12, xml_attributes: 8, xml_name: 200, xml_namespaces: 16, ..Limits::default() }
}

fn check(data: &[u8]) {
    // The scanner takes any encoding, the evidence is always in UTF-8.
    let _ = decode(data, None).map(|decoded| scan(&decoded.text));
    let Ok(text) = std::str::from_utf8(data) else { return };
    let scanned = scan(text.strip_prefix('\u{feff}').unwrap_or(text));
    let read = Document::parse(data, &EVIDENCE);
    match (&scanned, &read) {
        (Ok(elements), Ok(document)) => same_elements(elements, document),
        (Err(scanner), Err(_)) if !is_limit(scanner) => {}
        (Err(scanner), _) if is_limit(scanner) => {}
        (_, Err(error)) if is_limit_or_encoding(error) => {}
        _ => panic!("one reader accepts it, the other does not: {scanned:?}, {:?}", read.err()),
    }
}

/// Each element's namespace, if known, and name.
type Elements = Vec<(Namespace, String)>;

fn scan(text: &str) -> Result<Elements, XmlError> {
    let limits = limits();
    let mut scanner = Scanner::new(text, KNOWN, &limits)?;
    let mut elements = Vec::new();
    let (mut depth, mut end) = (0, 0);
    while let Some(token) = scanner.next_token()? {
        let span = scanner.span();
        assert!(span.start >= end && span.end <= text.len() && span.start <= span.end);
        assert!(text.get(span.clone()) == Some(scanner.raw()), "a token begins and ends between characters");
        end = span.end;
        match token {
            Token::Start(name) => {
                depth += 1;
                assert!(scanner.attributes().len() <= limits.xml_attributes);
                for attribute in scanner.attributes() {
                    assert!(text.get(attribute.span.clone()).is_some_and(|raw| raw.contains('=')));
                    assert!(text.get(attribute.value_span.clone()).is_some());
                }
                elements.push((name.namespace, name.local.to_owned()));
            }
            Token::End => depth -= 1,
            Token::Text(_) => assert!(depth > 0),
            Token::Other => {}
        }
        assert!(depth == scanner.depth() && depth <= limits.xml_depth);
    }
    assert!(depth == 0 && !elements.is_empty());
    Ok(elements)
}

fn same_elements(scanned: &Elements, document: &Document<'_>) {
    let same = |((namespace, local), element): (&(Namespace, String), Element<'_, '_>)| {
        let expected = match namespace {
            Namespace::None => element.namespace().is_empty(),
            Namespace::Known(known) => element.namespace() == *known,
            Namespace::Other => !element.namespace().is_empty() && !KNOWN.contains(&element.namespace()),
        };
        expected && element.local() == local
    };
    assert_eq!(scanned.len(), document.elements().count());
    assert!(scanned.iter().zip(document.elements()).all(same));
}

fn is_limit(error: &XmlError) -> bool {
    use XmlError::{NameTooLong, TooDeep, TooManyAttributes, TooManyNamespaces};
    matches!(error, TooDeep | TooManyAttributes | NameTooLong | TooManyNamespaces)
}

/// The scanner does not care what a document that was decoded says of its encoding.
fn is_limit_or_encoding(error: &evidence::xml::XmlError) -> bool {
    use evidence::xml::XmlError::{
        Encoding, TooDeep, TooLarge, TooManyAttributes, TooManyNamespaces, TooManyNodes,
    };
    matches!(error, TooLarge | TooDeep | TooManyNodes | TooManyAttributes | TooManyNamespaces | Encoding)
}
