//! Answers and faults of SOAP.

use anyhow::{Context, Result, ensure};
use aws_lc_rs::digest::{SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conformance::mime::{Part, canonical, leaves};
use conformance::xml::{self, Piece};

use super::{excerpt, is_uuid};
use crate::cases::Case;
use crate::exchange::Exchange;
use crate::http::{Request, Response};

/// How `requestHash` names its algorithm.
const SHA512_URI: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
/// What takes the place of every `location` in a WSDL that is given out.
const ENDPOINT: &str = "http://example.org/xroad-endpoint";

/// A fault.
#[derive(Debug)]
pub struct Fault {
    /// `faultcode`.
    pub code: String,
    text: String,
}

impl Fault {
    /// The fault in this document, if it is one.
    #[must_use]
    pub fn read(document: &[u8]) -> Option<Self> {
        let pieces = xml::read(document).ok()?;
        within(&pieces, "Fault")?;
        let text = |name: &str| xml::text_of(&pieces, name).unwrap_or_default();
        Some(Self { code: text("faultcode"), text: text("faultstring") })
    }

    /// Its text is that of the table; a fault of a security server is written as the captures show it.
    ///
    /// # Errors
    /// The first difference.
    pub fn judge(&self, case: &Case, response: &Response) -> Result<()> {
        let expected = case.text.unwrap_or(&self.text);
        ensure!(self.text == expected, "the fault says {:?}, expected {expected:?}", self.text);
        let content_type = response.header("content-type").unwrap_or_default();
        ensure!(canonical(content_type) == ["text/xml"], "the content type of a fault is {content_type:?}");
        if !self.code.starts_with("server.") && !self.code.starts_with("client.") {
            return Ok(());
        }
        let document = response.text();
        let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SOAP-ENV:Envelope \
                     xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Body><SOAP-ENV:Fault>\
                     <faultcode>";
        let inside = document.strip_prefix(start).and_then(|rest| {
            rest.strip_prefix(&self.code)?
                .strip_prefix("</faultcode><faultstring>")?
                .strip_suffix("</faultDetail></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>")
        });
        let between = "</faultstring><faultactor></faultactor><detail><faultDetail xmlns=\"\">";
        let (_, detail) = inside
            .and_then(|inside| inside.split_once(between))
            .with_context(|| format!("the fault is written in another way: {document}"))?;
        is_uuid(detail, "the detail of the fault")
    }
}

/// Every answer: its header is that of the request, with the hash of the request in it and nothing else changed.
///
/// # Errors
/// The first difference.
pub fn answer(exchange: &Exchange) -> Result<()> {
    let envelope = parts_of_request(&exchange.request)?.swap_remove(0).content;
    let sent = xml::read(&envelope)?;
    let mut got = root(&exchange.response)?;
    ensure!(xml::count(&got, "requestHash") == 1, "{} request hashes", xml::count(&got, "requestHash"));
    let (attributes, hash) = xml::take_element(&mut got, "requestHash").context("no request hash")?;
    let own = STANDARD.encode(digest(&SHA512, &envelope));
    ensure!(hash == own, "the request hash is {hash}, expected {own}");
    ensure!(
        attributes == [("algorithmId".to_owned(), SHA512_URI.to_owned())],
        "its attributes are {attributes:?}"
    );
    let header = |pieces| within(pieces, "Header").context("no header").map(<[Piece]>::to_vec);
    let (sent, got) = (header(&sent)?, header(&got)?);
    ensure!(sent == got, "the header is another: {got:?}");
    let id = xml::text_of(&got, "id").unwrap_or_default();
    ensure!(id == exchange.query_id, "it is the answer to {id}");
    Ok(())
}

/// What the captured backend makes of a message: the element of the body with `Response` behind its name, and the
/// attachments as they came.
///
/// # Errors
/// The first difference.
pub fn echo(exchange: &Exchange) -> Result<()> {
    let (sent, got) = (parts_of_request(&exchange.request)?, parts_of_answer(&exchange.response)?);
    let wrapper = |document: &[u8]| {
        let pieces = xml::read(document)?;
        let body = within(&pieces, "Body").context("no body")?;
        let first = body.iter().find(|piece| matches!(piece, Piece::Start(..)));
        anyhow::Ok(first.map(local_name).unwrap_or_default().to_owned())
    };
    let (asked, answered) = (wrapper(&sent[0].content)?, wrapper(&got[0].content)?);
    ensure!(
        answered == format!("{asked}Response"),
        "the answer is {answered:?}{}",
        excerpt(&exchange.response)
    );
    ensure!(sent.len() == got.len(), "{} parts came back, {} were sent", got.len(), sent.len());
    for (number, (sent, got)) in sent.iter().zip(&got).enumerate().skip(1) {
        ensure!(sent.content == got.content, "attachment {number} came back with other bytes");
        let (sent, got) = (fields(sent), fields(got));
        ensure!(sent == got, "attachment {number} came back with {got:?}, expected {sent:?}");
    }
    // The backend answers in the form in which it was asked; a stock server may add the character set.
    let form = |fields: Option<&str>| canonical(fields.unwrap_or_default());
    let (sent, got) =
        (form(exchange.request.header("content-type")), form(exchange.response.header("content-type")));
    ensure!(sent == got, "the content type is {got:?}, expected {sent:?}");
    Ok(())
}

/// The description is an attachment: it names the operations, and its addresses are no addresses.
///
/// # Errors
/// It is not so.
pub fn wsdl(response: &Response, operations: &[&str]) -> Result<()> {
    let parts = parts_of_answer(response)?;
    ensure!(parts.len() == 2, "{} parts, expected the message and the description", parts.len());
    ensure!(canonical(parts[1].content_type()) == ["text/xml"], "it is {:?}", parts[1].content_type());
    let id = fields(&parts[1]).into_iter().find(|(name, _)| name == "content-id").unwrap_or_default().1;
    ensure!(id.starts_with("<wsdl=") && id.ends_with("@x-road.eu>"), "its content id is {id:?}");
    let pieces = xml::read(&parts[1].content)?;
    let attribute = |piece: &Piece, wanted: &str| match piece {
        Piece::Start(_, attributes) => {
            attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
        }
        Piece::End(_) | Piece::Text(_) | Piece::Cdata(_) | Piece::Comment(_) => None,
    };
    let all = |element: &str, wanted: &str| -> Vec<String> {
        let elements = pieces.iter().filter(|piece| local_name(piece) == element);
        elements.filter_map(|piece| attribute(piece, wanted)).collect()
    };
    let named = all("operation", "name");
    let missing = operations.iter().find(|operation| !named.iter().any(|name| name == **operation));
    ensure!(missing.is_none(), "the operations are {named:?}, without {missing:?}");
    let locations = all("address", "location");
    ensure!(locations == [ENDPOINT], "its addresses are {locations:?}");
    Ok(())
}

/// The identifiers in elements of this local name, their components joined by `/`, in order of the alphabet.
#[must_use]
pub fn identifiers(pieces: &[Piece], element: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = pieces;
    while let Some(at) = rest.iter().position(|piece| is_start(piece, element)) {
        rest = &rest[at..];
        let inside = within(rest, element).unwrap_or_default();
        let components = inside.iter().filter_map(|piece| match piece {
            Piece::Text(text) if !text.trim().is_empty() => Some(text.as_str()),
            _ => None,
        });
        found.push(components.collect::<Vec<_>>().join("/"));
        rest = &rest[inside.len() + 1..];
    }
    found.sort();
    found
}

/// What is within the first element of this local name.
#[must_use]
pub fn within<'p>(pieces: &'p [Piece], element: &str) -> Option<&'p [Piece]> {
    let start = pieces.iter().position(|piece| is_start(piece, element))? + 1;
    let is_end = |piece: &Piece| matches!(piece, Piece::End(_)) && local_name(piece) == element;
    let length = pieces[start..].iter().position(is_end)?;
    Some(&pieces[start..start + length])
}

