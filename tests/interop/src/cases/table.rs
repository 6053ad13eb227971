//! One row of the table, and the words in which rows are written.

use super::soap::Soap;
use crate::place::{CLIENT, Role, SERVICE};

/// The header by which the foreign peer is told to misbehave.
const PLAY: &str = "X-Interop-Play";

/// What is asked and what must come of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Group and name.
    pub name: &'static str,
    /// Our place, if the case concerns only one.
    pub only_as: Option<Role>,
    /// Method.
    pub verb: &'static str,
    /// Request target; `{run}` in it stands for what makes query ids unique.
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
    /// How many of these at the same time.
    pub at_once: usize,
    /// Status that the information system gets.
    pub status: u16,
    /// Fault code (`X-Road-Error`), if it is refused.
    pub error: Option<&'static str>,
    /// Body that the information system gets.
    pub wanted: Wanted,
    /// Header fields of the answer and what their values must contain.
    pub answer_headers: Vec<(&'static str, &'static str)>,
    /// What the journal of our server must hold.
    pub record: Record,
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
    /// So many bytes of every value.
    Bytes(usize),
}

/// Body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// What the captured backend makes of the request: the body, or else method and target.
    Echo,
    /// None.
    Empty,
    /// This text.
    Text(&'static str),
    /// A text with this in it.
    Containing(&'static str),
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

/// A request to the service of the pair which passes and is answered by the backend's echo.
#[must_use]
pub fn case(name: &'static str, verb: &'static str, path: &str) -> Case {
    case_at(name, verb, &format!("{SERVICE}{path}"))
}

/// The same for any request target.
#[must_use]
pub fn case_at(name: &'static str, verb: &'static str, target: &str) -> Case {
    Case {
        name,
        only_as: None,
        verb,
        target: target.to_owned(),
        at_ours: false,
        soap: None,
        client: Some(CLIENT),
        gives_query_id: true,
        headers: Vec::new(),
        body: Given::Nothing,
        chunked: false,
        at_once: 1,
        status: 200,
        error: None,
        wanted: Wanted::Echo,
        answer_headers: Vec::new(),
        record: Record::Exchange,
    }
}

impl Case {
    /// Only the foreign peer can be asked this.
    #[must_use]
    pub fn is_played(&self) -> bool {
        self.headers.iter().any(|(name, _)| *name == PLAY)
    }

    /// Our server must stand in this place.
    #[must_use]
    pub fn only_as(self, role: Role) -> Self {
        Self { only_as: Some(role), ..self }
    }

    /// With a header field.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(self, body: Given) -> Self {
        Self { body, ..self }
    }

    /// The body comes in chunks.
    #[must_use]
    pub fn chunked(self) -> Self {
        Self { chunked: true, ..self }
    }

    /// Another client, or none.
    #[must_use]
    pub fn client(self, client: Option<&'static str>) -> Self {
        Self { client, ..self }
    }

    /// The query id is left to the security server.
    #[must_use]
    pub fn without_query_id(self) -> Self {
        Self { gives_query_id: false, ..self }
    }

    /// Asked of our own server directly.
    #[must_use]
    pub fn at_ours(self) -> Self {
        Self { at_ours: true, gives_query_id: false, client: None, record: Record::Nothing, ..self }
    }

    /// So many at once.
    #[must_use]
    pub fn at_once(self, at_once: usize) -> Self {
        Self { at_once, ..self }
    }

    /// The answer of the service.
    #[must_use]
    pub fn answered(self, status: u16, wanted: Wanted) -> Self {
        Self { status, wanted, ..self }
    }

    /// The answer has a header field with this in its value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.answer_headers.push((name, value));
        self
    }

    /// Refused before anything was signed.
    #[must_use]
    pub fn refused(self, code: &'static str) -> Self {
        let status = if code.starts_with("server.") { 500 } else { 400 };
        Self { status, error: Some(code), wanted: Wanted::Anything, record: Record::Nothing, ..self }
    }

    /// Refused after the consumer's server had signed and sent the request.
    #[must_use]
    pub fn refused_later(self, code: &'static str) -> Self {
        Self { record: Record::RequestOfConsumer, ..self.refused(code) }
    }

    /// Refused as HTTP, without a code of X-Road.
    #[must_use]
    pub fn refused_as_http(self, status: u16) -> Self {
        Self { status, wanted: Wanted::Anything, record: Record::Nothing, ..self }
    }

    /// The foreign peer does this.
    #[must_use]
    pub fn played(self, play: &'static str) -> Self {
        self.header(PLAY, play)
    }

    /// The part of the target below the service, as the backend sees it.
    #[must_use]
    pub fn backend_target(&self) -> String {
        let (path, query) =
            self.target.split_once('?').map_or((self.target.as_str(), None), |(p, q)| (p, Some(q)));
        let below: String = path.splitn(8, '/').skip(7).map(|rest| format!("/{rest}")).collect();
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("/rest{below}{query}")
    }
}

impl Given {
    /// The bytes.
    #[must_use]
    pub fn bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Nothing => None,
            Self::Empty => Some(Vec::new()),
            Self::Text(text) => Some(text.as_bytes().to_vec()),
            // No period that a multiple of a buffer size could hide.
            Self::Bytes(length) => Some((0..length).map(|at| ((at * 31 + at / 251) % 256) as u8).collect()),
        }
    }
}

impl Wanted {
    /// The exact body, when there is one.
    #[must_use]
    pub fn bytes(&self, case: &Case) -> Option<Vec<u8>> {
        let echo = || {
            let handed_on = matches!(case.verb, "POST" | "PUT" | "PATCH");
            let body = case.body.bytes().filter(|body| handed_on && !body.is_empty());
            body.unwrap_or_else(|| format!("{} {}", case.verb, case.backend_target()).into_bytes())
        };
        match self {
            Self::Echo if case.verb == "HEAD" => Some(Vec::new()),
            Self::Echo => Some(echo()),
            Self::Empty => Some(Vec::new()),
            Self::Text(text) => Some(text.as_bytes().to_vec()),
            Self::Containing(_) | Self::Anything => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backend_sees_what_is_below_the_service() {
        for (path, expected) in
            [("", "/rest"), ("/", "/rest/"), ("/a%2Fb/c?x=/y", "/rest/a%2Fb/c?x=/y"), ("?q", "/rest?q")]
        {
            assert_eq!(case("x", "GET", path).backend_target(), expected);
        }
    }

    #[test]
    fn the_echo_is_the_body_where_bodies_are_handed_on() {
        let wanted = |case: Case| String::from_utf8(Wanted::Echo.bytes(&case).unwrap()).unwrap();
        assert_eq!(wanted(case("x", "POST", "/a").body(Given::Text("hi"))), "hi");
        assert_eq!(wanted(case("x", "DELETE", "/a").body(Given::Text("hi"))), "DELETE /rest/a");
        assert_eq!(wanted(case("x", "PUT", "/a").body(Given::Empty)), "PUT /rest/a");
        assert_eq!(wanted(case("x", "HEAD", "/a")), "");
    }
}
