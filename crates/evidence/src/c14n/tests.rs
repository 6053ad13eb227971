use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;
use crate::xml::XmlLimits;

fn whole(text: &str, method: &Method) -> String {
    let parsed = Document::parse(text.as_bytes(), &XmlLimits::EVIDENCE).expect("xml");
    String::from_utf8(document(&parsed, method)).expect("utf-8")
}

fn part(text: &str, local: &str, method: &Method) -> String {
    let parsed = Document::parse(text.as_bytes(), &XmlLimits::EVIDENCE).expect("xml");
    let found = parsed.elements().find(|e| e.local() == local).expect("element");
    String::from_utf8(element(found, &parsed, method)).expect("utf-8")
}

fn exclusive() -> Method {
    Method::from_uri("http://www.w3.org/2001/10/xml-exc-c14n#").expect("known")
}

fn with_comments() -> Method {
    Method::from_uri("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments").expect("known")
}

/// The examples of Canonical XML 1.0, section 3, as far as they need no document type.
#[test]
fn examples_of_the_recommendation() {
    let outside = "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\n\
        <doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n\n\
        <!-- Comment 3 -->\n";
    assert_eq!(
        whole(outside, &Method::INCLUSIVE),
        "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n<doc>Hello, world!</doc>\n\
         <?pi-without-data?>"
    );
    assert_eq!(
        whole(outside, &with_comments()),
        "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\
         <doc>Hello, world!<!-- Comment 1 --></doc>\n<?pi-without-data?>\n<!-- Comment 2 -->\n<!-- Comment 3 -->"
    );
    let tags = "<doc>\n   <e1   />\n   <e2   ></e2>\n   <e3   name = \"elem3\"   id=\"elem3\"   />\n   \
        <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\n      \
        xmlns:b=\"http://www.ietf.org\"\n      xmlns:a=\"http://www.w3.org\"\n      \
        xmlns=\"http://example.org\"/>\n   <e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n      \
        <e7 xmlns=\"http://www.ietf.org\">\n         <e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n            \
        <e9 xmlns=\"\" xmlns:a=\"http://www.ietf.org\"/>\n         </e8>\n      </e7>\n   </e6>\n</doc>";
    assert_eq!(
        whole(tags, &Method::INCLUSIVE),
        "<doc>\n   <e1></e1>\n   <e2></e2>\n   <e3 id=\"elem3\" name=\"elem3\"></e3>\n   \
         <e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" \
         attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5>\n   \
         <e6 xmlns:a=\"http://www.w3.org\">\n      <e7 xmlns=\"http://www.ietf.org\">\n         \
         <e8 xmlns=\"\">\n            <e9 xmlns:a=\"http://www.ietf.org\"></e9>\n         </e8>\n      \
         </e7>\n   </e6>\n</doc>"
    );
    let characters = "<doc>\n   <text>First line&#x0d;&#10;Second line</text>\n   <value>&#x32;</value>\n   \
        <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\n   \
        <compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute>\n   \
        <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>\n</doc>";
    assert_eq!(
        whole(characters, &Method::INCLUSIVE),
        "<doc>\n   <text>First line&#xD;\nSecond line</text>\n   <value>2</value>\n   \
         <compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute>\n   \
         <compute expr=\"value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;\">\
         valid</compute>\n   <norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm>\n</doc>"
    );
}

#[test]
fn line_ends_and_attribute_values() {
    let cases = [
        ("<a>x\r\ny\rz</a>", "<a>x\ny\nz</a>"),
        ("<a b='x\r\ny\tz\nw\rv'/>", "<a b=\"x y z w v\"></a>"),
        ("<a b='&#9;&#10;&#13;'/>", "<a b=\"&#x9;&#xA;&#xD;\"></a>"),
        ("<a>\u{9}\u{a0}&#xa0;</a>", "<a>\u{9}\u{a0}\u{a0}</a>"),
        ("<a><?p  x\r\ny?></a>", "<a><?p x\ny?></a>"),
        ("<a><![CDATA[\r\n]]>&#13;</a>", "<a>\n&#xD;</a>"),
    ];
    for (text, expected) in cases {
        assert_eq!(whole(text, &Method::INCLUSIVE), expected, "{text}");
    }
}

