//! The rules of the message protocol, encodings, limits.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::xml::{EncodingError, XmlError};

#[test]
fn fields() {
    let message = read(&good(
        "<x:userId>u<!-- c -->&amp;<![CDATA[<v>]]><other>no</other></x:userId><x:issue/>\
         <x:securityServer i:objectType='SERVER'><i:serverCode>ss</i:serverCode><i:xRoadInstance>EE</i:xRoadInstance>\
         <i:memberClass>GOV</i:memberClass><i:memberCode>2</i:memberCode></x:securityServer>\
         <r:representedParty><r:partyCode>p</r:partyCode></r:representedParty>\
         <x:requestHash algorithmId='a'>h</x:requestHash><x:unknown/><id>other namespace</id>",
    ))
    .unwrap();
    let header = message.header();
    assert_eq!(header.client.to_string(), "SUBSYSTEM:EE/GOV/1/s");
    assert_eq!(header.service.to_string(), "SERVICE:EE/GOV/2/get");
    assert_eq!((header.id.as_str(), header.protocol_version.as_str()), ("q", "4.0"));
    assert_eq!(header.user_id.as_deref(), Some("u&<v>"));
    assert_eq!(header.issue.as_deref(), Some(""));
    assert_eq!(header.security_server.as_ref().unwrap().to_path(), "EE/GOV/2/ss");
    let party = RepresentedParty { class: None, code: Some("p".to_owned()) };
    assert_eq!(header.represented_party, Some(party));
    let hash = RequestHash { algorithm: Some("a".to_owned()), value: "h".to_owned() };
    assert_eq!(header.request_hash, Some(hash));
    assert_eq!(message.body_name(), "get");
}

#[test]
fn accepted_forms() {
    for xml in [
        good(""),
        envelope(&format!("{BODY}<s:Header>{CLIENT}{SERVICE}{ID}{VERSION}</s:Header>")),
        envelope(&format!(
            "<other/><s:Header>{VERSION}{ID}{SERVICE}{CLIENT}</s:Header>{BODY}<s:other><s:Body/></s:other>"
        )),
        good("").replace("<get/>", "text <p:getResponse xmlns:p='urn:p'><get/><get/></p:getResponse> text"),
        good("").replace("'SUBSYSTEM'", "'MEMBER'"),
        good("").replace("<i:subsystemCode>s</i:subsystemCode>", ""),
        good("").replace("4.0", "4."),
        good("").replace(ID, "<x:id/>"),
        good("").replace("<s:Header>", "<s:Header><x:client-like><x:id>a</x:id></x:client-like>"),
        good("<r:representedParty/>"),
    ] {
        assert!(read(&xml).is_ok(), "{xml}: {:?}", read(&xml));
    }
}

