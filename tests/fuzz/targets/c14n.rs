//! Canonical XML (`evidence::c14n`, on `evidence::xml`). Input: the document.
//!
//! Holds for each method: the canonical form is a document again, and its own canonical form; that of the root element
//! is that of the document without what stands beside it; each element's own form is bounded by the document's.

#![no_main]

use evidence::c14n::{self, Method};
use evidence::xml::{Document, XmlLimits};
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "c14n",
    max_len: 8 * 1024,
    memory: 256 * 1024,
    memory_per_byte: 256,
    dictionary: Some("xml.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors::files("x-road-7.8/signature", ".xml");
    seeds.extend(vectors::files("x-road-7.8/hash-chain", ".xml"));
    for message in vectors::captured("04-").iter().filter_map(vectors::Captured::signed) {
        seeds.push(message.signature);
    }
    let small = [
        "<?a b?><!--c--><a xmlns='u' xmlns:b='v' b:z='1' a='2'>\r\n<b:c d='&#13;&quot;'/></a><!--e-->",
        "<a xml:lang='ja' xmlns:x='1'><b xmlns:x='2'><x:c xmlns=''>&#x10FFFF;<![CDATA[<&]]></x:c></b></a>",
    ];
    seeds.extend(small.map(|text| text.as_bytes().to_vec()));
    seeds
}

const METHODS: [&str; 4] = [
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
];

const LIMITS: XmlLimits = XmlLimits { bytes: 64 * 1024, ..XmlLimits::EVIDENCE };

fn check(data: &[u8]) {
    let Ok(document) = Document::parse(data, &LIMITS) else { return };
    for uri in METHODS {
        let method = Method::from_uri(uri).expect("a known method");
        stable(&document, &method);
        stable(&document, &method.with_prefix_list("#default b x"));
    }
    let most = document.elements().count().min(16);
    for element in document.elements().take(most) {
        for uri in METHODS {
            let method = Method::from_uri(uri).expect("a known method");
            let form = c14n::element(element, &document, &method);
            assert!(form.starts_with(format!("<{}", element.name()).as_bytes()));
            // The namespaces around come along, so it stands alone.
            let again =
                Document::parse(&form, &XmlLimits::EVIDENCE).expect("a canonical element is a document");
            assert_eq!(again.root().name(), element.name());
            assert_eq!(again.root().namespace(), element.namespace());
            assert_eq!(c14n::document(&again, &method), form);
        }
    }
}

fn stable(document: &Document<'_>, method: &Method) {
    let form = c14n::document(document, method);
    let again = Document::parse(&form, &XmlLimits::EVIDENCE).expect("a canonical document is a document");
    assert_eq!(c14n::document(&again, method), form);
    let root = c14n::element(document.root(), document, method);
    assert!(form.windows(root.len()).any(|window| window == root), "the root stands in the document's form");
}
