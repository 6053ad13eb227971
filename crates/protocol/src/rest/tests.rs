use identifiers::{ClientId, MemberId, ServiceId};
use proptest::prelude::*;

use super::*;
use crate::{Limits, sha512};

const MESSAGE: &str = "POST\r\n/r1/EE/BUSINESS/producer/sub/svc/path?x=1\r\nX-Road-Client:EE/BUSINESS/consumer/subsystem\r\n\
    Content-Type:text/plain\r\nX-Road-Id:q-1\r\nx-road-request-id:00000000-0000-0000-0000-000000000001\r\n";

fn request(message: &str) -> Result<RestRequest, RestError> {
    RestRequest::decode(message.as_bytes(), &Limits::default())
}

fn response(message: &str) -> Result<RestResponse, RestError> {
    RestResponse::decode(message.as_bytes(), &Limits::default())
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn request_hash_check_vector() {
    assert_eq!(MESSAGE.len(), 191);
    let decoded = request(MESSAGE).unwrap();
    assert_eq!(decoded.encode(), MESSAGE.as_bytes());
    assert_eq!(
        decoded.hash(None),
        "K16dOSxD/d7ueGkoiQUXRV6OAlNIQqe3yiWyGGBRpuoMS4rUapxVb5gcKyXiBZo7m2LcWfYLHVtwJURtfnN6lA=="
    );
    assert_eq!(
        request_hash(MESSAGE.as_bytes(), Some(&sha512(b"hello"))),
        "mUKAqLvJLUioVMnI3JBGNtee9xZ8HHHDL9yBlDSIrbQBHUDD8C9HpV/jLQeFtfzw9x2qVZ8d69yN+9ucL5BRjg=="
    );
    assert_ne!(decoded.hash(None), decoded.hash(Some(&sha512(b""))), "an empty body is a body");
}

#[test]
fn request_fields() {
    let decoded = request(MESSAGE).unwrap();
    assert_eq!(decoded.verb, Verb::Post);
    assert_eq!(decoded.client().unwrap().to_path(), "EE/BUSINESS/consumer/subsystem");
    assert_eq!(decoded.query_id(), Some("q-1"));
    assert_eq!(decoded.request_id(), Some("00000000-0000-0000-0000-000000000001"));
    assert_eq!(decoded.header("content-type"), Some("text/plain"));
    let target = decoded.target().unwrap();
    assert_eq!(target.service.to_string(), "SERVICE:EE/BUSINESS/producer/sub/svc");
    assert_eq!((target.service_path.as_str(), target.query.as_deref()), ("/path", Some("x=1")));
    assert_eq!(decoded.security_server(), Ok(None));
    assert_eq!(decoded.represented_party(), Ok(None));
}

#[test]
fn the_last_of_repeated_headers_wins() {
    let decoded = request(
        "GET\r\n/r1/a/b/c/d/e\r\nX-Road-Client:a/b/c\r\nx-road-client:a/b/d\r\nX-Road-Id:1\r\nX-ROAD-ID:2\r\n\
         X-Road-Security-Server:a/b/c/s\r\nX-Road-Represented-Party:COM/1%2F2\r\nX-Road-UserId:u\r\nX-Road-Issue:i\r\n\
         x-road-request-id:1\r\nX-Road-Request-Id:2\r\n",
    )
    .unwrap();
    assert_eq!(decoded.client().unwrap().to_path(), "a/b/d");
    assert_eq!(decoded.query_id(), Some("2"));
    assert_eq!(decoded.request_id(), Some("1"), "only the lower-case name counts");
    assert_eq!(decoded.security_server().unwrap().unwrap().to_string(), "SERVER:a/b/c/s");
    let party = RepresentedParty { class: Some("COM".into()), code: "1/2".into() };
    assert_eq!(decoded.represented_party(), Ok(Some(party)));
    assert_eq!((decoded.user_id(), decoded.issue()), (Some("u"), Some("i")));
}

#[test]
fn values_are_not_trimmed() {
    let refused = request("GET\r\n/r1/a/b/c/d/e\r\nX-Road-Client: a/b/c\r\n").unwrap_err();
    assert!(matches!(refused, RestError::Identifier { place: "X-Road-Client", .. }), "{refused}");
}

#[test]
fn line_breaks_may_be_any() {
    for message in
        ["GET\n/r1/a/b/c/d/e\nA:1\nB:2", "GET\r/r1/a/b/c/d/e\rA:1\rB:2\r", "GET\r\n/r1/a/b/c/d/e\nA:1\rB:2"]
    {
        assert_eq!(
            request(message).unwrap().encode(),
            b"GET\r\n/r1/a/b/c/d/e\r\nA:1\r\nB:2\r\n",
            "{message:?}"
        );
    }
}

#[test]
fn requests_refused_with_reason() {
    use RestError as E;
    let forbidden = |name: &str| E::ForbiddenHeader(name.to_owned());
    for (message, reason) in [
        ("", E::Incomplete),
        ("GET", E::Incomplete),
        ("get\r\n/r1/a/b/c/d/e\r\n", E::UnknownVerb),
        ("CONNECT\r\n/r1/a/b/c/d/e\r\n", E::UnknownVerb),
        ("GET\r\n/r1/a/b/c/d\r\n", E::ServiceMissing),
        ("GET\r\n/r2/a/b/c/d/e\r\n", E::ProtocolVersion),
        ("GET\r\n/\r\n", E::ProtocolVersion),
        ("GET\r\n//host/r1/a/b/c/d/e\r\n", E::InvalidUri),
        ("GET\r\nhttp://host/r1/a/b/c/d/e\r\n", E::InvalidUri),
        ("GET\r\nr1/a/b/c/d/e\r\n", E::InvalidUri),
        ("GET\r\n\r\n", E::InvalidUri),
        ("GET\r\n/r1/a/b/c/d/e#f\r\n", E::InvalidUri),
        ("GET\r\n/r1/a/b/c/d/e?a|b\r\n", E::InvalidUri),
        ("GET\r\n/r1/a/b/c/d/e?a\"b\r\n", E::InvalidUri),
        ("GET\r\n/r1/a/b/c/d/e?{b}\r\n", E::InvalidUri),
        ("GET\r\n/r1/a/b/c/d/e?a b\r\n", E::InvalidUri),
        ("GET\r\n/r1/a/b/c/d/e/[1]\r\n", E::InvalidUri),
        ("GET\r\n/r1/a/b/c/d/e?%4\r\n", E::InvalidUri),
        ("GET\r\n/r1/a/b/c/d/ä\r\n", E::InvalidUri),
        ("GET\r\n/r1/a/b/c/d/e\r\nno colon\r\n", E::MalformedHeader),
        ("GET\r\n/r1/a/b/c/d/e\r\n\r\n", E::MalformedHeader),
        ("GET\r\n/r1/a/b/c/d/e\r\n:v\r\n", E::MalformedHeader),
        ("GET\r\n/r1/a/b/c/d/e\r\nna me:v\r\n", E::MalformedHeader),
        ("GET\r\n/r1/a/b/c/d/e\r\nname:\0\r\n", E::MalformedHeader),
        ("GET\r\n/r1/a/b/c/d/e\r\nHost:x\r\n", forbidden("Host")),
        ("GET\r\n/r1/a/b/c/d/e\r\nuser-agent:x\r\n", forbidden("user-agent")),
        ("GET\r\n/r1/a/b/c/d/e\r\nContent-Length:0\r\n", forbidden("Content-Length")),
    ] {
        assert_eq!(request(message), Err(reason), "{message:?}");
    }
    assert_eq!(RestRequest::decode(b"GET\r\n\xff", &Limits::default()), Err(E::NotUtf8));
    for message in ["GET\r\n/r1//b/c/d/e\r\n", "GET\r\n/r1/a/b/c//e\r\n", "GET\r\n/r1/a/b/c/d/%ff\r\n"] {
        let refused = request(message).unwrap_err();
        assert!(matches!(refused, E::Identifier { place: "request target", .. }), "{message:?}: {refused}");
    }
    for header in ["X-Road-Client:a/b", "X-Road-Security-Server:a/b/c", "X-Road-Represented-Party:a/b/c"] {
        let refused = request(&format!("GET\r\n/r1/a/b/c/d/e\r\n{header}\r\n")).unwrap_err();
        assert!(matches!(refused, E::Identifier { .. }), "{header}: {refused}");
    }
    let nameless = request("GET\r\n/r1/a/b/c/d/e\r\n").unwrap();
    assert_eq!(nameless.client(), Err(E::ClientMissing));
    assert_eq!(E::ClientMissing.word().to_string(), "invalid_client_identifier");
    assert_eq!(E::InvalidUri.word().to_string(), "internal_error");
}

#[test]
fn query_may_have_brackets_and_escapes() {
    assert!(request("GET\r\n/r1/a/b/c/d/e/p%2Fq+%C3%A4?x[1]=a+b&y=%7C?/\r\n").is_ok());
}

#[test]
fn every_limit_has_its_error() {
    let limits = Limits { rest_message: 60, target: 20, headers: 2, ..Limits::default() };
    let decode = |message: &str| RestRequest::decode(message.as_bytes(), &limits);
    assert!(decode("GET\r\n/r1/a/b/c/d/e\r\na:1\r\nb:2\r\n").is_ok());
    assert_eq!(decode("GET\r\n/r1/a/b/c/d/e\r\na:1\r\nb:2\r\nc:3\r\n"), Err(RestError::TooManyHeaders));
    assert_eq!(decode("GET\r\n/r1/a/b/c/d/e/123456789\r\n"), Err(RestError::TargetTooLong));
    assert_eq!(decode(&format!("GET\r\n/r1/a/b/c/d/e\r\na:{}", "1".repeat(60))), Err(RestError::TooLarge));
    let decode = |message: &str| RestResponse::decode(message.as_bytes(), &limits);
    assert_eq!(decode(&format!("200\r\n\r\na:{}", "1".repeat(60))), Err(RestError::TooLarge));
    assert_eq!(decode("200\r\n\r\na:1\r\nb:2\r\nc:3\r\n"), Err(RestError::TooManyHeaders));
}

#[test]
fn targets() {
    for (target, path, query) in [
        ("/r1/a/b/c/d/e", "", None),
        ("/r1/a/b/c/d/e/", "/", None),
        ("/r1/a/b/c/d/e?", "", Some("")),
        ("/r1/a/b/c/d/e/x/../y%3B//z?a=/b?c", "/x/../y%3B//z", Some("a=/b?c")),
    ] {
        let parsed = parse_target(target).unwrap();
        assert_eq!((parsed.service_path.as_str(), parsed.query.as_deref()), (path, query), "{target}");
        assert_eq!(parsed.service.to_path(), "a/b/c/d/e");
    }
    let parsed = parse_target("/r1/a/b/c%2Fx/d+%E5%B8%82/e").unwrap();
    assert_eq!(parsed.service.client().member().code(), "c/x");
    assert_eq!(parsed.service.client().subsystem(), Some("d+市"));
    assert_eq!(parsed.service.to_path(), "a/b/c%2Fx/d+%E5%B8%82/e");
}

#[test]
fn request_from_an_information_system() {
    let sent = headers(&[
        ("Host", "ss"),
        ("Accept", "*/*"),
        ("x-RoAd-ClIeNt", "a/b/c/d"),
        ("CONNECTION", "close"),
        ("X-Road-Request-Id", "mine"),
        ("x-road-request-hash", "mine"),
        ("Cookie", "a=b"),
        ("Cookie", "c=d"),
    ]);
    let mut made = RestRequest::from_client("PUT", "/r1/a/b/c/d/e", sent, "u-1").unwrap();
    made.add_query_id_if_absent("a-u-2");
    made.add_query_id_if_absent("a-u-3");
    assert_eq!(
        String::from_utf8(made.encode()).unwrap(),
        "PUT\r\n/r1/a/b/c/d/e\r\nAccept:*/*\r\nx-RoAd-ClIeNt:a/b/c/d\r\nCookie:a=b\r\nCookie:c=d\r\n\
         x-road-request-id:u-1\r\nx-road-id:a-u-2\r\n"
    );
    let refused = |verb, target, sent| RestRequest::from_client(verb, target, sent, "u").unwrap_err();
    assert_eq!(refused("BREW", "/r1", vec![]), RestError::UnknownVerb);
    assert_eq!(refused("GET", "/r1\r\nx:y", vec![]), RestError::InvalidUri);
    assert_eq!(refused("GET", "/r1", headers(&[("a", "b\r\nc:d")])), RestError::MalformedHeader);
}

#[test]
fn header_filters() {
    let hop = "transfer-encoding keep-alive proxy-authenticate proxy-authorization te trailer upgrade connection \
               user-agent host content-length server expect";
    let names = hop.split(' ').map(str::trim).filter(|name| !name.is_empty());
    assert_eq!(names.clone().filter(|name| is_forwarded_in_request(name)).count(), 0);
    assert_eq!(names.clone().filter(|name| is_forwarded_in_response(&name.to_uppercase())).count(), 0);
    assert_eq!(names.count(), 13);
    for (name, in_request, in_response) in [
        ("X-Road-Request-Id", false, false),
        ("X-Road-Request-Hash", false, false),
        ("X-Road-Id", true, false),
        ("X-Road-Client", true, false),
        ("X-Road-Service", true, true),
        ("X-Road-Error", true, true),
        ("Date", true, true),
        ("Authorization", true, true),
        ("X-Road-Consent-Decision", true, true),
    ] {
        assert_eq!(is_forwarded_in_request(name), in_request, "{name}");
        assert_eq!(is_forwarded_in_response(name), in_response, "{name}");
    }
    let kept = filter_response_headers(headers(&[("b", "1"), ("SERVER", "2"), ("A", "3")]));
    assert_eq!(kept, headers(&[("b", "1"), ("A", "3")]));
    assert_eq!(header_value_text(b"gr\xfc\xdfe"), "gr\u{fc}\u{df}e");
}

fn context() -> ResponseContext {
    let member = MemberId::new("EE", "GOV", "1 2").unwrap();
    let client = ClientId::new(member, Some("sub")).unwrap();
    ResponseContext {
        service: ServiceId::new(client.clone(), "svc", None).unwrap(),
        client,
        query_id: "q".into(),
        request_id: "u".into(),
        request_hash: "aGFzaA==".into(),
    }
}

#[test]
fn response_of_a_service() {
    let sent =
        headers(&[("Date", "now"), ("Server", "x"), ("X-Road-Service", "mine"), ("X-Road-Id", "mine")]);
    let made = RestResponse::from_service(404, "Not Found", sent, &context()).unwrap();
    let expected = "404\r\nNot Found\r\nDate:now\r\nX-Road-Service:mine\r\nx-road-id:q\r\nx-road-client:EE/GOV/1%202/sub\r\n\
                    x-road-service:EE/GOV/1%202/sub/svc\r\nx-road-request-id:u\r\nx-road-request-hash:aGFzaA==\r\n";
    assert_eq!(String::from_utf8(made.encode()).unwrap(), expected);
    let decoded = response(expected);
    assert_eq!(decoded.as_ref().map_err(Clone::clone), Ok(&made));
    let decoded = decoded.unwrap();
    assert_eq!((decoded.status, decoded.reason.as_str()), (404, "Not Found"));
    assert_eq!(decoded.header("date"), Some("now"));
    assert_eq!(decoded.check_answers(&context()), Ok(()));
    let broken = RestResponse::from_service(200, "a\r\nb", vec![], &context());
    assert_eq!(broken, Err(RestError::MalformedHeader));
}

#[test]
fn responses_refused_with_reason() {
    use RestError as E;
    for (message, reason) in [
        ("", E::Incomplete),
        ("200", E::Incomplete),
        ("OK\r\n\r\n", E::MalformedStatus),
        ("+200\r\n\r\n", E::MalformedStatus),
        ("099\r\n\r\n", E::MalformedStatus),
        ("2000\r\n\r\n", E::MalformedStatus),
        ("200\r\nOK\r\nx-road-request-hash:aGFzaA==\r\n", E::QueryIdMissing),
        ("200\r\nOK\r\nx-road-id:\r\nx-road-request-hash:aGFzaA==\r\n", E::QueryIdMissing),
        ("200\r\nOK\r\nx-road-id:1\r\n", E::RequestHashMissing),
        ("200\r\nOK\r\nx-road-id:1\r\nx-road-request-hash:\r\n", E::RequestHashMissing),
        ("200\r\nOK\r\nx-road-id:1\r\nx-road-request-hash:%%\r\n", E::RequestHashMissing),
        ("200\r\nOK\r\nServer:x\r\n", E::ForbiddenHeader("Server".into())),
    ] {
        assert_eq!(response(message), Err(reason), "{message:?}");
    }
    let start = "200\r\n\r\nx-road-id:1\r\nx-road-request-hash:aGFzaA==\r\n";
    assert!(response(start).is_ok(), "client and service may be absent");
    for header in ["x-road-service:a/b/c/d", "x-road-service:a/b/c/d/e/f", "x-road-client:a"] {
        let refused = response(&format!("{start}{header}\r\n")).unwrap_err();
        assert!(matches!(refused, E::Identifier { .. }), "{header}: {refused}");
    }
}

#[test]
fn mismatches_in_their_order() {
    let made = RestResponse::from_service(200, "", vec![], &context()).unwrap();
    let mut asked = context();
    asked.request_hash = "b3RoZXI=".into();
    assert_eq!(made.check_answers(&asked), Err(Mismatch::RequestHash));
    asked.request_id = "v".into();
    assert_eq!(made.check_answers(&asked), Err(Mismatch::RequestId));
    asked.service = ServiceId::new(asked.client.clone(), "other", None).unwrap();
    assert_eq!(made.check_answers(&asked), Err(Mismatch::Service));
    asked.query_id = "r".into();
    assert_eq!(made.check_answers(&asked), Err(Mismatch::QueryId));
    asked.client = ClientId::from(asked.client.member().clone());
    assert_eq!(made.check_answers(&asked), Err(Mismatch::Client));
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        verb in prop::sample::select(Verb::ALL.to_vec()),
        codes in prop::collection::vec("[^\\p{Cc}]{1,12}", 5),
        path in "(/[a-z0-9%]{0,3}){0,3}",
        names in prop::collection::vec("X-[A-Za-z0-9-]{1,10}", 0..6),
        value in "[^\\p{Cc}]{0,20}",
    ) {
        let [a, b, c, d, e] = [&codes[0], &codes[1], &codes[2], &codes[3], &codes[4]];
        let client = ClientId::subsystem_of(a, b, c, d).unwrap();
        let service = ServiceId::new(client, e, None).unwrap();
        let target = format!("/r1/{}{}", service.to_path(), path.replace('%', "%41"));
        let sent = names.iter().map(|name| (name.clone(), value.clone())).collect();
        let mut made = RestRequest::from_client(verb.as_str(), &target, sent, "u").unwrap();
        made.add_query_id_if_absent(&value);
        let decoded = RestRequest::decode(&made.encode(), &Limits::default()).unwrap();
        prop_assert_eq!(&decoded, &made);
        prop_assert_eq!(decoded.target().unwrap().service, service);
    }

    #[test]
    fn no_input_panics(bytes in prop::collection::vec(any::<u8>(), 0..100), text in "(\\PC|[\r\n:/?%]){0,60}") {
        for input in [bytes.as_slice(), text.as_bytes()] {
            let request = [b"GET\r\n/r1/", input].concat();
            for message in [input, &request] {
                let _ = RestRequest::decode(message, &Limits::default());
                let _ = RestResponse::decode(message, &Limits::default());
            }
        }
        let _ = parse_target(&text);
    }
}
