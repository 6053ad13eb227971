use super::*;
use crate::cases::soap::{Form, packed, soap};
use crate::cases::words::case;

#[test]
fn identifiers_are_read_whoever_wrote_them() {
    let list = b"<l><x:service id:objectType='SERVICE'><i:a>I</i:a>\n <i:b>M</i:b></x:service><y/>\
                 <service><a>I</a><b>L</b></service></l>";
    let pieces = xml::read(list).unwrap();
    assert_eq!(identifiers(&pieces, "service"), ["I/L", "I/M"]);
    assert!(identifiers(&pieces, "member").is_empty());
}

#[test]
fn a_fault_of_a_server_has_one_form() {
    let captured = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SOAP-ENV:Envelope \
        xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Body><SOAP-ENV:Fault>\
        <faultcode>server.serverproxy.access_denied</faultcode><faultstring>Request is not allowed: \
        SERVICE:INST/GOV/2222/SUB2/getRandom/v1</faultstring><faultactor></faultactor><detail>\
        <faultDetail xmlns=\"\">6e6538b9-ac48-4863-9f65-1be8f251ca94</faultDetail></detail></SOAP-ENV:Fault>\
        </SOAP-ENV:Body></SOAP-ENV:Envelope>";
    let case = case("x", "POST", "/");
    let judged = |document: &str| {
        let headers = vec![("Content-Type".to_owned(), "text/xml;charset=utf-8".to_owned())];
        let response = Response { status: 200, headers, body: document.into() };
        Fault::read(&response.body).unwrap().judge(&case, &response)
    };
    judged(captured).unwrap();
    for (from, to) in [("<faultactor></faultactor>", ""), ("6e6538b9-", "6e6538b9"), (" xmlns=\"\"", "")] {
        assert!(judged(&captured.replace(from, to)).is_err(), "{from}");
    }
    assert!(Fault::read(b"<a><b/></a>").is_none());
}

/// A request of this form, and what a right answer to it is.
fn exchange(case: &Case) -> Exchange {
    let soap = case.soap.as_ref().unwrap();
    let request = soap.request("/", "INST/GOV/1111/SUB1", "q-1");
    let envelope = parts_of_request(&request).unwrap().swap_remove(0).content;
    let hash = STANDARD.encode(digest(&SHA512, &envelope));
    let element =
        format!("</xroad:id><xroad:requestHash algorithmId=\"{SHA512_URI}\">{hash}</xroad:requestHash>");
    // Attachments are bytes, so only the envelope in front of them is touched as text.
    let body = request.body.clone().unwrap();
    let end = body.windows(19).position(|window| window == b"</SOAP-ENV:Envelope").unwrap();
    let answered = String::from_utf8(body[..end].to_vec()).unwrap();
    let answered =
        answered.replace("</xroad:id>", &element).replace("xroad:getRandom>", "xroad:getRandomResponse>");
    let body = [answered.as_bytes(), &body[end..]].concat();
    let response = Response { status: 200, headers: request.headers.clone(), body };
    Exchange { number: 0, request, query_id: "q-1".to_owned(), response, before: None }
}

fn judged(exchange: &Exchange) -> Result<()> {
    echo(exchange).and_then(|()| answer(exchange))
}

fn replaced(exchange: &mut Exchange, from: &str, to: &str) {
    let body = &exchange.response.body;
    let at = body.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    exchange.response.body = [&body[..at], to.as_bytes(), &body[at + from.len()..]].concat();
}

#[test]
fn an_answer_belongs_to_its_request() {
    let case = soap("x", "getRandom");
    judged(&exchange(&case)).unwrap();
    for (from, to) in [
        ("<xroad:id>q-1", "<xroad:id>q-2"),
        ("EE1234567890", "EE1234567891"),
        ("getRandomResponse>", "getOtherResponse>"),
        ("xmlenc#sha512", "xmlenc#sha256"),
        ("</xroad:requestHash>", "</xroad:requestHash><xroad:requestHash></xroad:requestHash>"),
    ] {
        let mut wrong = exchange(&case);
        replaced(&mut wrong, from, to);
        assert!(judged(&wrong).is_err(), "{from}");
    }
    let mut another = exchange(&case);
    another.request = case.soap.unwrap().request("/", "INST/GOV/1111/SUB1", "q-2");
    assert!(answer(&another).is_err(), "the answer to another request");
}

#[test]
fn attachments_come_back_as_they_were() {
    for form in [Form::Attachments(100), Form::Mtom] {
        let case = packed("x", form);
        judged(&exchange(&case)).unwrap();
        for (from, to) in [
            ("c2Vjb25k", "c2Vjb25K"),
            ("X-Attachment: second", "X-Attachment: first"),
            ("<att1@test>", "<att3@test>"),
        ] {
            let mut wrong = exchange(&case);
            replaced(&mut wrong, from, to);
            assert!(judged(&wrong).is_err(), "{from}");
        }
    }
}
