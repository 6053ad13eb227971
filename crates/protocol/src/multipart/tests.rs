use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::Limits;

/// Runs the parser over input in chunks; neighbouring data events are put together.
fn run(mut parser: Parser, input: &[u8], size: usize) -> Result<Vec<Event>, MultipartError> {
    let mut events: Vec<Event> = Vec::new();
    let mut drain = |parser: &mut Parser| -> Result<(), MultipartError> {
        while let Some(event) = parser.next_event()? {
            match (events.last_mut(), &event) {
                (Some(Event::Data(before)), Event::Data(data)) => {
                    *before = [&before[..], data].concat().into()
                }
                _ => events.push(event),
            }
        }
        Ok(())
    };
    for chunk in input.chunks(size) {
        parser.push(Bytes::copy_from_slice(chunk));
        drain(&mut parser)?;
    }
    parser.finish();
    drain(&mut parser)?;
    assert!(parser.is_ended());
    Ok(events)
}

fn strict(input: &str) -> Result<Vec<Event>, MultipartError> {
    let parser = || Parser::new("B", &Limits::default()).unwrap();
    let whole = run(parser(), input.as_bytes(), input.len().max(1));
    for size in 1..8 {
        assert_eq!(run(parser(), input.as_bytes(), size), whole, "chunks of {size}");
    }
    whole
}

/// The parts as content type and content.
fn parts(events: &[Event]) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = Vec::new();
    for event in events {
        match event {
            Event::PartStart(headers) => {
                parts.push((headers.content_type().unwrap_or("-").to_owned(), String::new()));
            }
            Event::Data(data) => parts.last_mut().unwrap().1.push_str(std::str::from_utf8(data).unwrap()),
            Event::PartEnd | Event::End => {}
        }
    }
    parts
}

#[test]
fn accepted() {
    let cases: [(&str, &[(&str, &str)]); 17] = [
        ("--B\r\ncontent-type: a/b\r\n\r\nxyz\r\n--B--\r\n", &[("a/b", "xyz")]),
        ("--B\r\nContent-Type:a/b\r\n\r\nxyz\r\n--B--", &[("a/b", "xyz")]),
        ("--B\r\ncontent-type: a/b\r\n\r\n\r\n--B--\r\n", &[("a/b", "")]),
        ("--B\r\ncontent-type: a/b\r\n\r\n--B--\r\n", &[("a/b", "")]),
        ("--B\r\n\r\nheadless\r\n--B--\r\n", &[("-", "headless")]),
        ("--B\n\nline feeds\n--B\n\nonly\n--B--\n", &[("-", "line feeds"), ("-", "only")]),
        ("\r\n--B\r\n\r\nx\r\n--B--\r\n\r\n", &[("-", "x")]),
        ("--B \t\r\n\r\nx\r\n--B-- \t\r\n", &[("-", "x")]),
        ("--B--\r\n", &[]),
        ("--B--", &[]),
        // Content that looks like a delimiter and is none.
        ("--B\r\n\r\n--BB\r\n--B-\r\n --B\r\n-B\r\n--B x\r\n--B", &[]),
        ("--B\r\n\r\na\r\n--BC\r\n--B--x\r\nb\r\n--B--\r\n", &[("-", "a\r\n--BC\r\n--B--x\r\nb")]),
        ("--B\r\n\r\n\r\n\r\r\n\n\r\n--B--\r\n", &[("-", "\r\n\r\r\n\n")]),
        ("--B\r\n\r\n\r\n--\r\n\r\n--B--\r\n", &[("-", "\r\n--\r\n")]),
        ("--B\r\n\r\nends with CR\r\r\n--B--\r\n", &[("-", "ends with CR\r")]),
        ("--B\r\n\r\nx--B--\r\n--B--\r\n", &[("-", "x--B--")]),
        (
            "--B\r\ncontent-type: multipart/related;\r\n\tboundary=C\r\n\r\n\r\n--B--",
            &[("multipart/related;\tboundary=C", "")],
        ),
    ];
    for (input, expected) in cases {
        if expected.is_empty() && !input.starts_with("--B--") {
            assert_eq!(strict(input), Err(MultipartError::Truncated), "{input:?}");
            continue;
        }
        let events = strict(input).unwrap();
        let found = parts(&events);
        let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(found, expected, "{input:?}");
        assert_eq!(events.last(), Some(&Event::End));
    }
}

