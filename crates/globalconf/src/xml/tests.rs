use super::*;

/// Reads a document whose root `conf` has texts in `value` elements.
fn values(document: &str) -> Result<Vec<String>, XmlError> {
    let mut document = Document::open(document.as_bytes(), "conf")?;
    let mut values = Vec::new();
    while let Some(child) = document.next_child("conf")? {
        match child.name() {
            "value" => values.push(document.text(&child)?),
            "skipped" => document.skip()?,
            _ => return Err(child.unexpected_in("conf")),
        }
    }
    document.finish()?;
    Ok(values)
}

fn conf(inside: &str) -> String {
    format!("<x:conf xmlns:x=\"{XROAD_NAMESPACE}\">{inside}</x:conf>")
}

#[test]
fn texts_are_read_with_entities_character_references_and_cdata() {
    let document = conf(
        "<!-- note --><value>a &amp; b &lt;&gt;&quot;&apos;&#65;&#x42;</value><value/><?pi x?>\
         <value><![CDATA[<raw>]]> and\r\nmore</value><skipped a=\"1\"><deep><er/></deep>x</skipped>",
    );
    assert_eq!(values(&document).unwrap(), ["a & b <>\"'AB", "", "<raw> and\nmore"]);
    let with_bom = format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{document}\n<!-- end -->\n");
    assert_eq!(values(&with_bom).unwrap().len(), 3);
}

#[test]
fn forbidden_characters_are_refused_in_every_form() {
    for inside in
        ["\u{1}", "&#1;", "&#xFFFE;", "<skipped a='&#xFFFF;'/>", "<value>\u{ffff}</value>", "<!--\u{c}-->"]
    {
        let error = values(&conf(inside)).unwrap_err();
        assert!(error.to_string().contains("character that XML does not allow"), "{inside:?}: {error}");
    }
    assert!(values(&format!("\u{feff}\u{feff}{}", conf(""))).is_err());
}

#[test]
fn documents_are_refused_with_their_reason() {
    let deep = format!("{}{}", "<skipped>".repeat(MAX_DEPTH), "</skipped>".repeat(MAX_DEPTH));
    let attributes: String = (0..=MAX_ATTRIBUTES).map(|n| format!(" a{n}=\"\"")).collect();
    let table: &[(&str, String, XmlError)] = &[
        ("document type", format!("<!DOCTYPE conf>{}", conf("")), XmlError::DoctypeRefused),
        (
            "declared entity",
            format!("<!DOCTYPE conf [<!ENTITY e \"v\">]>{}", conf("<value>&e;</value>")),
            XmlError::DoctypeRefused,
        ),
        (
            "undeclared entity",
            conf("<value>&e;</value>"),
            XmlError::NotWellFormed("an entity is not declared".into()),
        ),
        ("depth", conf(&deep), XmlError::TooDeep),
        ("attributes", conf(&format!("<value{attributes}/>")), XmlError::TooManyAttributes),
        (
            "other encoding",
            format!("<?xml version=\"1.0\" encoding=\"latin1\"?>{}", conf("")),
            XmlError::NotUtf8,
        ),
        ("root without namespace", "<conf/>".into(), XmlError::WrongRoot("conf".into())),
        ("text between elements", conf("<value>1</value> stray"), XmlError::UnexpectedText("conf".into())),
        (
            "qualified child",
            conf("<x:value>1</x:value>"),
            XmlError::UnexpectedElement { parent: "conf".into(), element: "value".into() },
        ),
        (
            "element inside text",
            conf("<value>1<b/></value>"),
            XmlError::UnexpectedElement { parent: "value".into(), element: "b".into() },
        ),
        (
            "long text",
            conf(&format!("<value>{}</value>", "x".repeat(MAX_TEXT_BYTES + 1))),
            XmlError::TextTooLong("value".into()),
        ),
        (
            "second root",
            format!("{}{}", conf(""), conf("")),
            XmlError::NotWellFormed("there is content after the root element".into()),
        ),
        ("nothing", String::new(), XmlError::NotWellFormed("there is no root element".into())),
    ];
    for (name, document, expected) in table {
        assert_eq!(values(document).as_ref(), Err(expected), "{name}");
    }
    for cut_short in
        ["<x:conf xmlns:x=\"http://x-road.eu/xsd/xroad.xsd\"><value>", "<x:conf", "<y:conf/>", "<a b=1/>"]
    {
        assert!(matches!(values(cut_short), Err(XmlError::NotWellFormed(_))), "{cut_short}");
    }
    assert_eq!(Document::open(&[0xff, 0xfe], "conf").err(), Some(XmlError::NotUtf8));
    assert_eq!(Document::open(&vec![b' '; MAX_DOCUMENT_BYTES + 1], "conf").err(), Some(XmlError::TooLarge));
}

#[test]
fn what_xml_cannot_carry_is_not_written() {
    let mut writer = Writer::document("conf");
    let error = writer.leaf("name", "a\u{1}b");
    assert_eq!(error, Err(WriteError::Character { element: "name".into(), character: 1 }));
}

#[test]
fn dates_of_both_writers_are_understood() {
    use time::macros::datetime;
    let table = [
        ("2035-11-11T03:07:40Z", Some(datetime!(2035-11-11 03:07:40 UTC))),
        ("2025-11-05T22:10:45.770Z", Some(datetime!(2025-11-05 22:10:45.770 UTC))),
        ("2025-11-05T22:10:45.770+02:00", Some(datetime!(2025-11-05 22:10:45.770 +2))),
        ("2025-11-05T22:10:45", Some(datetime!(2025-11-05 22:10:45 UTC))),
        ("tomorrow", None),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(parse_date_time(text), expected, "{text}");
    }
}

#[test]
fn client_identifiers_are_read_strictly() {
    let read = |kind: &str, inside: &str| {
        let text = format!(
            "<x:conf xmlns:x=\"{XROAD_NAMESPACE}\" xmlns:id=\"{IDENTIFIER_NAMESPACE}\">\
             <client {kind}><id:xRoadInstance>EE</id:xRoadInstance><id:memberClass>GOV</id:memberClass>\
             {inside}</client></x:conf>"
        );
        let mut document = Document::open(text.as_bytes(), "conf").unwrap();
        let child = document.next_child("conf").unwrap().unwrap();
        client_id(&mut document, &child).map(|id| id.to_string())
    };
    let code = "<id:memberCode>1</id:memberCode>";
    let subsystem = "<id:memberCode>1</id:memberCode><id:subsystemCode>s</id:subsystemCode>";
    assert_eq!(read("id:objectType=\"MEMBER\"", code).unwrap(), "MEMBER:EE/GOV/1");
    assert_eq!(read("id:objectType=\"SUBSYSTEM\"", subsystem).unwrap(), "SUBSYSTEM:EE/GOV/1/s");
    assert_eq!(read("id:objectType=\"MEMBER\"", subsystem).unwrap(), "SUBSYSTEM:EE/GOV/1/s");
    for (kind, inside) in [
        ("", code),
        ("objectType=\"MEMBER\"", code),
        ("id:objectType=\"SERVER\"", code),
        ("id:objectType=\"SUBSYSTEM\"", code),
        ("id:objectType=\"MEMBER\"", ""),
        ("id:objectType=\"MEMBER\"", "<id:memberCode></id:memberCode>"),
        ("id:objectType=\"MEMBER\"", "<memberCode>1</memberCode>"),
    ] {
        assert!(read(kind, inside).is_err(), "{kind} {inside}");
    }
}
