//! The request hash, the check of responses, metadata services.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identifiers::{ClientId, ServiceId};

use super::*;
use crate::fault::Word;

const HASH: [u8; 64] = [5; 64];

fn inserted(xml: &str) -> String {
    let message = read(xml).unwrap().with_request_hash(&HASH, &Limits::default()).unwrap();
    assert_eq!(
        message.header().request_hash.as_ref().map(|hash| hash.value.clone()),
        Some(STANDARD.encode(HASH))
    );
    String::from_utf8(message.part().bytes.to_vec()).unwrap()
}

#[test]
fn the_hash_stands_behind_the_id() {
    let hash = STANDARD.encode(HASH);
    let element = |open: &str, close: &str| {
        format!("<{open} algorithmId=\"http://www.w3.org/2001/04/xmlenc#sha512\">{hash}</{close}>")
    };
    let plain = element("x:requestHash", "x:requestHash");
    let header = |fields: &str| with_header(&[fields, CLIENT, SERVICE, VERSION]);
    for (fields, expected) in [
        (ID.to_owned(), format!("{ID}{plain}")),
        ("<x:id>q</x:id >".to_owned(), format!("<x:id>q</x:id >{plain}")),
        ("<x:id/>".to_owned(), format!("<x:id/>{plain}")),
        // The white space of the header is imitated.
        (format!("\n\t{ID}"), format!("\n\t{ID}\n\t{plain}")),
        (format!("{ID}\n  <x:issue/>\n"), format!("{ID}\n  {plain}\n  <x:issue/>\n")),
        (format!("&#10;{ID}<x:issue> </x:issue>"), format!("&#10;{ID} {plain}<x:issue> </x:issue>")),
        // The attributes of the id come along, since they may declare its namespace.
        (
            "<id xmlns='http://x-road.eu/xsd/xroad.xsd' a=\"1\">q</id>".to_owned(),
            format!(
                "<id xmlns='http://x-road.eu/xsd/xroad.xsd' a=\"1\">q</id>{}",
                element("requestHash xmlns='http://x-road.eu/xsd/xroad.xsd' a=\"1\"", "requestHash")
            ),
        ),
        ("<x:id algorithmId='mine'>q</x:id>".to_owned(), format!("<x:id algorithmId='mine'>q</x:id>{plain}")),
        // An existing hash goes, before or behind the id; the white space around it stays.
        (format!("{ID} <x:requestHash>old</x:requestHash>\n"), format!("{ID} {plain} \n")),
        (format!("{ID}<x:requestHash/>"), format!("{ID}{plain}")),
        (format!("<x:requestHash>old</x:requestHash>{ID}"), format!("{ID}{plain}")),
    ] {
        assert_eq!(inserted(&header(&fields)), header(&expected), "{fields}");
    }
    // Somebody else's element of that name is not ours.
    let foreign = header(&format!("<o:requestHash xmlns:o='urn:o'>x</o:requestHash>{ID}"));
    assert!(inserted(&foreign).contains("<o:requestHash xmlns:o='urn:o'>x</o:requestHash>"));
}

#[test]
fn responses_are_checked() {
    let more = "<x:userId>u</x:userId><x:issue>i</x:issue><r:representedParty><r:partyCode>p</r:partyCode></r:representedParty>";
    let request = read(&good(more)).unwrap();
    let hash = request.hash();
    let response = good(more).replace("<get/>", "<getResponse/>");
    let check = |xml: &str| {
        let answered = read(xml).unwrap().with_request_hash(&hash, &Limits::default()).unwrap();
        answered.check_answers(request.header(), &hash)
    };
    assert_eq!(check(&response), Ok(()));
    // These two may differ.
    let server = "<x:securityServer i:objectType='SERVER'><i:xRoadInstance>EE</i:xRoadInstance><i:memberClass>GOV\
                  </i:memberClass><i:memberCode>2</i:memberCode><i:serverCode>ss</i:serverCode></x:securityServer>";
    assert_eq!(
        check(&response.replace(VERSION, &format!("<x:protocolVersion>4.1</x:protocolVersion>{server}"))),
        Ok(())
    );
    for (from, to, field) in [
        (">1<", ">3<", Inconsistency::Client),
        ("<i:subsystemCode>s</i:subsystemCode>", "", Inconsistency::Client),
        (">2<", ">3<", Inconsistency::Service),
        ("<i:serviceCode>get</i:serviceCode>", "<i:serviceCode>ge</i:serviceCode>", Inconsistency::Service),
        (">u<", ">v<", Inconsistency::UserId),
        ("<x:userId>u</x:userId>", "", Inconsistency::UserId),
        (">p<", ">q<", Inconsistency::RepresentedParty),
        (">i<", "><", Inconsistency::Issue),
        (">q<", "> q<", Inconsistency::Id),
    ] {
        assert_eq!(check(&response.replace(from, to)), Err(SoapMismatch::Header(field)), "{from}");
    }
    let bare = read(&response).unwrap().check_answers(request.header(), &hash);
    assert_eq!(bare, Err(SoapMismatch::HashMissing));
    let lines = STANDARD.encode(hash).replace('A', "A\r\n ");
    for (value, expected) in [
        (lines.as_str(), Ok(())),
        ("", Err(SoapMismatch::Hash)),
        ("?", Err(SoapMismatch::Hash)),
        (&STANDARD.encode(HASH), Err(SoapMismatch::Hash)),
        (&STANDARD.encode(&hash[..32]), Err(SoapMismatch::Hash)),
    ] {
        let with = response.replace(ID, &format!("{ID}<x:requestHash>{value}</x:requestHash>"));
        assert_eq!(read(&with).unwrap().check_answers(request.header(), &hash), expected, "{value}");
    }
    assert_eq!(SoapMismatch::Hash.words(), [Word::InconsistentResponse]);
    let words = SoapMismatch::Header(Inconsistency::Id).words();
    assert_eq!(words, [Word::ServiceFailed, Word::InconsistentResponse]);
}