#[test]
fn refused_with_reason() {
    use SoapError as E;
    let duplicate = |field| E::DuplicateField(field);
    let object_type = |field, found: &str| E::ObjectType { field, found: found.to_owned() };
    let soap12 = good("")
        .replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    for (xml, reason) in [
        (String::new(), E::Xml(XmlError::NotWellFormed(0))),
        ("<a/>".to_owned(), E::EnvelopeMissing),
        (soap12, E::EnvelopeMissing),
        (format!("<!DOCTYPE a>{}", good("")), E::Xml(XmlError::DocumentType)),
        (envelope(BODY), E::HeaderMissing),
        (envelope(&format!("<Header/>{BODY}")), E::HeaderMissing),
        (envelope(&format!("<s:Header/><s:Header/>{BODY}")), E::SecondHeader),
        // Of several missing things, the first in this order.
        (with_header(&[]), E::FieldMissing("protocolVersion")),
        (with_header(&[VERSION]), E::FieldMissing("client")),
        (with_header(&[VERSION, CLIENT]), E::FieldMissing("id")),
        (with_header(&[VERSION, CLIENT, ID]), E::FieldMissing("service")),
        (good("").replace(BODY, ""), E::BodyMissing),
        (good("").replace("<get/>", " "), E::Body),
        (good("").replace("<get/>", "<get/><get/>"), E::Body),
        (good("").replace(BODY, &format!("{BODY}{BODY}")), E::Body),
        (good("").replace("<get/>", "<ge/>"), E::ServiceCode),
        (good("").replace("<get/>", "<Get/>"), E::ServiceCode),
        // Of several wrong things, the first in the document.
        (with_header(&[VERSION, VERSION]).replace("<get/>", "<a/><b/>"), duplicate("protocolVersion")),
        (envelope("<s:Body><a/><b/></s:Body><s:Header><x:id/><x:id/></s:Header>"), E::Body),
        (good(CLIENT), duplicate("client")),
        (good(SERVICE), duplicate("service")),
        (good(ID), duplicate("id")),
        (good("<x:userId/><x:userId/>"), duplicate("userId")),
        (good("<x:issue/><x:issue/>"), duplicate("issue")),
        (good("<r:representedParty/><r:representedParty/>"), duplicate("representedParty")),
        (good("<x:requestHash/><x:requestHash/>"), duplicate("requestHash")),
        (
            good("<r:representedParty><r:partyCode/><r:partyCode/></r:representedParty>"),
            duplicate("partyCode"),
        ),
        (
            good("").replace(
                "<i:memberCode>1</i:memberCode>",
                "<i:memberCode>1</i:memberCode><i:memberCode>2</i:memberCode>",
            ),
            duplicate("memberCode"),
        ),
        (good("").replace(" i:objectType='SERVICE'", ""), object_type("service", "")),
        (good("").replace(" i:objectType='SERVICE'", " objectType='SERVICE'"), object_type("service", "")),
        (good("").replace("'SERVICE'", "'MEMBER'"), object_type("service", "MEMBER")),
        (good("").replace("'SUBSYSTEM'", "'CENTRALSERVICE'"), object_type("client", "CENTRALSERVICE")),
        (good("<x:securityServer i:objectType='SERVICE'/>"), object_type("securityServer", "SERVICE")),
        (
            good("<x:securityServer i:objectType='SERVER'/>"),
            E::IdentifierPart { field: "securityServer", part: "xRoadInstance" },
        ),
        (
            good("").replace("<i:serviceCode>get</i:serviceCode>", ""),
            E::IdentifierPart { field: "service", part: "serviceCode" },
        ),
        (good("").replace(">GOV<", "> <"), E::IdentifierPart { field: "client", part: "memberClass" }),
        (good("").replace(">s<", "><"), E::IdentifierPart { field: "client", part: "subsystemCode" }),
        (good("").replace("4.0", "3.5"), E::ProtocolVersion("3.5".to_owned())),
        (good("").replace("4.0", " 4.0"), E::ProtocolVersion(" 4.0".to_owned())),
        (
            good("").replace("</s:Envelope>", "</s:Envelope>x"),
            E::Xml(XmlError::NotWellFormed(good("").len())),
        ),
    ] {
        assert_eq!(read(&xml).err(), Some(reason), "{xml}");
    }
    let control = read(&good("").replace(">1<", ">1\n<")).unwrap_err();
    assert!(matches!(control, E::Identifier { field: "client", .. }), "{control}");
    assert_eq!(control.code(Sender::Client).to_string(), "client.internal_error");
}

#[test]
fn codes() {
    let error = SoapError::Body;
    for (sender, code) in [
        (Sender::Client, "client.invalid_body"),
        (Sender::ClientProxy, "server.serverproxy.service_failed.invalid_body"),
        (Sender::Service, "server.serverproxy.service_failed.invalid_body"),
        (Sender::ServerProxy, "server.clientproxy.service_failed.invalid_body"),
    ] {
        assert_eq!(error.code(sender).to_string(), code);
    }
    let action = check_soap_action(Some("x")).unwrap_err();
    assert_eq!(action.code(Sender::Client).to_string(), "client.invalid_soap_action");
    assert_eq!(action.code(Sender::ClientProxy).to_string(), "server.serverproxy.invalid_soap_action");
    let missing = SoapError::MissingParameter("serviceCode");
    assert_eq!(missing.code(Sender::ClientProxy).to_string(), "server.serverproxy.invalid_request");
    let empty = SoapEncoder::new("", false).unwrap_err();
    assert_eq!(
        empty.code(Sender::ClientProxy).to_string(),
        "server.serverproxy.service_failed.internal_error"
    );
}

