//! SOAP documents, read for comparisons: what they mean, not how they are written. Comments and CDATA sections count,
//! because they must survive. Written here, so that it shares no code with the servers under test.

use anyhow::{Context, Result, bail, ensure};
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Start tag: qualified name, attributes sorted by name.
    Start(String, Vec<(String, String)>),
    /// End tag.
    End(String),
    /// Text with its references resolved.
    Text(String),
    /// CDATA section.
    Cdata(String),
    /// Comment.
    Comment(String),
}

/// Reads a document. Line ends become LF, neighbouring texts one.
///
/// # Errors
/// It is not well-formed.
pub fn read(document: &[u8]) -> Result<Vec<Piece>> {
    let text = String::from_utf8_lossy(document).replace("\r\n", "\n");
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut pieces = Vec::new();
    let mut open = Vec::new();
    loop {
        match reader.read_event().context("not well-formed")? {
            Event::Start(tag) => {
                let start = start(&tag)?;
                open.push(name(&start));
                pieces.push(start);
            }
            Event::Empty(tag) => {
                let start = start(&tag)?;
                let end = Piece::End(name(&start));
                pieces.extend([start, end]);
            }
            Event::End(tag) => {
                let name = tag.name().as_ref().to_owned();
                ensure!(open.pop().as_ref() == Some(&name), "</{name}> closes nothing");
                pieces.push(Piece::End(name));
            }
            Event::Text(text) => add_text(&mut pieces, &text.xml10_content()),
            Event::CData(data) => pieces.push(Piece::Cdata(data.xml10_content().into_owned())),
            Event::Comment(comment) => pieces.push(Piece::Comment(comment.xml10_content().into_owned())),
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref()? {
                    Some(character) => character.to_string(),
                    None => resolve_predefined_entity(&reference.xml10_content())
                        .context("unknown entity")?
                        .to_owned(),
                };
                add_text(&mut pieces, &resolved);
            }
            Event::DocType(_) => bail!("a document type"),
            Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    ensure!(open.is_empty() && !pieces.is_empty(), "not a whole document");
    while matches!(pieces.last(), Some(Piece::Text(text)) if text.trim().is_empty()) {
        pieces.pop();
    }
    Ok(pieces)
}

/// Takes the first element of this local name out, with the white space before it, and gives its attributes and text.
pub fn take_element(pieces: &mut Vec<Piece>, local: &str) -> Option<(Vec<(String, String)>, String)> {
    let at =
        pieces.iter().position(|piece| matches!(piece, Piece::Start(..)) && local_name(piece) == local)?;
    let end = at
        + pieces[at..]
            .iter()
            .position(|piece| matches!(piece, Piece::End(_)) && local_name(piece) == local)?;
    let from = match at.checked_sub(1).and_then(|before| pieces.get(before)) {
        Some(Piece::Text(text)) if text.trim().is_empty() => at - 1,
        _ => at,
    };
    let taken: Vec<Piece> = pieces.drain(from..=end).collect();
    let (mut attributes, mut text) = (Vec::new(), String::new());
    for piece in &taken[at - from..] {
        match piece {
            Piece::Start(_, found) => attributes.clone_from(found),
            Piece::Text(found) => text.push_str(found),
            Piece::End(_) | Piece::Cdata(_) | Piece::Comment(_) => {}
        }
    }
    Some((attributes, text))
}

/// The text of the first element of this local name.
#[must_use]
pub fn text_of(pieces: &[Piece], local: &str) -> Option<String> {
    take_element(&mut pieces.to_vec(), local).map(|(_, text)| text)
}

/// How many elements of this local name there are.
#[must_use]
pub fn count(pieces: &[Piece], local: &str) -> usize {
    pieces.iter().filter(|piece| matches!(piece, Piece::Start(..)) && local_name(piece) == local).count()
}

fn local_name(piece: &Piece) -> &str {
    match piece {
        Piece::Start(name, _) | Piece::End(name) => name.rsplit(':').next().unwrap_or_default(),
        Piece::Text(_) | Piece::Cdata(_) | Piece::Comment(_) => "",
    }
}

fn name(piece: &Piece) -> String {
    match piece {
        Piece::Start(name, _) | Piece::End(name) => name.clone(),
        Piece::Text(_) | Piece::Cdata(_) | Piece::Comment(_) => String::new(),
    }
}

fn start(tag: &BytesStart<'_>) -> Result<Piece> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute?;
        let value = attribute.normalized_value(XmlVersion::Explicit1_0)?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    attributes.sort();
    Ok(Piece::Start(tag.name().as_ref().to_owned(), attributes))
}

fn add_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(before)) => before.push_str(text),
        // White space before the first element is nothing.
        None if text.trim().is_empty() => {}
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_one_meaning_are_equal() {
        let one = read(b"<?xml version=\"1.0\"?>\n<a y='1' x=\"&#65;\">&lt;b&#x26;<c/></a>\n").unwrap();
        assert_eq!(one, read(b"<a x='A' y='1'>&#60;b&amp;<c></c></a>").unwrap());
        for other in
            ["<a x='A' y='1'>&lt;b&amp;</a>", "<a x='A' y='1'><![CDATA[<b&]]><c/></a>", "<a><!--x--></a>"]
        {
            assert_ne!(one, read(other.as_bytes()).unwrap(), "{other}");
        }
        for broken in ["", "<a>", "<a></b>", "<!DOCTYPE a><a/>", "<a>&x;</a>"] {
            assert!(read(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    #[test]
    fn an_element_is_taken_out_with_the_space_before_it() {
        let mut pieces =
            read(b"<h>\n  <x:id>1</x:id>\n  <x:requestHash a='b'>Zm9v</x:requestHash>\n</h>").unwrap();
        let taken = take_element(&mut pieces, "requestHash").unwrap();
        assert_eq!(taken, (vec![("a".to_owned(), "b".to_owned())], "Zm9v".to_owned()));
        assert_eq!(pieces, read(b"<h>\n  <x:id>1</x:id>\n</h>").unwrap());
        assert_eq!(text_of(&pieces, "id").as_deref(), Some("1"));
        assert_eq!(take_element(&mut pieces, "requestHash"), None);
    }
}
