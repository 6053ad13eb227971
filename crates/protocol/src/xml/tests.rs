use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::Limits;

const KNOWN: &[&str] = &["urn:a", "urn:b"];

/// The tokens as short text: `<name`, `>`, `"text"`.
fn tokens(source: &str) -> Result<String, XmlError> {
    with(source, &Limits::default())
}

fn with(source: &str, limits: &Limits) -> Result<String, XmlError> {
    let mut scanner = Scanner::new(source, KNOWN, limits)?;
    let mut out = Vec::new();
    while let Some(token) = scanner.next_token()? {
        match token {
            Token::Start(name) => {
                let namespace = match name.namespace {
                    Namespace::None => "",
                    Namespace::Known(known) => known,
                    Namespace::Other => "?",
                };
                out.push(format!("<{{{namespace}}}{}", name.local));
                for attribute in scanner.attributes() {
                    assert_eq!(
                        &source[attribute.value_span.start - 1..][..1],
                        &source[attribute.value_span.end..][..1]
                    );
                    if !attribute.is_declaration() {
                        out.push(format!("@{}={}", attribute.name.local, attribute.value));
                    }
                }
            }
            Token::End => out.push(">".to_owned()),
            Token::Text(text) => out.push(format!("{text:?}")),
            Token::Other => {}
        }
    }
    assert_eq!(scanner.depth(), 0);
    Ok(out.join(" "))
}