#[test]
fn faults_need_no_header() {
    let fault = "<s:Fault><faultcode>Some.Code</faultcode><faultstring>text</faultstring></s:Fault>";
    let document = envelope(&format!("<s:Body>{fault}</s:Body>"));
    let SoapDocument::Fault(read) = read_as(document.as_bytes(), "text/xml", &Limits::default()).unwrap()
    else {
        panic!("fault")
    };
    assert_eq!((read.code.as_str(), read.xml.as_ref()), ("Some.Code", document.as_bytes()));
    let told = refused_fault(&read);
    assert_eq!((told.code.as_str(), told.text.as_deref()), ("client.some.code", Some("text")));
    let utf16: Vec<u8> = document.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let SoapDocument::Fault(read) = read_as(&utf16, "text/xml", &Limits::default()).unwrap() else {
        panic!("fault")
    };
    assert_eq!((read.code.as_str(), read.xml.as_ref()), ("Some.Code", &utf16[..]));
    for body in [format!("{fault}<x/>"), format!("<x/>{fault}")] {
        let document = envelope(&format!("<s:Body>{body}</s:Body>"));
        let result = read_as(document.as_bytes(), "text/xml", &Limits::default());
        assert!(matches!(result, Err(SoapError::Body | SoapError::Fault(_))), "{result:?}");
    }
    let doubled = envelope(&format!("<s:Header>{ID}{ID}</s:Header><s:Body>{fault}</s:Body>"));
    let result = read_as(doubled.as_bytes(), "text/xml", &Limits::default());
    assert_eq!(result, Err(SoapError::DuplicateField("id")));
}

