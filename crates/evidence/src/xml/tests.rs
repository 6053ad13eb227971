use std::time::{Duration, Instant};

use super::*;

fn parse(text: &str) -> Result<Document<'_>, XmlError> {
    Document::parse(text.as_bytes(), &XmlLimits::EVIDENCE)
}

#[test]
fn well_formed_documents_are_read() {
    for text in [
        "<a/>",
        "\u{feff}<a/>",
        "<?xml version=\"1.0\"?><a></a>",
        "<?xml version='1.0' encoding='utf-8' standalone='no' ?>\n<!-- c --><?pi x?>\n<a>text</a>\n<!-- c -->\n",
        "<a b='1' c=\"&lt;&#10;&#x41;\">x&amp;y<![CDATA[<&]]>z</a>",
        "<p:a xmlns:p='u' p:b='1' b='2'><p:c xmlns='v'><d/></p:c></p:a>",
        "<名前 属性='値'>日本語</名前>",
        "<a xml:lang='ja'/>",
        "<a><b></b ></a\n>",
    ] {
        assert!(parse(text).is_ok(), "{text}: {:?}", parse(text).err());
    }
}

#[test]
fn other_documents_are_refused_for_their_reason() {
    use XmlError::{DocumentType, Encoding};
    let not_well_formed = |error: XmlError| matches!(error, XmlError::NotWellFormed(_));
    for text in [
        "",
        "  ",
        "text",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "\u{feff}\u{feff}<a/>",
        "<a b=1/>",
        "<a b='1' b='2'/>",
        "<a b='1'c='2'/>",
        "<a b='<'/>",
        "<a b='&x;'/>",
        "<a>&x;</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#+65;</a>",
        "<a>& b</a>",
        "<a>]]></a>",
        "<a>\u{1}</a>",
        "<a>\u{fffe}</a>",
        "<a><!-- -- --></a>",
        "<a><?xml version='1.0'?></a>",
        "<a><?XmL x?></a>",
        " <?xml version='1.0'?><a/>",
        "<1/>",
        "<a:b:c xmlns:a='u'/>",
        "<p:a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>",
        "<a/>&amp;",
    ] {
        let error = parse(text).expect_err(text);
        assert!(not_well_formed(error), "{text}: {error}");
    }
    for (text, expected) in [
        ("<!DOCTYPE a><a/>", DocumentType),
        ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", DocumentType),
        ("<!DOCTYPE a [<!ENTITY x \"&y;&y;\"><!ENTITY y \"&x;\">]><a>&x;</a>", DocumentType),
        ("<?xml version='1.1'?><a/>", Encoding),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", Encoding),
    ] {
        assert_eq!(parse(text).expect_err(text), expected, "{text}");
    }
    for text in ["<p:a/>", "<a p:b='1'/>", "<a xmlns:p=''/>", "<a xmlns:xml='u'/>", "<a xmlns:xmlns='u'/>"] {
        assert!(matches!(parse(text), Err(XmlError::Namespace(_))), "{text}");
    }
    assert_eq!(Document::parse(b"<a>\xff</a>", &XmlLimits::EVIDENCE).err(), Some(Encoding));
}

#[test]
fn hostile_documents_cost_little() {
    let nested: String =
        (0..5_000).map(|n| format!("<a xmlns:p{n}='u{n}'>")).collect::<String>() + &"</a>".repeat(5_000);
    let wide = format!("<a{}/>", (0..20_000).map(|n| format!(" a{n}='{n}'")).collect::<String>());
    let declared = format!("<a{}/>", (0..20_000).map(|n| format!(" xmlns:p{n}='{n}'")).collect::<String>());
    let deep = "<a>".repeat(50_000) + &"</a>".repeat(50_000);
    let many = format!("<a>{}</a>", "<b/>".repeat(200_000));
    let large = format!("<a>{}</a>", "x".repeat(2 << 20));
    for (name, text, expected) in [
        ("nested", &nested, XmlError::TooDeep),
        ("wide", &wide, XmlError::TooManyAttributes),
        ("declared", &declared, XmlError::TooManyAttributes),
        ("deep", &deep, XmlError::TooDeep),
        ("many", &many, XmlError::TooManyNodes),
        ("large", &large, XmlError::TooLarge),
    ] {
        let started = Instant::now();
        assert_eq!(parse(text).expect_err(name), expected, "{name}");
        // Unoptimised, on a machine that may be busy: what is quadratic takes minutes.
        assert!(started.elapsed() < Duration::from_secs(20), "{name}: {:?}", started.elapsed());
    }
}

#[test]
fn namespaces_in_scope_are_bounded() {
    let one: String = (0..50).map(|n| format!(" xmlns:p{n}='u'")).collect();
    let two: String = (0..50).map(|n| format!(" xmlns:q{n}='u'")).collect();
    let text = format!("<a{one}><b{two}/></a>");
    assert_eq!(parse(&text).err(), Some(XmlError::TooManyNamespaces));
    let beside = format!("<a><b{one}/><b{two}/></a>");
    assert!(parse(&beside).is_ok());
}

#[test]
fn elements_are_found_by_namespace_and_name() {
    let document =
        parse("<r xmlns='u' xmlns:p='v'><p:a Id='1'>x</p:a><a id='2' p:Id='3'/><a/></r>").expect("xml");
    let root = document.root();
    assert!(root.is("u", "r"));
    assert_eq!(root.children().count(), 3);
    assert_eq!(root.child("v", "a").and_then(|a| a.text()).as_deref(), Some("x"));
    assert_eq!(root.descendants("u", "a").count(), 2);
    assert!(document.element_by_id("1").is_some_and(|a| a.namespace() == "v"));
    assert!(document.element_by_id("2").is_some_and(|a| a.parent() == Some(root)));
    assert!(document.element_by_id("3").is_none(), "an attribute of another namespace is no identifier");
}

#[test]
fn identifiers_given_twice_identify_nothing() {
    let document = parse("<r><a Id='1'/><b ID='1'/></r>").expect("xml");
    assert!(document.element_by_id("1").is_none());
}

#[test]
fn texts_and_base64() {
    let document =
        parse("<r><a>x&#13;\ny<![CDATA[<z>]]><!-- c -->&lt;</a><b>QU&#13;\r\nJ D </b><c>QU<d/></c></r>")
            .expect("xml");
    let mut children = document.root().children();
    let (a, b, c) = (children.next().expect("a"), children.next().expect("b"), children.next().expect("c"));
    assert_eq!(a.text().as_deref(), Some("x\r\ny<z><"));
    assert_eq!(b.base64().as_deref(), Some(b"ABC".as_slice()));
    assert_eq!(b.text().as_deref(), Some("QU\r\nJ D "));
    assert_eq!(c.text(), None, "text beside an element is no text content");
    assert_eq!(c.base64(), None);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = Document::parse(&bytes, &XmlLimits::EVIDENCE);
    }

    #[test]
    fn any_markup_is_read_or_refused(text in "[<>/a:xmlns='\"&;#! \\[\\]?-]{0,120}") {
        let _ = Document::parse(text.as_bytes(), &XmlLimits::EVIDENCE);
    }
}
