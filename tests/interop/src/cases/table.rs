//! One row of the table; [`words`](super::words) has the words in which rows are written.

use serde_json::Value;

use super::soap::Soap;
use crate::place::Role;

/// What is asked and what must come of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Group and name.
    pub name: &'static str,
    /// Our place, if the case concerns only one.
    pub only_as: Option<Role>,
    /// What it needs besides the captured pair.
    pub needs: Needs,
    /// Method.
    pub verb: &'static str,
    /// Request target; [`RUN`], [`NUMBER`] and [`BEFORE`] in it are replaced.
    pub target: String,
    /// Sent to our own port for information systems, whatever our place: it is answered there.
    pub at_ours: bool,
    /// The SOAP message, if it is one.
    pub soap: Option<Soap>,
    /// `X-Road-Client`.
    pub client: Option<&'static str>,
    /// Whether the information system gives the query id.
    pub gives_query_id: bool,
    /// Other header fields, in this order.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Body.
    pub body: Given,
    /// The body comes without its length.
    pub chunked: bool,
    /// How many requests, sent by how many information systems at the same time.
    pub crowd: Crowd,
    /// Requests of other kinds that take turns with this one.
    pub turns: Vec<Case>,
    /// An exchange that comes first, about which this request asks.
    pub before: Option<Box<Case>>,
    /// An answer with this text means "not yet": it is asked again.
    pub not_yet: Option<&'static str>,
    /// Status that the information system gets.
    pub status: u16,
    /// Fault code (`X-Road-Error`), if it is refused.
    pub error: Option<&'static str>,
    /// Text of the refusal, where the captures show one.
    pub text: Option<&'static str>,
    /// Body that the information system gets.
    pub wanted: Wanted,
    /// Header fields of the answer and what their values must contain.
    pub answer_headers: Vec<(&'static str, &'static str)>,
    /// What the journal of our server must hold.
    pub record: Record,
}

/// In a target: what makes the query ids of this run unique.
pub const RUN: &str = "{run}";
/// In a target: the number of the request in its crowd.
pub const NUMBER: &str = "{number}";
/// In a target: the query id of the exchange before.
pub const BEFORE: &str = "{before}";

/// What a case needs besides the captured pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A partner that misbehaves when it is told to: the foreign peer.
    Play,
    /// A backend that describes its SOAP services at the address that the captured configuration names.
    Description,
}

/// How many requests a case consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// In all.
    pub requests: usize,
    /// Information systems, each of which sends its next request when it has an answer.
    pub systems: usize,
}

/// Body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// None.
    Nothing,
    /// One of length 0.
    Empty,
    /// A text.
    Text(&'static str),
    /// So many bytes: the query id, as far as there is room for it, so that no two bodies are alike; then every value.
    Bytes(usize),
}

/// Body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// What the captured backend makes of the request. REST: the body, or else method and target. SOAP: the header
    /// again, an element named like that of the request, and the attachments.
    Echo,
    /// None.
    Empty,
    /// This text.
    Text(&'static str),
    /// A text with all of these in it.
    Containing(&'static [&'static str]),
    /// JSON with this meaning.
    Json(Value),
    /// XML (of SOAP: the body) in which the elements of this local name hold these identifiers and no others.
    Identifiers(&'static str, &'static [&'static str]),
    /// The answer of `getWsdl`: the description is an attachment that names these operations, but no address.
    Wsdl(&'static [&'static str]),
    /// A ZIP archive of exactly these files.
    Archive(&'static [&'static str]),
    /// So many containers of evidence: one as it is, several in a ZIP archive.
    Containers(usize),
    /// Whatever it is.
    Anything,
}

/// What the journal of our server must hold of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// Request and response.
    Exchange,
    /// The request; what came back was a fault of the service, which is not recorded.
    Request,
    /// The request if ours is the consumer's server (it was recorded before it was sent), else nothing.
    RequestOfConsumer,
    /// Nothing.
    Nothing,
}

impl Case {
    /// The kind of the request with this number: the case itself and its [`turns`](Self::turns) alternate.
    #[must_use]
    pub fn kind(&self, number: usize) -> &Case {
        match number % (self.turns.len() + 1) {
            0 => self,
            turn => &self.turns[turn - 1],
        }
    }
}

impl Given {
    /// The bytes, in a request with this query id.
    #[must_use]
    pub fn bytes(self, query_id: &str) -> Option<Vec<u8>> {
        match self {
            Self::Nothing => None,
            Self::Empty => Some(Vec::new()),
            Self::Text(text) => Some(text.as_bytes().to_vec()),
            Self::Bytes(length) => Some(numbered_bytes(length, query_id)),
        }
    }
}

/// So many bytes, the first of which are the query id.
#[must_use]
pub fn numbered_bytes(length: usize, query_id: &str) -> Vec<u8> {
    // No period that a multiple of a buffer size could hide.
    let pattern = (query_id.len()..length).map(|at| ((at * 31 + at / 251) % 256) as u8);
    query_id.bytes().take(length).chain(pattern).collect()
}

#[cfg(test)]
mod tests {
    use super::super::words::case;
    use super::*;

    #[test]
    fn bodies_of_different_requests_differ() {
        assert_eq!(Given::Bytes(3).bytes("abcdef").unwrap(), b"abc");
        let bytes = |query_id| Given::Bytes(1_000).bytes(query_id).unwrap();
        assert_eq!((bytes("q-1").len(), &bytes("q-1")[..3]), (1_000, b"q-1".as_slice()));
        assert_ne!(bytes("q-1"), bytes("q-2"));
    }

    #[test]
    fn kinds_take_turns() {
        let mix = case("mix", "GET", "/").turns([case("post", "POST", "/"), case("put", "PUT", "/")]);
        let verbs: Vec<_> = (0..5).map(|number| mix.kind(number).verb).collect();
        assert_eq!(verbs, ["GET", "POST", "PUT", "GET", "POST"]);
    }
}