#[test]
fn refused_with_reason() {
    use MultipartError as E;
    for (input, reason) in [
        ("", E::NoDelimiter),
        ("<xml/>", E::NoDelimiter),
        ("--BB\r\n", E::NoDelimiter),
        ("--B", E::Truncated),
        ("x --B\r\n\r\n", E::NoDelimiter),
        ("x\r\n--B--\r\n", E::Preamble),
        ("--B\r\n", E::Truncated),
        ("--B\r\ncontent-type: a/b", E::Truncated),
        ("--B\r\ncontent-type: a/b\r\n\r\n", E::Truncated),
        ("--B\r\n\r\nx\r\n--", E::Truncated),
        ("--B\r\n\r\nx\r\n--B", E::Truncated),
        ("--B\r\n\r\nx\r\n--B-", E::Truncated),
        ("--B\r\n\r\nx\r\n--B\r", E::Truncated),
        ("--B\r\n\r\nx--B--\r\n", E::Truncated),
        ("--B\r\n\r\nx\r--B--\r\n", E::Truncated),
        ("--B\r\n\r\nx\r\n--B--\r\ny", E::Epilogue),
        ("--B\r\n\r\nx\r\n--B--\r\n--B--\r\n", E::Epilogue),
        ("--B\r\nno colon\r\n\r\n\r\n--B--", E::MalformedHeader),
        ("--B\r\n: nameless\r\n\r\n\r\n--B--", E::MalformedHeader),
        ("--B\r\nna me: x\r\n\r\n\r\n--B--", E::MalformedHeader),
        ("--B\r\nname : x\r\n\r\n\r\n--B--", E::MalformedHeader),
        ("--B\r\nname: a\rb: c\r\n\r\n\r\n--B--", E::MalformedHeader),
        ("--B\r\nname: \0\r\n\r\n\r\n--B--", E::MalformedHeader),
        ("--B\r\n folded first\r\n\r\n\r\n--B--", E::MalformedHeader),
        ("--B\r\nname: a\r\n--B--\r\n", E::MalformedHeader),
    ] {
        assert_eq!(strict(input), Err(reason), "{input:?}");
    }
    let boundary = Parser::new("b b ", &Limits::default()).err();
    assert_eq!(boundary, Some(E::Boundary(ContentTypeError::BadBoundary)));
}

#[test]
fn every_limit_has_its_error() {
    use MultipartError as E;
    let limits = Limits {
        preamble: 10,
        part_header_line: 12,
        part_headers: 20,
        part_header_count: 2,
        parts: 2,
        attachments: 3,
        ..Limits::default()
    };
    let part = "--B\r\n\r\nx\r\n";
    for (input, reason) in [
        (format!("{}--B--", "\n".repeat(12)), E::OutsideTooLong),
        ("x".repeat(11), E::OutsideTooLong),
        (format!("--B--\r\n{}", "\r\n".repeat(6)), E::OutsideTooLong),
        (format!("--B{}\r\n", " ".repeat(65)), E::DelimiterPadding),
        (format!("{part}--B--{}\r\n", "\t".repeat(65)), E::DelimiterPadding),
        ("--B\r\nname: 1234567\r\n\r\n".into(), E::HeaderLineTooLong),
        ("--B\r\nnever any line break at all".into(), E::HeaderLineTooLong),
        ("--B\r\nname: 12\r\n 34567\r\n\r\n".into(), E::HeaderLineTooLong),
        ("--B\r\nname: 123\r\nname: 123\r\nn:123\r\n\r\n".into(), E::HeadersTooLong),
        ("--B\r\na:1\r\nb:2\r\nc:3\r\n\r\n".into(), E::TooManyHeaders),
        (format!("{part}{part}{part}--B--"), E::TooManyParts),
    ] {
        for size in [1, 5, 1000] {
            let parser = Parser::new("B", &limits).unwrap();
            assert_eq!(run(parser, input.as_bytes(), size), Err(reason.clone()), "{input:?} by {size}");
        }
    }
    let three = format!("{part}{part}{part}--B--");
    for parser in [Parser::nested("B", &limits).unwrap(), Parser::tolerant("B", &limits).unwrap()] {
        assert!(run(parser, three.as_bytes(), 3).is_ok());
    }
    let four = format!("{part}{three}");
    assert_eq!(run(Parser::nested("B", &limits).unwrap(), four.as_bytes(), 3), Err(E::TooManyParts));
}

