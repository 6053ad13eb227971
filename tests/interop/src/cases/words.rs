//! The words in which rows of the table are written.

use super::soap::Soap;
use super::table::{Case, Crowd, Given, Needs, Record, Wanted};
use crate::place::{CLIENT, Role, SERVICE};

/// The header by which the foreign peer is told to misbehave.
const PLAY: &str = "X-Interop-Play";

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
        needs: Needs::Nothing,
        verb,
        target: target.to_owned(),
        at_ours: false,
        soap: None,
        client: Some(CLIENT),
        gives_query_id: true,
        headers: Vec::new(),
        body: Given::Nothing,
        chunked: false,
        crowd: Crowd { requests: 1, systems: 1 },
        turns: Vec::new(),
        before: None,
        not_yet: None,
        status: 200,
        error: None,
        text: None,
        wanted: Wanted::Echo,
        answer_headers: Vec::new(),
        record: Record::Exchange,
    }
}

impl Case {
    /// Our server must stand in this place.
    #[must_use]
    pub fn only_as(self, role: Role) -> Self {
        Self { only_as: Some(role), ..self }
    }

    /// Asked only when this is there.
    #[must_use]
    pub fn needs(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }

    /// A SOAP message.
    #[must_use]
    pub fn soap(self, soap: Soap) -> Self {
        Self { soap: Some(soap), ..self }
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

    /// Asks about an exchange, which comes first; as long as the answer has `not_yet` in it, it is asked again.
    #[must_use]
    pub fn after(self, before: Case, not_yet: Option<&'static str>) -> Self {
        Self { before: Some(Box::new(before)), not_yet, ..self }
    }

    /// So many at once.
    #[must_use]
    pub fn at_once(self, requests: usize) -> Self {
        self.crowd(requests, requests)
    }

    /// So many requests of so many information systems.
    #[must_use]
    pub fn crowd(self, requests: usize, systems: usize) -> Self {
        Self { crowd: Crowd { requests, systems }, ..self }
    }

    /// Requests of these kinds take turns with this one.
    #[must_use]
    pub fn turns<const N: usize>(self, others: [Case; N]) -> Self {
        Self { turns: others.into(), ..self }
    }

    /// The answer of the service.
    #[must_use]
    pub fn answered(self, status: u16, wanted: Wanted) -> Self {
        Self { status, wanted, ..self }
    }

    /// The answer is this.
    #[must_use]
    pub fn wants(self, wanted: Wanted) -> Self {
        Self { wanted, ..self }
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
        let refused_rest = if code.starts_with("server.") { 500 } else { 400 };
        // As the captures show.
        let status = if self.soap.is_some() { 200 } else { refused_rest };
        Self { status, error: Some(code), wanted: Wanted::Anything, record: Record::Nothing, ..self }
    }

    /// Refused after the consumer's server had signed and sent the request.
    #[must_use]
    pub fn refused_later(self, code: &'static str) -> Self {
        Self { record: Record::RequestOfConsumer, ..self.refused(code) }
    }

    /// Answered by the service, or in its place, with a fault.
    #[must_use]
    pub fn faulted(self, code: &'static str) -> Self {
        Self { record: Record::Request, ..self.refused(code) }
    }

    /// The refusal says exactly this.
    #[must_use]
    pub fn saying(self, text: &'static str) -> Self {
        Self { text: Some(text), ..self }
    }

    /// Refused as HTTP, without a code of X-Road.
    #[must_use]
    pub fn refused_as_http(self, status: u16) -> Self {
        Self { status, wanted: Wanted::Anything, record: Record::Nothing, ..self }
    }

    /// The foreign peer does this. SOAP has no room for header fields of HTTP, but for an issue.
    #[must_use]
    pub fn played(self, play: &'static str) -> Self {
        let case = match &self.soap {
            Some(soap) => Self { soap: Some(Soap { issue: Some(play), ..*soap }), ..self },
            None => self.header(PLAY, play),
        };
        case.needs(Needs::Play)
    }
}
