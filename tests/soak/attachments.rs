//! SOAP messages with one large attachment: how an information system and a service write and read them. What arrives
//! is compared byte for byte while it comes, so nothing of it is ever in memory as a whole.

use anyhow::{Context as _, Result, ensure};
use bytes::{Bytes, BytesMut};
use demo_town::town::names::{CONSUMER, PROVIDER};
use futures_util::{StreamExt as _, stream};
use service_kit::http::Body;

use crate::service::{PIECE, pattern, piece_of_pattern};

/// Service code.
pub(crate) const SERVICE: &str = "soakAttachment";

/// Content type of what is written here.
pub(crate) const CONTENT_TYPE: &str = "multipart/related; type=\"text/xml\"; boundary=soak";

const DELIMITER: &str = "--soak";
const HEADER: (&str, &str) = ("<SOAP-ENV:Header>", "</SOAP-ENV:Header>");

/// Longest beginning of a message, up to the attachment. Bytes.
const MAX_BEGINNING: usize = 64 * 1024;

/// A request: the service is told to give an attachment of so many bytes.
pub(crate) fn request(give: u64) -> String {
    let names = ["xRoadInstance", "memberClass", "memberCode", "subsystemCode"];
    let parts = |id: &str| -> String {
        let parts = names.iter().zip(id.split('/'));
        parts.map(|(name, value)| format!("<id:{name}>{value}</id:{name}>")).collect()
    };
    let header = format!(
        "<xroad:client id:objectType=\"SUBSYSTEM\">{}</xroad:client><xroad:service id:objectType=\"SERVICE\">{}\
         <id:serviceCode>{SERVICE}</id:serviceCode></xroad:service><xroad:id>soak-{give}</xroad:id>\
         <xroad:protocolVersion>4.0</xroad:protocolVersion>",
        parts(CONSUMER),
        parts(PROVIDER)
    );
    envelope(&header, &format!("<xroad:{SERVICE}><give>{give}</give></xroad:{SERVICE}>"))
}

/// The answer to a request: so many bytes of an attachment were taken.
pub(crate) fn answer(request: &str, taken: u64) -> Result<String> {
    let header = between(request, HEADER).context("the request has no header")?;
    let body = format!("<xroad:{SERVICE}Response><taken>{taken}</taken></xroad:{SERVICE}Response>");
    Ok(envelope(header, &body))
}

fn envelope(header: &str, body: &str) -> String {
    format!(
        "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xroad=\"http://x-road.eu/xsd/xroad.xsd\" xmlns:id=\"http://x-road.eu/xsd/identifiers\">{}{header}{}\
         <SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>",
        HEADER.0, HEADER.1
    )
}

/// The number in an element without attributes.
pub(crate) fn number_in(envelope: &str, element: &str) -> Result<u64> {
    let found = between(envelope, (&format!("<{element}>"), &format!("</{element}>")));
    found.and_then(|text| text.parse().ok()).with_context(|| format!("no {element} in {envelope}"))
}

fn between<'t>(text: &'t str, (start, end): (&str, &str)) -> Option<&'t str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

/// The envelope and an attachment of so many bytes of the pattern.
pub(crate) fn message(envelope: &str, bytes: u64) -> Body {
    let beginning = format!(
        "{DELIMITER}\r\nContent-Type: text/xml; charset=UTF-8\r\n\r\n{envelope}\r\n{DELIMITER}\r\n\
         Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    );
    let whole = |text: String| stream::once(async { Ok(Bytes::from(text)) });
    let pieces = whole(beginning).chain(pattern(bytes)).chain(whole(format!("\r\n{DELIMITER}--\r\n")));
    Body::stream(Box::pin(pieces), None)
}

/// Reads such a message: its envelope, and how many bytes of the pattern the attachment has.
pub(crate) async fn read(mut body: Body) -> Result<(String, u64)> {
    let mut rest = BytesMut::new();
    let envelope = loop {
        if let Some((envelope, attachment)) = beginning(&rest) {
            let _ = rest.split_to(attachment);
            break envelope;
        }
        ensure!(rest.len() < MAX_BEGINNING, "no attachment begins");
        rest.extend_from_slice(&body.piece().await.context("the message ends before its attachment")??);
    };
    let end = format!("\r\n{DELIMITER}--\r\n");
    let pattern = piece_of_pattern();
    let mut length = 0;
    loop {
        let surely = rest.split_to(rest.len().saturating_sub(end.len()));
        compare(&surely, length, &pattern)?;
        length += surely.len() as u64;
        match body.piece().await {
            Some(piece) => rest.extend_from_slice(&piece?),
            None => break,
        }
    }
    ensure!(rest == end.as_bytes(), "the message ends with {:?}", String::from_utf8_lossy(&rest));
    Ok((envelope, length))
}

/// The envelope, and where the attachment begins; as soon as both are there.
fn beginning(bytes: &[u8]) -> Option<(String, usize)> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_BEGINNING)]);
    let (_, message) = text.split_once("\r\n\r\n")?;
    let (envelope, attachment) = message.split_once(&format!("\r\n{DELIMITER}\r\n"))?;
    let (fields, _) = attachment.split_once("\r\n\r\n")?;
    let before = text.len() - attachment.len();
    Some((envelope.to_owned(), before + fields.len() + 4))
}

/// That these are the bytes of the pattern from this place on.
fn compare(mut bytes: &[u8], from: u64, pattern: &[u8]) -> Result<()> {
    let mut at = usize::try_from(from % PIECE as u64)?;
    while !bytes.is_empty() {
        let length = bytes.len().min(pattern.len() - at);
        ensure!(
            bytes[..length] == pattern[at..at + length],
            "other bytes than were sent, behind byte {from}"
        );
        bytes = &bytes[length..];
        at = 0;
    }
    Ok(())
}