#[test]
fn what_is_read() {
    for (source, expected) in [
        ("<a/>", "<{}a >"),
        (
            "<?xml version='1.0' encoding='any' standalone=\"yes\"?>\n<!-- c --><?pi x?><a></a>\n<!-- d -->",
            "<{}a >",
        ),
        ("<a xmlns='urn:a'><b/><c xmlns=''/></a>", "<{urn:a}a <{urn:a}b > <{}c > >"),
        (
            "<x:a xmlns:x='urn:a' x:y='1' y='2'><x:b xmlns:x='urn:c'/><x:d/></x:a>",
            "<{urn:a}a @y=1 @y=2 <{?}b > <{urn:a}d > >",
        ),
        (
            "<a xml:lang='fi' b=\"&lt;&#65;\r\n\t&quot;\">x&amp;<![CDATA[<y>\r\n]]>z\r</a>",
            "<{}a @lang=fi @b=<A  \" \"x\" \"&\" \"<y>\\n\" \"z\\n\" >",
        ),
        ("<ä xmlns:p='&#117;rn:b'><p:市/></ä>", "<{}ä <{urn:b}市 > >"),
        ("<a xmlns:p='urn:a' xmlns:q='urn:b' p:x='' q:x='' x=''/>", "<{}a @x= @x= @x= >"),
    ] {
        assert_eq!(tokens(source).as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn refused_with_reason() {
    use XmlError as E;
    for (source, reason) in [
        ("", E::NotWellFormed(0)),
        ("  ", E::NotWellFormed(2)),
        ("text", E::NotWellFormed(0)),
        ("\u{feff}<a/>", E::NotWellFormed(0)),
        ("<a>", E::NotWellFormed(3)),
        ("<a></b>", E::NotWellFormed(3)),
        ("</a>", E::NotWellFormed(0)),
        ("<a/><b/>", E::NotWellFormed(4)),
        ("<a/>x", E::NotWellFormed(4)),
        ("<a/>&amp;", E::NotWellFormed(4)),
        ("<a/><![CDATA[x]]>", E::NotWellFormed(4)),
        ("<a>&nbsp;</a>", E::NotWellFormed(3)),
        ("<a>&#0;</a>", E::NotWellFormed(3)),
        ("<a>&#x110000;</a>", E::NotWellFormed(3)),
        ("<a>&</a>", E::NotWellFormed(3)),
        ("<a>]]></a>", E::NotWellFormed(3)),
        ("<a>\u{1}</a>", E::NotWellFormed(3)),
        ("<a>\u{ffff}</a>", E::NotWellFormed(3)),
        ("<a b=1/>", E::NotWellFormed(0)),
        ("<a b='1'c='2'/>", E::NotWellFormed(0)),
        ("<a b='<'/>", E::NotWellFormed(0)),
        ("<a b='&x;'/>", E::NotWellFormed(0)),
        ("<a b='' b=''/>", E::NotWellFormed(0)),
        ("<a xmlns:p='urn:a' xmlns:q='urn:a' p:x='' q:x=''/>", E::NotWellFormed(0)),
        ("<a xmlns='' xmlns=''/>", E::NotWellFormed(0)),
        ("<a xmlns:p='urn:a' xmlns:p='urn:b'/>", E::NotWellFormed(0)),
        ("<1/>", E::NotWellFormed(0)),
        ("<a:b:c/>", E::NotWellFormed(0)),
        ("<a><!-- -- --></a>", E::NotWellFormed(3)),
        (" <?xml version='1.0'?><a/>", E::NotWellFormed(1)),
        ("<?xml encoding='x'?><a/>", E::NotWellFormed(0)),
        ("<?xml version='1.0' standalone='yes' encoding='x'?><a/>", E::NotWellFormed(0)),
        ("<?xml version='1.1'?><a/>", E::Version),
        ("<p:a/>", E::Namespace(1)),
        ("<a p:b=''/>", E::Namespace(3)),
        ("<a><b xmlns:p='urn:a'/><p:c/></a>", E::Namespace(24)),
        ("<a xmlns:p=''/>", E::Namespace(3)),
        ("<a xmlns:xml='urn:a'/>", E::Namespace(3)),
        ("<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", E::Namespace(3)),
        ("<!DOCTYPE a><a/>", E::DocumentType),
        ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", E::DocumentType),
    ] {
        assert_eq!(tokens(source), Err(reason), "{source}");
    }
}

#[test]
fn every_limit_has_its_error() {
    let limits =
        Limits { xml_depth: 3, xml_attributes: 2, xml_name: 5, xml_namespaces: 3, ..Limits::default() };
    for (source, expected) in [
        ("<a><b><c/></b></a>", Ok(())),
        ("<a><b><c><d/></c></b></a>", Err(XmlError::TooDeep)),
        ("<a b='' c=''/>", Ok(())),
        ("<a b='' c='' d=''/>", Err(XmlError::TooManyAttributes)),
        ("<a b='' c='' xmlns=''/>", Err(XmlError::TooManyAttributes)),
        ("<abcde/>", Ok(())),
        ("<abcdef/>", Err(XmlError::NameTooLong)),
        ("<a abcdef=''/>", Err(XmlError::NameTooLong)),
        ("<a xmlns='1'><b xmlns='2'/><b xmlns='1'/></a>", Ok(())),
        ("<a xmlns='1'><b xmlns='2'/><b xmlns='3'/></a>", Err(XmlError::TooManyNamespaces)),
    ] {
        assert_eq!(with(source, &limits).map(drop), expected, "{source}");
    }
}

/// Documents that make other readers take seconds to hours. The bound is generous for an unoptimised build.
#[test]
fn hostile_documents_cost_little() {
    let nested =
        |n: usize, tag: &str| format!("{}{}", format!("<{tag}>").repeat(n), format!("</{tag}>").repeat(n));
    let namespaces: String = (0..5_000).map(|n| format!("<a xmlns:p{n}='urn:{n}'>")).collect();
    let deep_names: String = (0..120).map(|n| format!("<a xmlns:p{n}='urn:{n}'>")).collect();
    let attributes: String = (0..20_000).map(|n| format!(" a{n}=''")).collect();
    let laughs = "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><a>&b;</a>";
    let documents = [
        nested(100_000, "a"),
        namespaces,
        format!("{deep_names}{}{}", "<p0:b/>".repeat(20_000), "</a>".repeat(120)),
        format!("<a{attributes}/>"),
        laughs.to_owned(),
        format!("<a>{}", "<!--".repeat(50_000)),
        format!("<a>{}</a>", "&#x41;".repeat(50_000)),
        format!("<a b='{}'/>", "&amp;".repeat(50_000)),
        "<".repeat(200_000),
        format!("<a {}", "b".repeat(200_000)),
        format!("<a>{}</a>", "]]".repeat(100_000)),
    ];
    for document in documents {
        let begun = Instant::now();
        let _ = tokens(&document);
        let taken = begun.elapsed();
        assert!(taken < Duration::from_secs(20), "{taken:?} for {}", &document[..document.len().min(40)]);
    }
}

proptest! {
    #[test]
    fn no_input_panics(pieces in prop::collection::vec("(<|>|/|a|b:|xmlns:b=|'urn:a'|\"|&|amp;|#65;|\\]\\]>|<!\\[CDATA\\[|<!--|-->|<\\?|\\?>| |\\PC)", 0..30)) {
        let _ = tokens(&pieces.concat());
    }

    #[test]
    fn spans_cover_the_source(names in prop::collection::vec("[a-c]{1,3}", 1..8), text in "[a-z \n]{0,9}") {
        let source: String = names.iter().map(|name| format!("<{name} x = '1'>{text}<!-- c -->")).collect::<String>()
            + &names.iter().rev().map(|name| format!("</{name}>")).collect::<String>();
        let mut scanner = Scanner::new(&source, &[], &Limits::default()).unwrap();
        let mut rebuilt = String::new();
        while scanner.next_token().unwrap().is_some() {
            rebuilt.push_str(scanner.raw());
        }
        prop_assert_eq!(rebuilt, source);
    }
}
