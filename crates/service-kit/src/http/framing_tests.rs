use proptest::prelude::*;

use super::*;
use crate::http::head::HeadLimits;

const LIMITS: HeadLimits = HeadLimits { max_bytes: 4096, max_headers: 20 };

fn request_length(fields: &str) -> Result<BodyLength, HeadError> {
    let bytes = format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
    request_body_length(&RequestHead::parse(bytes.as_bytes(), LIMITS).unwrap())
}

#[test]
fn the_length_of_a_request_is_unambiguous_or_refused() {
    let table = [
        ("", Ok(BodyLength::Known(0))),
        ("Content-Length: 5\r\n", Ok(BodyLength::Known(5))),
        ("transfer-encoding: CHUNKED\r\n", Ok(BodyLength::Chunked)),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Err(HeadError::ContentLength)),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", Err(HeadError::ContentLength)),
        ("Content-Length: 5, 5\r\n", Err(HeadError::ContentLength)),
        ("Content-Length: +5\r\n", Err(HeadError::ContentLength)),
        ("Content-Length: -1\r\n", Err(HeadError::ContentLength)),
        ("Content-Length:\r\n", Err(HeadError::ContentLength)),
        ("Content-Length: 99999999999999999999\r\n", Err(HeadError::ContentLength)),
        ("Transfer-Encoding: gzip, chunked\r\n", Err(HeadError::TransferEncoding)),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Err(HeadError::TransferEncoding)),
        ("Transfer-Encoding: identity\r\n", Err(HeadError::TransferEncoding)),
    ];
    for (fields, expected) in table {
        assert_eq!(request_length(fields), expected, "{fields:?}");
    }
    let old = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    let old = RequestHead::parse(old, LIMITS).unwrap();
    assert_eq!(request_body_length(&old), Err(HeadError::TransferEncoding));
}

#[test]
fn a_response_without_length_ends_with_the_connection() {
    let length = |method: &str, text: &str| {
        let head = ResponseHead::parse(text.as_bytes(), LIMITS).unwrap();
        response_body_length(method, &head)
    };
    assert_eq!(length("POST", "HTTP/1.1 200 OK\r\n\r\n"), Ok(BodyLength::UntilClose));
    assert_eq!(length("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), Ok(BodyLength::Known(0)));
    assert_eq!(length("GET", "HTTP/1.1 304 OK\r\nContent-Length: 9\r\n\r\n"), Ok(BodyLength::Known(0)));
    assert_eq!(length("GET", "HTTP/1.1 204 OK\r\n\r\n"), Ok(BodyLength::Known(0)));
}

#[test]
fn connection_tokens_decide_about_the_next_message() {
    let headers = |value: &str| -> Headers { [("Connection", value)].into_iter().collect() };
    assert!(wants_to_close(&headers("x, Close"), Version::Http11));
    assert!(!wants_to_close(&headers("Keep-Alive"), Version::Http10));
    assert!(wants_to_close(&Headers::new(), Version::Http10));
    assert!(!wants_to_close(&Headers::new(), Version::Http11));
}

/// Decodes a body that arrives in pieces of `size` bytes; gives the content, the bytes behind it and the outcome.
fn decode(length: BodyLength, wire: &[u8], size: usize) -> Result<(Vec<u8>, Vec<u8>), BodyError> {
    let mut decoder = BodyDecoder::new(length);
    let mut buffer = BytesMut::new();
    let mut content = Vec::new();
    let mut arriving = wire.chunks(size.max(1));
    loop {
        match decoder.step(&mut buffer)? {
            Step::Piece(piece) => content.extend_from_slice(&piece),
            Step::End => {
                let behind = buffer.iter().chain(arriving.flatten()).copied().collect();
                return Ok((content, behind));
            }
            Step::NeedMore => match arriving.next() {
                Some(bytes) => buffer.extend_from_slice(bytes),
                None => return decoder.ended().map(|()| (content, Vec::new())),
            },
        }
    }
}

#[test]
fn chunks_are_decoded_or_refused_for_their_reason() {
    let good = b"4\r\nWiki\r\n6;x=\"y\"\r\npedia \r\nA \r\nin chunks.\r\n0\r\nTrailer: t\r\n\r\nNEXT";
    for size in [1, 2, 3, 7, 100] {
        let (content, behind) = decode(BodyLength::Chunked, good, size).unwrap();
        assert_eq!((content.as_slice(), behind.as_slice()), (&b"Wikipedia in chunks."[..], &b"NEXT"[..]));
    }
    let table: &[(&[u8], &str)] = &[
        (b"4\nWiki\r\n0\r\n\r\n", "CR LF"),
        (b"4\r\nWikiX\r\n", "longer than its size"),
        (b"x\r\n", "not hexadecimal"),
        (b"\r\n", "missing"),
        (b"1234567890123456\r\n", "too long"),
        (b"-1\r\n", "not hexadecimal"),
    ];
    for (wire, reason) in table {
        let error = decode(BodyLength::Chunked, wire, 3).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    let endless_line = vec![b'1'; MAX_SIZE_LINE + 2];
    assert!(matches!(decode(BodyLength::Chunked, &endless_line, 512), Err(BodyError::Chunked(_))));
    let endless_trailer = [&b"0\r\n"[..], &b"a: b\r\n".repeat(MAX_TRAILER)].concat();
    assert!(matches!(decode(BodyLength::Chunked, &endless_trailer, 512), Err(BodyError::Chunked(_))));
}

#[test]
fn a_body_cut_short_is_never_an_end() {
    for cut in 0..19 {
        let wire = &b"4\r\nWiki\r\n0\r\n\r\n"[..cut.min(13)];
        assert!(matches!(decode(BodyLength::Chunked, wire, 2), Err(BodyError::Truncated)), "{cut}");
    }
    assert!(matches!(decode(BodyLength::Known(5), b"four", 2), Err(BodyError::Truncated)));
    assert_eq!(decode(BodyLength::UntilClose, b"four", 3).unwrap().0, b"four");
}

proptest! {
    #[test]
    fn any_content_survives_any_cutting(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..50), 0..8),
        size in 1_usize..40,
    ) {
        let mut wire = Vec::new();
        for piece in &pieces {
            wire.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            wire.extend_from_slice(piece);
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(b"0\r\n\r\n");
        let (content, behind) = decode(BodyLength::Chunked, &wire, size).unwrap();
        prop_assert_eq!(content, pieces.concat());
        prop_assert!(behind.is_empty());
    }

    #[test]
    fn no_input_panics(wire in proptest::collection::vec(any::<u8>(), 0..200), size in 1_usize..20) {
        let _ = decode(BodyLength::Chunked, &wire, size);
    }
}