/// The parts of a request: the envelope, then attachments.
///
/// # Errors
/// The container cannot be read.
pub fn parts_of_request(request: &Request) -> Result<Vec<Part>> {
    let content_type = request.header("content-type").unwrap_or_default();
    parts(content_type, request.body.as_deref().unwrap_or_default())
}

fn parts_of_answer(response: &Response) -> Result<Vec<Part>> {
    parts(response.header("content-type").unwrap_or_default(), &response.body)
}

fn parts(content_type: &str, body: &[u8]) -> Result<Vec<Part>> {
    let parts = leaves(content_type, body)?;
    ensure!(!parts.is_empty(), "no part in {content_type:?}");
    Ok(parts)
}

fn root(response: &Response) -> Result<Vec<Piece>> {
    xml::read(&parts_of_answer(response)?[0].content)
}

/// Header fields of a part, in an order that does not depend on the writer.
fn fields(part: &Part) -> Vec<(String, String)> {
    let lower = part.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    let mut fields: Vec<_> = lower.collect();
    fields.sort();
    fields
}

fn is_start(piece: &Piece, element: &str) -> bool {
    matches!(piece, Piece::Start(..)) && local_name(piece) == element
}

fn local_name(piece: &Piece) -> &str {
    match piece {
        Piece::Start(name, _) | Piece::End(name) => name.rsplit(':').next().unwrap_or_default(),
        Piece::Text(_) | Piece::Cdata(_) | Piece::Comment(_) => "",
    }
}

#[cfg(test)]
mod tests;
