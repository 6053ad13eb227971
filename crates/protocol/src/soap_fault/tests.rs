use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::Limits;

fn envelope(body: &str) -> String {
    format!("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">{body}</s:Envelope>")
}

fn fault(inside: &str) -> String {
    envelope(&format!("<s:Body><s:Fault>{inside}</s:Fault></s:Body>"))
}

fn read(xml: &str) -> Result<crate::fault::ReceivedFault, SoapFaultError> {
    parse(&Bytes::from(xml.to_owned()), &Limits::default())
}

#[test]
fn fields() {
    let xml = fault(
        "<faultcode>\n soap:Server </faultcode><faultstring xml:lang='en'>a &lt;b&gt; <![CDATA[&c]]>&#x5E02;</faultstring>\
         <detail><x:faultDetail xmlns:x='urn:x'>uuid</x:faultDetail><other>y</other></detail>",
    );
    let read = read(&xml).unwrap();
    assert_eq!(read.code, "soap:Server");
    assert_eq!(read.text.as_deref(), Some("a <b> &c市"));
    assert_eq!(read.actor, None);
    assert_eq!(read.detail.as_deref(), Some("uuid"));
    assert_eq!(read.xml, xml);
}

#[test]
fn line_ends_become_line_feeds_unless_they_are_references() {
    let xml = fault("<faultcode>c</faultcode><faultstring>a\r\nb\rc<![CDATA[\r]]>&#13;</faultstring>");
    assert_eq!(read(&xml).unwrap().text.as_deref(), Some("a\nb\nc\n\r"));
}

#[test]
fn other_forms() {
    for xml in [
        "\u{feff}<?xml version='1.0'?><!-- c --><Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Header/>\
         <Body><Fault><faultcode xmlns=''>c</faultcode></Fault></Body></Envelope>\n"
            .to_owned(),
        "<a:Envelope xmlns:a='http://schemas.xmlsoap.org/soap/envelope/'><b:Body xmlns:b='http://schemas.xmlsoap.org/soap/envelope/'>\
         <c:Fault xmlns:c='http://schemas.xmlsoap.org/soap/envelope/'><faultcode>c</faultcode></c:Fault></b:Body></a:Envelope>"
            .to_owned(),
        fault("<faultcode>c</faultcode><faultstring/><faultactor/><detail/>"),
    ] {
        assert_eq!(read(&xml).map(|fault| fault.code).as_deref(), Ok("c"), "{xml}");
        assert!(is_fault(xml.as_bytes(), &Limits::default()));
    }
    let latin = [fault("<faultcode>c</faultcode><faultstring>gr\u{0}n</faultstring>")
        .replace('\u{0}', "@")
        .into_bytes()];
    let latin: Vec<u8> = latin[0].iter().map(|byte| if *byte == b'@' { 0xfc } else { *byte }).collect();
    let read = parse(&Bytes::from(latin), &Limits::default()).unwrap();
    assert_eq!(read.text.as_deref(), Some("gr\u{fffd}n"));
}

#[test]
fn refused_with_reason() {
    use SoapFaultError as E;
    let code = "<faultcode>c</faultcode>";
    for (xml, reason) in [
        (String::new(), E::NotSoap),
        ("no xml".into(), E::NotSoap),
        ("<a/>".into(), E::NotSoap),
        ("<Envelope><Body><Fault/></Body></Envelope>".into(), E::NotSoap),
        (
            fault(code).replace("schemas.xmlsoap.org/soap/envelope/", "www.w3.org/2003/05/soap-envelope"),
            E::NotSoap,
        ),
        (envelope(""), E::MissingBody),
        (envelope("<s:Header><s:Body/></s:Header>"), E::MissingBody),
        (envelope("<Body><s:Fault/></Body>"), E::MissingBody),
        (envelope("<s:Body/>"), E::NotFault),
        (envelope("<s:Body><Fault/></s:Body>"), E::NotFault),
        (envelope("<s:Body><x/><s:Fault/></s:Body>"), E::NotFault),
        (envelope(&format!("<s:Body><s:Fault>{code}</s:Fault><x/></s:Body>")), E::NotFault),
        (
            envelope(&format!("<s:Body><s:Fault>{code}</s:Fault></s:Body><s:Body><s:Fault/></s:Body>")),
            E::NotFault,
        ),
        (fault(""), E::MissingCode),
        (fault("<faultcode> </faultcode>"), E::MissingCode),
        (fault("<x><faultcode>c</faultcode></x>"), E::MissingCode),
        (fault(code) + "x", E::Malformed),
        (fault(code) + "<x/>", E::Malformed),
        (fault(code).replace("</s:Envelope>", ""), E::Malformed),
        (fault(code).replace("</s:Body>", "</s:Bod>"), E::Malformed),
        (fault("<faultcode>&c;</faultcode>"), E::Malformed),
        (fault("<faultcode>&#0;</faultcode>"), E::Malformed),
        (format!("<!DOCTYPE x [<!ENTITY c 'd'>]>{}", fault("<faultcode>&c;</faultcode>")), E::Dtd),
        (format!("<!DOCTYPE x SYSTEM 'http://example.org/x'>{}", fault(code)), E::Dtd),
    ] {
        assert_eq!(read(&xml), Err(reason), "{xml}");
    }
}

#[test]
fn every_limit_has_its_error() {
    let limits = Limits { fault: 300, xml_depth: 5, xml_attributes: 2, ..Limits::default() };
    let read = |xml: &str| parse(&Bytes::from(xml.to_owned()), &limits).map(drop);
    let code = "<faultcode>c</faultcode>";
    assert_eq!(read(&fault(&format!("{code}<a b='' c=''><d/></a>"))), Ok(()));
    assert_eq!(read(&fault(&format!("{code}<a><b><c/></b></a>"))), Err(SoapFaultError::TooDeep));
    assert_eq!(
        read(&fault(&format!("{code}<a b='' c='' xmlns:d=''/>"))),
        Err(SoapFaultError::TooManyAttributes)
    );
    assert_eq!(read(&fault(&"x".repeat(300))), Err(SoapFaultError::TooLarge));
}

#[test]
fn looking_for_a_fault_reads_no_further_than_needed() {
    let limits = Limits::default();
    assert!(is_fault(
        b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault><",
        &limits
    ));
    assert!(!is_fault(envelope("<s:Body><x/>").as_bytes(), &limits));
    assert!(!is_fault(b"<!DOCTYPE x>", &limits));
}

proptest! {
    #[test]
    fn what_is_written_is_read(code in "[a-z_.]{1,30}", text in "[^\\p{Cc}\u{fffe}\u{ffff}]*", detail in "[^\\p{Cc}\u{fffe}\u{ffff}]*") {
        let written = Bytes::from(write(&code, &text, &detail));
        let read = parse(&written, &Limits::default()).unwrap();
        prop_assert_eq!(read.code, code);
        prop_assert_eq!(read.text, Some(text));
        prop_assert_eq!(read.actor.as_deref(), Some(""));
        prop_assert_eq!(read.detail, Some(detail));
    }

    #[test]
    fn no_input_panics(inside in "(\\PC|<|>|&|/|'){0,40}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = read(&fault(&inside));
        let _ = parse(&Bytes::from(bytes), &Limits::default());
    }
}