#[test]
fn limits_do_not_depend_on_chunks() {
    let limits = Limits { part_header_line: 6, preamble: 4, ..Limits::default() };
    let padding = " ".repeat(65);
    for (input, expected) in [
        ("--B\r\na: bcd\r\n\r\n\r\n--B--", Ok(())),
        ("--B\r\na: bcde\r\n\r\n\r\n--B--", Err(MultipartError::HeaderLineTooLong)),
        ("--B\r\nno name\r\n", Err(MultipartError::HeaderLineTooLong)),
        ("--B\r\na: bcde", Err(MultipartError::HeaderLineTooLong)),
        ("--B\r\na: bcd", Err(MultipartError::Truncated)),
        ("--B--\r\n\r\n\r\n", Ok(())),
        ("--B--\r\n\r\n\r\n\n", Err(MultipartError::OutsideTooLong)),
        ("--B--\r\n\r\n\r\nx", Err(MultipartError::OutsideTooLong)),
        ("--B--\r\n\rxxxx", Err(MultipartError::Epilogue)),
        (&format!("\r\n\r\n--B{padding}"), Err(MultipartError::DelimiterPadding)),
        (&format!("12345\r\n--B{padding}"), Err(MultipartError::OutsideTooLong)),
    ] {
        for size in 1..=input.len() {
            let parser = Parser::new("B", &limits).unwrap();
            assert_eq!(
                run(parser, input.as_bytes(), size).map(drop),
                expected,
                "{input:?} in chunks of {size}"
            );
        }
    }
}

#[test]
fn content_before_an_error_is_given() {
    let padding = " ".repeat(65);
    for (end, reason) in [
        (format!("\r\n--B{padding}"), MultipartError::DelimiterPadding),
        (format!("\r\n--B--{padding}\r\n"), MultipartError::DelimiterPadding),
        (String::new(), MultipartError::Truncated),
    ] {
        let input = format!("--B\r\n\r\ncontent{end}");
        for size in 1..=input.len() {
            let mut parser = Parser::new("B", &Limits::default()).unwrap();
            let mut content = Vec::new();
            let mut chunks = input.as_bytes().chunks(size);
            let error = loop {
                match parser.next_event() {
                    Ok(Some(Event::Data(data))) => content.extend_from_slice(&data),
                    Ok(Some(_)) => {}
                    Ok(None) => match chunks.next() {
                        Some(chunk) => parser.push(Bytes::copy_from_slice(chunk)),
                        None => parser.finish(),
                    },
                    Err(error) => break error,
                }
            };
            assert_eq!((&content[..], &error), (&b"content"[..], &reason), "{input:?} in chunks of {size}");
        }
    }
}

#[test]
fn errors_are_final() {
    let mut parser = Parser::new("B", &Limits::default()).unwrap();
    parser.push(Bytes::from_static(b"--B\r\nbad\r\n\r\n"));
    assert_eq!(parser.next_event(), Err(MultipartError::MalformedHeader));
    parser.push(Bytes::from_static(b"--B--\r\n"));
    parser.finish();
    assert_eq!(parser.next_event(), Err(MultipartError::MalformedHeader));
    assert!(!parser.is_ended());
}

#[test]
fn tolerant_skips_text_outside() {
    let input = b"This is a multi-part message in MIME format.\r\n\r\n--B\r\n\r\nx\r\n--B--\r\nbye";
    assert_eq!(run(Parser::new("B", &Limits::default()).unwrap(), input, 4), Err(MultipartError::Preamble));
    let events = run(Parser::tolerant("B", &Limits::default()).unwrap(), input, 4).unwrap();
    assert_eq!(parts(&events), [("-".to_owned(), "x".to_owned())]);
}

#[test]
fn content_is_not_copied() {
    let input = Bytes::from(b"--B\r\n\r\n0123456789\r\n--B--\r\n".to_vec());
    let mut parser = Parser::new("B", &Limits::default()).unwrap();
    parser.push(input.clone());
    parser.next_event().unwrap();
    let Some(Event::Data(data)) = parser.next_event().unwrap() else { panic!("data") };
    assert_eq!(data.as_ptr(), input[7..].as_ptr());
}

