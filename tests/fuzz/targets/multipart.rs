//! MIME containers (`protocol::multipart`). Input: the boundary, a line feed, the container.
//!
//! Holds: input in pieces gives the same parts and the same refusal as input at once; limits are kept; what a
//! tolerant parser and a strict one accept has the same parts; parts written again are read again.

#![no_main]

use bytes::Bytes;
use protocol::Limits;
use protocol::multipart::{Event, MultipartError, Parser, PartHeaders, Writer};
use sekisho_fuzz::input::{line_and_rest, with_line};
use sekisho_fuzz::pieces::Pieces;
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "multipart",
    max_len: 16 * 1024,
    memory: 256 * 1024,
    memory_per_byte: 64,
    dictionary: Some("mime.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let messages = vectors::captured("").into_iter().filter_map(|message| {
        let boundary = protocol::boundary_of(&message.content_type).ok()?;
        Some(with_line(&boundary, &message.body))
    });
    let small =
        ["b\n--b\r\na: b\r\n\r\nc\r\n--b--\r\n", "b\npre\n--b \n\n\r\n--b--", "b\n\r\n--b--\r\nepilogue"];
    messages.chain(small.map(|text| text.as_bytes().to_vec())).collect()
}

/// Low enough for inputs to reach them.
fn limits() -> Limits {
    Limits {
        preamble: 256,
        part_header_line: 200,
        part_headers: 400,
        part_header_count: 8,
        parts: 6,
        attachments: 8,
        ..Limits::default()
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Part {
    headers: PartHeaders,
    content: Vec<u8>,
}

type Parse = Result<Vec<Part>, MultipartError>;

fn check(data: &[u8]) {
    let (boundary, container) = line_and_rest(data);
    let limits = limits();
    let strict = both_ways(&|| Parser::new(&boundary, &limits), container);
    both_ways(&|| Parser::nested(&boundary, &limits), container).unwrap_or_default();
    let tolerant = both_ways(&|| Parser::tolerant(&boundary, &limits), container);
    let Ok(parts) = strict else { return };
    assert_eq!(tolerant.as_ref(), Ok(&parts));
    assert!(parts.len() <= limits.parts);
    for part in &parts {
        assert!(part.headers.iter().count() <= limits.part_header_count);
    }
    write_and_read_again(&boundary, &parts);
}

fn both_ways(parser: &dyn Fn() -> Result<Parser, MultipartError>, container: &[u8]) -> Parse {
    let at_once = parse(parser()?, std::iter::once(Bytes::copy_from_slice(container)));
    let in_pieces = parse(parser()?, Pieces::of(container));
    assert_eq!(at_once, in_pieces);
    at_once
}

fn parse(mut parser: Parser, pieces: impl Iterator<Item = Bytes>) -> Parse {
    let mut parts: Vec<Part> = Vec::new();
    for piece in pieces {
        parser.push(piece);
        take_events(&mut parser, &mut parts)?;
    }
    parser.finish();
    take_events(&mut parser, &mut parts)?;
    assert!(parser.is_ended());
    Ok(parts)
}

fn take_events(parser: &mut Parser, parts: &mut Vec<Part>) -> Result<(), MultipartError> {
    while let Some(event) = parser.next_event()? {
        match (event, parts.last_mut()) {
            (Event::PartStart(headers), _) => parts.push(Part { headers, content: Vec::new() }),
            (Event::Data(data), Some(part)) => {
                assert!(!data.is_empty());
                part.content.extend_from_slice(&data);
            }
            (Event::PartEnd, Some(_)) | (Event::End, _) => {}
            (event, None) => panic!("{event:?} before any part"),
        }
    }
    Ok(())
}

/// The writer begins each part with exactly one content type.
fn write_and_read_again(boundary: &str, parts: &[Part]) {
    let is_content_type = |name: &str| name.eq_ignore_ascii_case("content-type");
    let mut writer = Writer::new(boundary);
    let mut written = Vec::new();
    for part in parts {
        let others = part.headers.iter().filter(|(name, _)| !is_content_type(name));
        written.extend_from_slice(&writer.part(part.headers.content_type().unwrap_or_default(), others));
        written.extend_from_slice(&part.content);
    }
    written.extend_from_slice(&writer.close());
    let parser = Parser::new(boundary, &Limits::default()).expect("the boundary was accepted before");
    let again = parse(parser, std::iter::once(Bytes::from(written))).expect("what we write ourselves");
    assert_eq!(again.len(), parts.len());
    for (part, again) in parts.iter().zip(again) {
        assert_eq!(again.content, part.content);
        assert_eq!(again.headers.content_type(), Some(part.headers.content_type().unwrap_or_default()));
        assert_eq!(again.headers.without_content_type(), part.headers.clone().without_content_type());
    }
}