#[test]
fn lists_declare_what_the_request_does_not() {
    let request =
        read(&good("").replace("<s:Envelope", "<s:Envelope z='1' a='2'").replace("get", "listMethods"))
            .unwrap();
    let services =
        [ServiceId::from_path("EE/GOV/2//a%3C/v1").unwrap(), ServiceId::from_path("EE/GOV/2/s/b").unwrap()];
    let answer = method_list(&request, &services, &Limits::default()).unwrap();
    let text = String::from_utf8(answer.part().bytes.to_vec()).unwrap();
    assert!(
        text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<s:Envelope a='2' xmlns:i="),
        "{text}"
    );
    assert!(text.contains(
        "<s:Body><xroad:listMethodsResponse xmlns:xroad=\"http://x-road.eu/xsd/xroad.xsd\" \
         xmlns:id=\"http://x-road.eu/xsd/identifiers\"><xroad:service id:objectType=\"SERVICE\">"
    ));
    assert!(text.contains("<id:serviceCode>a&lt;</id:serviceCode><id:serviceVersion>v1</id:serviceVersion>"));
    assert!(text.ends_with("</xroad:listMethodsResponse></s:Body></s:Envelope>\n"));
    assert_eq!(answer.header(), request.header());
    let none = method_list(&request, &[], &Limits::default()).unwrap();
    assert_eq!(none.body_name(), "listMethodsResponse");
}

/// What we write is what a provider reads, with characters that XML would take for its own.
#[test]
fn asking_for_a_description() {
    for (client, service) in [
        ("I/C/M", "I/C/P/sub/svc"),
        ("I/C/M/s", "I/C/P/%3Csub%26%3E/svc/v1"),
        ("I/C/M/s", "I/C/P//svc"),
        ("I/C/M/s", "I/C/P/sub/a%22b%27c/%3C!--"),
    ] {
        let (client, service) =
            (ClientId::from_path(client).unwrap(), ServiceId::from_path(service).unwrap());
        let request = read(&WsdlRequest::write(&client, &service, "id&1")).unwrap();
        let header = request.header();
        assert_eq!((&header.client, header.id.as_str()), (&client, "id&1"));
        assert_eq!(header.service.client(), service.client());
        assert_eq!(MetadataService::of(&header.service), Some(MetadataService::GetWsdl));
        let asked = WsdlRequest::read(&request, &Limits::default()).unwrap();
        let asked = (asked.service_code.as_str(), asked.service_version.as_deref());
        assert_eq!(asked, (service.code(), service.version()));
    }
}

#[test]
fn get_wsdl() {
    let ask = |inside: &str| {
        let body = format!("<s:Body>\n<x:getWsdl a='1'>{inside}</x:getWsdl ></s:Body>");
        read(&good("").replace(">get<", ">getWsdl<").replace(BODY, &body)).unwrap()
    };
    let request = ask("<x:serviceCode>f&lt;</x:serviceCode><x:serviceVersion>v1</x:serviceVersion>");
    let wanted = WsdlRequest::read(&request, &Limits::default()).unwrap();
    assert_eq!((wanted.service_code.as_str(), wanted.service_version.as_deref()), ("f<", Some("v1")));
    for inside in [
        "",
        "<x:serviceCode> </x:serviceCode>",
        "<serviceCode>f</serviceCode>",
        "<a><x:serviceCode>f</x:serviceCode></a>",
    ] {
        let missing = WsdlRequest::read(&ask(inside), &Limits::default());
        assert_eq!(missing, Err(SoapError::MissingParameter("serviceCode")), "{inside}");
    }
    let answer =
        WsdlAnswer::new(&request, Bytes::from_static(b"<wsdl/>"), "xroadB", "uuid", &Limits::default())
            .unwrap();
    let text = String::from_utf8(answer.message.part().bytes.to_vec()).unwrap();
    assert!(
        text.contains("<s:Body>\n<x:getWsdlResponse a='1'><x:serviceCode>f&lt;</x:serviceCode>"),
        "{text}"
    );
    assert!(text.contains("</x:getWsdlResponse ></s:Body>"));
    let mut encoder = SoapEncoder::new(&answer.content_type, true).unwrap();
    let mut whole = encoder.soap(answer.message.part()).to_vec();
    whole.extend_from_slice(&encoder.attachment_start(&answer.headers));
    whole.extend_from_slice(&answer.wsdl);
    whole.extend_from_slice(&encoder.finish());
    let whole = String::from_utf8(whole).unwrap();
    assert!(whole.starts_with("--xroadB\r\ncontent-type:text/xml; charset=UTF-8\r\n\r\n<?xml"), "{whole}");
    assert!(whole.ends_with(
        "\n\r\n--xroadB\r\ncontent-type:text/xml\r\nContent-Transfer-Encoding: binary\r\n\
         Content-ID: <wsdl=uuid@x-road.eu>\r\n\r\n<wsdl/>\r\n--xroadB--\r\n"
    ));
    let empty = read(&good("").replace(">get<", ">getWsdl<").replace("<get/>", "<x:getWsdl/>")).unwrap();
    let answer = WsdlAnswer::new(&empty, Bytes::new(), "b", "c", &Limits::default()).unwrap();
    assert_eq!(answer.message.body_name(), "getWsdlResponse");
}