#[test]
fn parts_in_their_context() {
    let text = "<r xmlns='d' xmlns:a='A' xmlns:b='B' xml:lang='ja' xml:space='preserve'>\
        <a:x b:y='1' xml:lang='en'><z xmlns='' xmlns:b='B'/><b:w xmlns:b='C'/></a:x></r>";
    assert_eq!(
        part(text, "x", &Method::INCLUSIVE),
        "<a:x xmlns=\"d\" xmlns:a=\"A\" xmlns:b=\"B\" b:y=\"1\" xml:lang=\"en\" xml:space=\"preserve\">\
         <z xmlns=\"\"></z><b:w xmlns:b=\"C\"></b:w></a:x>"
    );
    assert_eq!(
        part(text, "x", &exclusive()),
        "<a:x xmlns:a=\"A\" xmlns:b=\"B\" b:y=\"1\" xml:lang=\"en\"><z></z><b:w xmlns:b=\"C\"></b:w></a:x>"
    );
    assert_eq!(part(text, "z", &exclusive()), "<z></z>");
    assert_eq!(
        part(text, "z", &exclusive().with_prefix_list("#default a b")),
        "<z xmlns:a=\"A\" xmlns:b=\"B\"></z>"
    );
    assert_eq!(
        part(text, "w", &exclusive().with_prefix_list("#default a")),
        "<b:w xmlns=\"d\" xmlns:a=\"A\" xmlns:b=\"C\"></b:w>"
    );
}

#[test]
fn only_known_methods() {
    assert_eq!(Method::from_uri("http://www.w3.org/2006/12/xml-c14n11"), None);
    assert_eq!(Method::from_uri("http://www.w3.org/2000/09/xmldsig#enveloped-signature"), None);
    assert_eq!(Method::INCLUSIVE.with_prefix_list("a b"), Method::INCLUSIVE);
}

/// Another implementation's opinion, with comments; `None` where the program is missing.
fn xmllint(text: &str, option: &str) -> Option<String> {
    let mut child = Command::new("xmllint")
        .args([option, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok()).flatten()
}

/// Random trees with nested and hidden namespaces, references, comments, instructions and line ends.
fn documents() -> impl Strategy<Value = String> {
    let text = "(x|y| |\n|\t|\r|&amp;|&lt;|&#13;|&#x9;|é|]]&gt;|<!-- c -->|<\\?p d\\?>|<!\\[CDATA\\[<&\r\n>\\]\\]>){0,4}";
    let value = "(x| |\n|\t|\r\n|&amp;|&quot;|&#13;|&#x9;|é|>){0,4}";
    let declarations = prop::sample::subsequence(
        vec![
            "xmlns='urn:d'",
            "xmlns=''",
            "xmlns='urn:e'",
            "xmlns:a='urn:A'",
            "xmlns:a='urn:B'",
            "xmlns:b='urn:B'",
            "xml:lang='ja'",
        ],
        0..4,
    );
    let attributes = prop::sample::subsequence(vec!["k", "a:k", "b:k", "l", "b:l"], 0..4);
    let name = prop::sample::select(vec!["r", "a:r", "b:s", "t"]);
    let tag = (name, declarations, attributes, value, text);
    let leaf = tag.clone().prop_map(|tag| render(&tag, ""));
    leaf.prop_recursive(4, 24, 3, move |inner| {
        (tag.clone(), prop::collection::vec(inner, 0..3))
            .prop_map(|(tag, inside)| render(&tag, &inside.concat()))
    })
    .prop_map(|inner| format!("<root xmlns:a='urn:A' xmlns:b='urn:Z'>{inner}</root>"))
}

type Tag = (&'static str, Vec<&'static str>, Vec<&'static str>, String, String);

fn render((name, declarations, attributes, value, text): &Tag, inside: &str) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut tag = format!("<{name}");
    for declaration in declarations {
        let key = declaration.split('=').next().unwrap_or_default();
        if !seen.contains(&key) {
            seen.push(key);
            tag += &format!(" {declaration}");
        }
    }
    // Two prefixes may mean the same namespace here, which makes equal local names a double attribute.
    let mut locals: Vec<&str> = Vec::new();
    for attribute in attributes {
        let local = attribute.rsplit(':').next().unwrap_or_default();
        if !locals.contains(&local) {
            locals.push(local);
            tag += &format!(" {attribute}=\"{value}\"");
        }
    }
    format!("{tag}>{text}{inside}</{name}>")
}

#[test]
fn agrees_with_another_implementation() {
    if xmllint("<a/>", "--c14n").is_none() {
        println!("skipped: xmllint is not installed");
        return;
    }
    let exclusive_with_comments =
        Method::from_uri("http://www.w3.org/2001/10/xml-exc-c14n#WithComments").expect("known");
    let config = ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&documents(), |text| {
        let inclusive = xmllint(&text, "--c14n");
        prop_assert_eq!(Some(whole(&text, &with_comments())), inclusive);
        let exclusive = xmllint(&text, "--exc-c14n");
        prop_assert_eq!(Some(whole(&text, &exclusive_with_comments)), exclusive);
        Ok(())
    });
    outcome.expect("same canonical form");
}

proptest! {
    #[test]
    fn canonical_form_is_stable(text in documents()) {
        for method in [Method::INCLUSIVE, with_comments(), exclusive()] {
            let once = whole(&text, &method);
            prop_assert_eq!(&whole(&once, &method), &once);
        }
    }
}