#[test]
fn encodings_say_the_same() {
    let xml = good("<x:userId>äö</x:userId>");
    let utf16 = |big: bool| -> Vec<u8> {
        xml.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let latin: Vec<u8> = xml.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let declared = [b"<?xml version='1.0' encoding='iso-8859-1'?>".as_slice(), &latin].concat();
    let marked = [b"\xef\xbb\xbf".as_slice(), xml.as_bytes()].concat();
    for (bytes, content_type) in [
        (xml.as_bytes(), "text/xml"),
        (&marked, "text/xml; charset=utf-8"),
        (&latin, "text/xml; charset=ISO-8859-1"),
        (&declared, "text/xml"),
        (&utf16(true), "text/xml; charset=utf-16"),
        (&[b"\xff\xfe".as_slice(), &utf16(false)].concat(), "text/xml"),
    ] {
        let SoapDocument::Message(message) = read_as(bytes, content_type, &Limits::default()).unwrap() else {
            panic!("message")
        };
        assert_eq!(message.header().user_id.as_deref(), Some("äö"));
        assert_eq!(message.part().bytes, bytes, "the bytes stay");
        assert_eq!(message.hash(), crate::sha512(bytes));
        let answered = message.with_request_hash(&[1; 64], &Limits::default()).unwrap();
        assert_eq!(answered.header().user_id.as_deref(), Some("äö"));
        assert!(std::str::from_utf8(&answered.part().bytes).is_ok());
        if bytes == marked {
            assert!(answered.part().bytes.starts_with(b"\xef\xbb\xbf"));
        }
    }
    assert_eq!(
        read_as(&latin, "text/xml", &Limits::default()),
        Err(SoapError::Encoding(EncodingError::Malformed))
    );
}

#[test]
fn every_limit_has_its_error() {
    let limits = Limits { soap_message: 2000, soap_header_field: 40, ..Limits::default() };
    let with = |xml: &str| read_as(xml.as_bytes(), "text/xml", &limits).map(drop);
    assert_eq!(with(&good("")), Ok(()));
    assert_eq!(with(&good(&" ".repeat(2000))), Err(SoapError::TooLarge(2000)));
    let long = format!("<x:userId>{}</x:userId>", "u".repeat(41));
    assert_eq!(with(&good(&long)), Err(SoapError::FieldTooLong("userId")));
    let parts = good("").replace(">1<", &format!(">{}<", "1".repeat(40)));
    assert_eq!(with(&parts), Err(SoapError::FieldTooLong("client")));
    assert_eq!(
        read_as(good("").as_bytes(), "text/plain", &limits),
        Err(SoapError::ContentType("text/plain".into()))
    );
    assert_eq!(with(&good(&"<a>".repeat(130))), Err(SoapError::Xml(XmlError::TooDeep)));
}

#[test]
fn hostile_messages_cost_little() {
    let deep = "<a xmlns:a='urn:a'>".repeat(50_000);
    let wide: String = (0..50_000).map(|n| format!(" a{n}=''")).collect();
    let fields = "<x:unknown>a</x:unknown>".repeat(20_000);
    let comments = "<x:userId>".to_owned() + &"a<!---->".repeat(900) + "</x:userId>";
    for (xml, good_one) in [
        (good(&deep), false),
        (good(&format!("<a{wide}/>")), false),
        (good(&fields), true),
        (good(&comments), true),
        (good("").replace("<get/>", &format!("<get>{}</get>", "<b/>".repeat(100_000))), true),
        (good("").replace("<get/>", &"<get>".repeat(100_000)), false),
        (format!("<!DOCTYPE a [{}]>", "<!ENTITY a 'b'>".repeat(50_000)), false),
    ] {
        let begun = Instant::now();
        let result = read(&xml);
        assert_eq!(result.is_ok(), good_one);
        let taken = begun.elapsed();
        assert!(taken < Duration::from_secs(20), "{taken:?} for {} bytes", xml.len());
    }
}

proptest! {
    #[test]
    fn texts_come_through(user in "[^\\p{Cc}\u{fffe}\u{ffff}]{0,30}", id in "[^\\p{Cc}\u{fffe}\u{ffff}]{0,30}") {
        let mut escaped = [String::new(), String::new()];
        crate::soap_fault::escape_into(&mut escaped[0], &user);
        crate::soap_fault::escape_into(&mut escaped[1], &id);
        let xml = good(&format!("<x:userId>{}</x:userId>", escaped[0])).replace(">q<", &format!(">{}<", escaped[1]));
        let message = read(&xml).unwrap();
        prop_assert_eq!(message.header().user_id.as_deref(), Some(user.as_str()));
        prop_assert_eq!(&message.header().id, &id);
        let answered = message.with_request_hash(&[9; 64], &Limits::default()).unwrap();
        prop_assert_eq!(&answered.header().id, &id);
    }

    #[test]
    fn no_input_panics(
        inside in prop::collection::vec("(<s:Header>|</s:Header>|<s:Body>|</s:Body>|<x:id>|</x:id>|<x:id/>|<get/>|<x:requestHash>|</x:requestHash>|<s:Fault>|</s:Fault>|<faultcode>|</faultcode>| |a|&lt;)", 0..14),
        bytes in prop::collection::vec(any::<u8>(), 0..60),
        charset in "(utf-8|utf-16|iso-8859-1|x)",
    ) {
        let xml = envelope(&inside.concat());
        let _ = read_as(xml.as_bytes(), "text/xml", &Limits::default());
        let _ = read_as(&bytes, &format!("text/xml; charset={charset}"), &Limits::default());
        let _ = decode_all(Some("text/xml"), &bytes, &Limits::default());
    }
}
