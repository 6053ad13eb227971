//! What may differ between a captured message and ours: ids and times that somebody must invent, the boundary, and
//! what follows from the moment of signing. Everything else must be the same, byte for byte.

use service_kit::http::Response;

use super::captured::{BODY, CHAIN, Http, Message, OCSP, RESULT, SIGNATURE, between};

/// Header fields that belong to one connection or to the program, not to the message.
const OF_THE_CONNECTION: [&str; 5] = ["date", "transfer-encoding", "host", "user-agent", "accept-encoding"];

/// Both are the same message: header fields, parts in their order, and each part's bytes.
pub(super) fn assert_same_message(ours: &Http, theirs: &Http, what: &str) {
    assert_same_head(ours, theirs, what);
    let (ours, theirs) = (ours.message(), theirs.message());
    assert_eq!(ours.content_types(), theirs.content_types(), "{what}");
    assert_eq!(ours.boundary.len(), theirs.boundary.len(), "{what}");
    for (ours, theirs) in ours.parts.iter().zip(&theirs.parts) {
        let kind = ours.content_type.as_str();
        let form = |content: &[u8]| match kind {
            RESULT | CHAIN => without_prefixes(&shown(content)),
            SIGNATURE => String::new(),
            _ => shown(content),
        };
        assert_eq!(form(&ours.content), form(&theirs.content), "{what}: {kind}");
    }
    // What is signed is the same bytes, unless the prefixes in it are others.
    let signed = |message: &Message| match ours.part(RESULT) == theirs.part(RESULT) {
        true => unsigned(message),
        false => without_data_digests(&unsigned(message)),
    };
    assert_eq!(signed(&ours), signed(&theirs), "{what}: signature");
}

/// A document of a hash chain without namespace prefixes: which one is the default changes with each start of a stock
/// server.
fn without_prefixes(document: &str) -> String {
    const NAMESPACES: [&str; 2] = ["http://cyber.ee/hashchain", "http://www.w3.org/2000/09/xmldsig#"];
    let mut text = document.replace("ns2:", "");
    for namespace in NAMESPACES {
        for declaration in ["xmlns", "xmlns:ns2"] {
            text = text.replace(&format!(" {declaration}=\"{namespace}\""), "");
        }
    }
    text
}

/// Start line and header fields are the same, whatever the case of the names.
pub(super) fn assert_same_head(ours: &Http, theirs: &Http, what: &str) {
    assert_eq!(ours.start, theirs.start, "{what}");
    assert_eq!(fields(ours), fields(theirs), "{what}");
}

fn fields(http: &Http) -> Vec<(String, String)> {
    let mut fields: Vec<_> = http
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), without_boundary(value)))
        .filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.as_str()))
        .collect();
    fields.sort();
    fields
}

fn without_boundary(value: &str) -> String {
    match value.split_once("boundary=xtop") {
        Some((start, letters)) => format!("{start}boundary=xtop({} letters)", letters.len()),
        None => value.to_owned(),
    }
}

/// Both are messages of the same content with different ids: what depends on an id may differ too.
pub(super) fn assert_same_form(ours: &Http, theirs: &Http, what: &str) {
    let named = |http: &Http| {
        let mut http = http.clone();
        // A connection stays open in HTTP/1.1 unless somebody says otherwise; a stock server says it all the same.
        http.headers.retain(|(name, value)| !(name == "Connection" && value == "Keep-Alive"));
        http.headers.iter_mut().for_each(|(_, value)| *value = without_uuids(value.as_bytes()));
        http
    };
    assert_same_head(&named(ours), &named(theirs), what);
    let (ours, theirs) = (ours.message(), theirs.message());
    assert_eq!(ours.content_types(), theirs.content_types(), "{what}");
    for (ours, theirs) in ours.parts.iter().zip(&theirs.parts) {
        let form = |content: &[u8]| match ours.content_type.as_str() {
            OCSP | BODY => shown(content),
            RESULT | CHAIN => {
                without_all(&without_prefixes(&shown(content)), "<DigestValue>", "</DigestValue>")
            }
            SIGNATURE => String::new(),
            _ => without_uuids(content),
        };
        assert_eq!(form(&ours.content), form(&theirs.content), "{what}: {}", ours.content_type);
    }
    let signed = |message: &Message| without_data_digests(&unsigned(message));
    assert_eq!(signed(&ours), signed(&theirs), "{what}: signature");
}

/// A signature without the digests of what is signed.
fn without_data_digests(signature: &str) -> String {
    let info = between(signature, "<ds:SignedInfo>", "</ds:SignedInfo>");
    signature.replace(info, &without_all(info, "<ds:DigestValue>", "</ds:DigestValue>"))
}

fn without_all(text: &str, from: &str, to: &str) -> String {
    let mut pieces = text.split(from);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |out, piece| out + from + piece.find(to).map_or(piece, |at| &piece[at..]))
}

/// Whether the ids of an exchange are the captured ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ids {
    /// They are.
    Captured,
    /// They were made anew, and with them what depends on them.
    New,
}

/// The answer to an information system is the captured one: status, header fields but `Date`, body.
pub(super) async fn assert_same_answer(mut ours: Response, theirs: &Http, ids: Ids, what: &str) {
    const OF_THE_FRAME: [&str; 2] = ["content-length", "connection"];
    let status = ours.status;
    let body = std::mem::take(&mut ours.body).read_all(u64::MAX).await.expect("a whole body");
    assert_eq!(status, theirs.status(), "{what}: {}", shown(&body));
    let text = |bytes: &[u8]| if ids == Ids::New { without_uuids(bytes) } else { shown(bytes) };
    let kept = |headers: Vec<(String, String)>| -> Vec<(String, String)> {
        let all = fields(&Http { start: String::new(), headers, body: Vec::new() });
        all.into_iter()
            .filter(|(name, _)| !OF_THE_FRAME.contains(&name.as_str()))
            .filter(|(name, _)| ids == Ids::Captured || name != "x-road-request-hash")
            .map(|(name, value)| (name, text(value.as_bytes())))
            .collect()
    };
    let headers = std::mem::take(&mut ours.headers).into_vec();
    assert_eq!(kept(headers), kept(theirs.headers.clone()), "{what}");
    assert_eq!(text(&body), text(&theirs.body), "{what}");
}

/// The signature without its value, its time, the digest that covers the time, and the line breaks that Java puts
/// into base64.
fn unsigned(message: &Message) -> String {
    let mut text = shown(message.part(SIGNATURE).expect("a signature")).replace("&#13;\n", "");
    for (from, to) in [
        ("<ds:SignatureValue Id=\"signature-value\">", "</ds:SignatureValue>"),
        ("<xades:SigningTime>", "</xades:SigningTime>"),
    ] {
        let old = between(&text, from, to).to_owned();
        text = text.replace(&old, "");
    }
    let properties =
        between(&text, "<ds:Reference Id=\"signature-reference-1\"", "</ds:Reference>").to_owned();
    let digest = between(&properties, "<ds:DigestValue>", "</ds:DigestValue>");
    text.replace(digest, "")
}

/// With every UUID replaced, so that answers can be compared that name a new one.
pub(super) fn without_uuids(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(next) = rest.chars().next() {
        if rest.get(..36).is_some_and(is_uuid) {
            out.push_str("(uuid)");
            rest = &rest[36..];
        } else {
            out.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    out
}

fn is_uuid(text: &str) -> bool {
    text.char_indices().all(|(at, c)| match at {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_digit() || ('a'..='f').contains(&c),
    })
}

/// Bytes in a form in which a difference can be read.
pub(super) fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
