//! A judge that finds nothing is worth nothing: every change to a good outcome must be found.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::sha::sha512;

use super::{Outcome, judge};
use crate::cases::case::Case;
use crate::cases::words::{rest, soap};
use crate::mocks::service::{Call, Reply};
use crate::mocks::system::{Answer, Outgoing, Request};
use crate::wire::{Body, Headers};

const FAULT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><S:Envelope xmlns:S=\"s\"><S:Body><S:Fault>\
    <faultcode>client.invalid_soap</faultcode><faultstring>why</faultstring><faultactor></faultactor><detail>\
    <faultDetail xmlns=\"\">6e6538b9-ac48-4863-9f65-1be8f251ca94</faultDetail></detail></S:Fault></S:Body></S:Envelope>";

fn headers(fields: &[(&str, &str)]) -> Headers {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn body(text: &str) -> Body {
    Body { bytes: text.as_bytes().to_vec(), length: text.len() as u64 }
}

fn outcome(sent: &str, request: Headers, answer: Answer) -> Outcome {
    let body = Outgoing::Whole(sent.as_bytes().to_vec());
    Outcome {
        request: Request { method: "POST".into(), target: "/".into(), headers: request, body },
        sent: sent.as_bytes().to_vec(),
        query_id: "q".into(),
        answer: Ok(answer),
        again: None,
        reply: None,
        calls: Vec::new(),
        peer_requests: 0,
    }
}

fn fault(document: &str) -> Outcome {
    let fields = headers(&[("Content-Type", "text/xml;charset=utf-8"), ("SOAPAction", "")]);
    outcome("", Headers::new(), Answer { status: 200, headers: fields, body: body(document) })
}

#[test]
fn faults_have_one_form() {
    let case = soap("x").refused("client.invalid_soap");
    judge(&case, &fault(FAULT)).unwrap();
    for (from, to) in [
        ("client.invalid_soap", "client.invalid_soap_action"),
        ("<faultstring>why", "<faultstring>"),
        ("<faultactor>", "<faultactor>me"),
        ("6e6538b9-", "6e6538b9"),
        ("<detail>", "<more/><detail>"),
        ("</S:Envelope>", ""),
    ] {
        assert!(judge(&case, &fault(&FAULT.replace(from, to))).is_err(), "{from} to {to}");
    }
    let mut other = fault(FAULT);
    other.answer.as_mut().unwrap().headers.pop();
    assert!(judge(&case, &other).is_err(), "without SOAPAction");
    let mut called = fault(FAULT);
    called.calls.push(Call { method: "POST".into(), target: "/".into(), headers: vec![], body: body("") });
    assert!(judge(&case, &called).is_err(), "the service was called");
}

/// A request `<q/>`, its answer `<a>...</a>` with the hash.
fn exchange() -> (Case, Outcome) {
    let content_type = [("Content-Type", "text/xml; charset=UTF-8")];
    let hash = STANDARD.encode(sha512(b"<q/>"));
    let algorithm = "http://www.w3.org/2001/04/xmlenc#sha512";
    let answered =
        format!("<a><id>1</id> <requestHash algorithmId=\"{algorithm}\">{hash}</requestHash><!--c--></a>");
    let answer = Answer { status: 200, headers: headers(&content_type), body: body(&answered) };
    let mut outcome = outcome("<q/>", headers(&content_type), answer);
    let given = b"<a><id>1</id><!--c--></a>".to_vec();
    outcome.reply = Some(Reply { status: 200, headers: headers(&content_type), body: given });
    let call = Call {
        method: "POST".into(),
        target: "/".into(),
        headers: headers(&content_type),
        body: body("<q/>"),
    };
    outcome.calls.push(call);
    (soap("x"), outcome)
}

#[test]
fn exchanges_must_be_whole() {
    let (case, good) = exchange();
    judge(&case, &good).unwrap();
    let answer = |from: &str, to: &str| {
        let (_, mut outcome) = exchange();
        let answer = outcome.answer.as_mut().unwrap();
        let text = String::from_utf8(answer.body.bytes.clone()).unwrap();
        answer.body = body(&text.replace(from, to));
        outcome
    };
    for (from, to) in [
        ("<id>1", "<id>2"),
        ("<!--c-->", ""),
        ("sha512", "sha256"),
        ("</requestHash>", "x</requestHash>"),
        ("requestHash", "otherHash"),
        ("<a>", "<a b=''>"),
    ] {
        assert!(judge(&case, &answer(from, to)).is_err(), "{from} to {to}");
    }
    let called = |change: fn(&mut Call)| {
        let (_, mut outcome) = exchange();
        change(&mut outcome.calls[0]);
        outcome
    };
    for outcome in [
        called(|call| call.body = body("<q />")),
        called(|call| call.headers = headers(&[("Content-Type", "text/plain")])),
        called(|call| call.headers.push(("SOAPAction".into(), "\"x\"".into()))),
        called(|call| call.method = "PUT".into()),
    ] {
        assert!(judge(&case, &outcome).is_err());
    }
}

#[test]
fn rest_answers_must_be_signed_and_refusals_told() {
    let case = rest("x", "GET", "/hello");
    let unsigned = Answer { status: 200, headers: Headers::new(), body: body("") };
    assert!(judge(&case, &outcome("", Headers::new(), unsigned)).is_err());
    let case = rest("x", "GET", "/hello").rest_refused("server.serverproxy.access_denied");
    let told = |status, code: &str, text: &str| {
        let fields = headers(&[("X-Road-Error", code), ("Content-Type", "application/json")]);
        outcome("", Headers::new(), Answer { status, headers: fields, body: body(text) })
    };
    let code = "server.serverproxy.access_denied";
    let json = "{\"type\":\"server.serverproxy.access_denied\",\"message\":\"m\",\"detail\":\"6e6538b9-ac48-4863-9f65-1be8f251ca94\"}";
    judge(&case, &told(500, code, json)).unwrap();
    for bad in [
        told(403, code, json),
        told(500, "server.serverproxy.unknown_service", json),
        told(500, code, "{}"),
        told(500, code, &json.replace("\"m\"", "\"\"")),
        told(500, code, &json.replace("6e6538b9-", "")),
    ] {
        assert!(judge(&case, &bad).is_err());
    }
}
