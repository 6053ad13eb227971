use proptest::prelude::*;

use super::*;

const LIMITS: HeadLimits = HeadLimits { max_bytes: 1024, max_headers: 4 };

#[test]
fn a_request_head_keeps_case_order_and_octets() {
    let bytes =
        b"GET /r1/a%2Fb?x={|} HTTP/1.1\r\nHost: h\r\nX-rOAD-Client:  EE/a \t\r\nx-b:\xe4\r\nX-b:\r\n\r\n";
    let head = RequestHead::parse(bytes, LIMITS).unwrap();
    assert_eq!((head.method.as_str(), head.target.as_str()), ("GET", "/r1/a%2Fb?x={|}"));
    let fields: Vec<_> = head.headers.iter().collect();
    assert_eq!(fields, [("Host", "h"), ("X-rOAD-Client", "EE/a"), ("x-b", "\u{e4}"), ("X-b", "")]);
}

#[test]
fn a_request_head_that_could_be_read_in_two_ways_is_refused() {
    let table: &[(&[u8], HeadError)] = &[
        (b"GET / HTTP/1.1\nHost: h\n\n", HeadError::LineEnd),
        (b"GET / HTTP/1.1\r\nHost: h\nA: b\r\n\r\n", HeadError::LineEnd),
        (b"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", HeadError::StartLine),
        (b"GET /\r\nHost: h\r\n\r\n", HeadError::StartLine),
        (b"GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n", HeadError::StartLine),
        (b"G(T / HTTP/1.1\r\nHost: h\r\n\r\n", HeadError::StartLine),
        (b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", HeadError::Version),
        (b"GET / HTTP/1.1\r\n\r\n", HeadError::Host),
        (b"GET / HTTP/1.1\r\nHost: h\r\nhost: i\r\n\r\n", HeadError::Host),
        (b"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", HeadError::Folded),
        (b"GET / HTTP/1.1\r\nHost : h\r\n\r\n", HeadError::Name),
        (b"GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", HeadError::Name),
        (b"GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", HeadError::Value),
        (b"GET / HTTP/1.1\r\nHost: h\r\nA: \0\r\n\r\n", HeadError::Value),
        (b"GET / HTTP/1.1\r\nHost: h\r\na:\r\nb:\r\nc:\r\nd:\r\n\r\n", HeadError::TooManyHeaders),
    ];
    for (bytes, reason) in table {
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(RequestHead::parse(bytes, LIMITS).unwrap_err(), *reason, "{text:?}");
    }
}

#[test]
fn an_absolute_target_loses_scheme_and_host() {
    let table =
        [("http://h/a?b", "/a?b"), ("HTTPS://h:1?b", "/?b"), ("http://h", "/"), ("*", "*"), ("/x", "/x")];
    for (target, expected) in table {
        assert_eq!(origin_form(target), expected);
    }
}

#[test]
fn a_response_head_may_be_old_fashioned() {
    let head = ResponseHead::parse(b"HTTP/1.0 404 Not  Found\nA: b\n c\r\nX-Y:z\n\n", LIMITS).unwrap();
    assert_eq!((head.status, head.reason.as_str(), head.version), (404, "Not  Found", Version::Http10));
    assert_eq!(head.headers.iter().collect::<Vec<_>>(), [("A", "b c"), ("X-Y", "z")]);
    assert_eq!(ResponseHead::parse(b"HTTP/1.1 204\r\n\r\n", LIMITS).unwrap().status, 204);
    for bytes in [
        &b"HTTP/1.1 20 OK\r\n\r\n"[..],
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"hello\r\n\r\n",
        b"HTTP/1.1 099\r\n\r\n",
    ] {
        assert_eq!(ResponseHead::parse(bytes, LIMITS).unwrap_err(), HeadError::StartLine);
    }
}

#[test]
fn the_end_is_found_wherever_the_search_begins() {
    let bytes = b"A\r\nB: c\r\n\r\nrest";
    for from in 0..8 {
        assert_eq!(head_end(bytes, from), Some(11));
    }
    assert_eq!(head_end(b"A\r\nB: c\r\n\r", 0), None);
    assert_eq!(head_end(b"A\n\nrest", 0), Some(3));
}

proptest! {
    #[test]
    fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = RequestHead::parse(&bytes, LIMITS);
        let _ = ResponseHead::parse(&bytes, LIMITS);
        let _ = head_end(&bytes, 0);
    }

    #[test]
    fn fields_survive(names in proptest::collection::vec("[A-Za-z0-9-]{1,12}", 0..3), value in "[ -~\u{80}-\u{ff}]{0,20}") {
        let mut bytes = b"GET / HTTP/1.0\r\n".to_vec();
        for name in &names {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend(value.chars().map(|character| u8::try_from(u32::from(character)).unwrap()));
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        match RequestHead::parse(&bytes, LIMITS) {
            Ok(head) => {
                let read: Vec<_> = head.headers.iter().map(|(name, _)| name.to_owned()).collect();
                prop_assert_eq!(read, names);
                prop_assert!(head.headers.iter().all(|(_, read)| read == value.trim_matches(' ')));
            }
            Err(error) => prop_assert_eq!(error, HeadError::Host),
        }
    }
}