#[test]
fn at_most_a_delimiter_is_held_back() {
    let mut parser = Parser::new("B", &Limits::default()).unwrap();
    parser.push(Bytes::from_static(b"--B\r\n\r\n"));
    assert!(matches!(parser.next_event(), Ok(Some(Event::PartStart(_)))));
    for chunk in [&b"plain"[..], b"\n--B\r", b"x\n--B ", b"\r", b"\r\r\n-"] {
        parser.push(Bytes::from_static(chunk));
        let mut held = 0;
        while let Some(event) = parser.next_event().unwrap() {
            let Event::Data(data) = event else { panic!("{event:?}") };
            held += data.len();
        }
        assert!(held + 8 >= chunk.len(), "{chunk:?}");
    }
}

#[test]
fn header_bytes_survive() {
    let input = b"--B\r\nX-A:  two blanks \r\nX-B: \xe4\xff\tx\r\n\r\n\r\n--B--\r\n";
    let parsed = parse_all("B", input, &Limits::default()).unwrap();
    let headers = parsed[0].0.clone();
    assert_eq!(headers.get("x-a"), Some(" two blanks "));
    assert_eq!(headers.get("x-b"), Some("\u{e4}\u{ff}\tx"));
    let mut writer = Writer::new("B");
    let start = writer.part("a/b", headers.iter());
    assert_eq!(&start[..], b"--B\r\ncontent-type: a/b\r\nX-A:  two blanks \r\nX-B: \xe4\xff\tx\r\n\r\n");
}

#[test]
fn writer_cannot_be_broken_out_of() {
    let mut writer = Writer::new("B");
    let start = writer.part("a/b\r\nx: y", [("n\u{0}", "市\n")]);
    assert_eq!(&start[..], b"--B\r\ncontent-type: a/b??x: y\r\nn?: ??\r\n\r\n");
    assert_eq!(&Writer::new("B").close()[..], b"--B--\r\n");
    assert_eq!(&Writer::nested("B").close()[..], b"\r\n--B--\r\n");
}

/// Content with many beginnings of delimiters.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n--B".to_vec()),
        Just(b"\n--".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"--B".to_vec()),
        Just(b"--".to_vec()),
        Just(b" ".to_vec()),
        Just(b"C".to_vec()),
        any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        contents in prop::collection::vec(content(), 0..5),
        size in 1usize..40,
    ) {
        // A boundary that no content can contain as a line.
        let boundary = "BCBC-boundary";
        let mut message = Vec::new();
        let mut writer = Writer::new(boundary);
        for (number, content) in contents.iter().enumerate() {
            message.extend_from_slice(&writer.part("a/b", [("n", number.to_string().as_str())]));
            message.extend_from_slice(content);
        }
        message.extend_from_slice(&writer.close());
        let whole: Vec<Vec<u8>> =
            parse_all(boundary, &message, &Limits::default()).unwrap().into_iter().map(|(_, data)| data).collect();
        prop_assert_eq!(&whole, &contents);
        let events = run(Parser::new(boundary, &Limits::default()).unwrap(), &message, size).unwrap();
        let starts = events.iter().filter(|event| matches!(event, Event::PartStart(_))).count();
        prop_assert_eq!(starts, contents.len());
        let data: Vec<&[u8]> = events
            .iter()
            .filter_map(|event| if let Event::Data(data) = event { Some(&data[..]) } else { None })
            .collect();
        let expected: Vec<&[u8]> = contents.iter().map(Vec::as_slice).filter(|data| !data.is_empty()).collect();
        prop_assert_eq!(data, expected);
    }

    #[test]
    fn chunks_do_not_matter_for_any_input(
        inner in content(),
        tail in content(),
        headers in "(a:1\r\n|b: 2\n| c\r\n|d\r\n){0,3}",
        size in 1usize..9,
    ) {
        let input = [b"--B\r\n", headers.as_bytes(), b"\r\n", &inner, b"\r\n--B--", &tail].concat();
        let parser = || Parser::new("B", &Limits::default()).unwrap();
        prop_assert_eq!(run(parser(), &input, size), run(parser(), &input, input.len()));
    }

    #[test]
    fn no_input_panics(input in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_all("B", &input, &Limits::default());
    }
}
