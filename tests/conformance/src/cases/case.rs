//! One row of a table, and the words in which rows are written.

use crate::input::{Edit, Input, Source};
use crate::network::{REST_CLIENT, REST_SERVICE};

/// What is asked and what must come of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Name; where X-Road's suite has the case, its name there.
    pub name: &'static str,
    /// Who asks whom.
    pub place: Place,
    /// The request.
    pub request: Request,
    /// Changes to the files of request and answers alike.
    pub edits: Vec<Edit>,
    /// What the provider's information system does.
    pub service: ServicePlay,
    /// What the mock security server does, if the request is for its member.
    pub peer: PeerPlay,
    /// What must come back.
    pub expect: Expect,
    /// How often the provider's information system must be called.
    pub calls: Calls,
    /// How the servers must be set.
    pub setting: Setting,
}

/// Who asks whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The consumer's information system asks the consumer's server over HTTP.
    Http,
    /// The same over HTTPS.
    Https(SystemTls),
    /// The mock security server asks the provider's server.
    Peer(PeerRequest),
}

/// How an information system connects over HTTPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SystemTls {
    /// Certificate that it shows: one of [`crate::material`].
    pub certificate: Option<&'static str>,
    /// Its only TLS 1.2 cipher suite, in OpenSSL's words; absent: what it likes.
    pub suite: Option<&'static str>,
}

/// What is special about a request of the mock security server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerRequest {
    /// A part with the OCSP response of its authentication certificate goes before the case's own bytes, without which
    /// no message gets far where TLS is on (the suite of X-Road asks such cases with TLS off).
    pub ocsp: bool,
    /// `x-proxy-version`.
    pub version: Option<&'static str>,
    /// Certificate that it shows: its own, or another of [`crate::material`].
    pub certificate: &'static str,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: &'static str,
    /// Request target.
    pub target: String,
    /// Header fields besides `Host`, `Connection`, `Content-Type` and those of the framing.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Content type.
    pub content_type: Option<&'static str>,
    /// Body.
    pub body: Input,
    /// The body comes without its length.
    pub chunked: bool,
}

/// What the provider's information system does.
#[derive(Debug, Clone)]
pub enum ServicePlay {
    /// Gives the body back, or method and target where there is none.
    Echo,
    /// Answers this.
    Answer(Answer),
    /// Announces 1,000 bytes and closes without one.
    Vanishes,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Content type.
    pub content_type: Option<&'static str>,
    /// Further header fields.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Body.
    pub body: Input,
}

/// What the mock security server does when it is asked.
#[derive(Debug, Clone)]
pub enum PeerPlay {
    /// It is not asked.
    NotAsked,
    /// Answers this, and closes.
    Answer(Answer),
    /// Announces 1,000 bytes of this content type and closes without one.
    Vanishes(&'static str),
    /// Reads something and resets the connection.
    Resets,
    /// Shows another certificate than the one that is registered.
    Shows(&'static str),
    /// Lets nobody in.
    RefusesClients,
    /// Answers a REST request with a signed message that is right but for one thing.
    Lies(Lie),
}

/// What is wrong in a signed REST response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Nothing.
    Nothing,
    /// `x-road-request-id`.
    RequestId,
    /// `x-road-request-hash`.
    RequestHash,
    /// `x-road-id`.
    QueryId,
    /// `x-road-client`.
    Client,
    /// `x-road-service`.
    Service,
}

/// How often the provider's information system must be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// Once for what it must answer, else never.
    Implied,
    /// So often.
    Exactly(usize),
    /// X-Road leaves it open.
    Any,
}

/// How the servers of the pair must be set for a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// It does not matter.
    Any,
    /// The consumer's server lets information systems in whose certificate has expired (the default).
    UnenforcedValidity,
    /// It does not.
    EnforcedValidity,
}

/// What must come back.
#[derive(Debug, Clone)]
pub enum Expect {
    /// SOAP: the service got what was sent and the information system what the service answered.
    Exchange,
    /// SOAP: a fault document of a security server.
    Fault(Code),
    /// SOAP: a fault document with this code that the information system or a peer sent; the rest is what they wrote.
    ForeignFault(&'static str),
    /// SOAP: the fault of the service, as it wrote it.
    ServiceFault(&'static str),
    /// SOAP: the answer of a metadata service with these words in it.
    Metadata(&'static [&'static str]),
    /// REST: the answer of the service.
    Rest(RestAnswer),
    /// REST: a refusal.
    RestFault(Code, Form),
    /// REST: the answer of a metadata service with these words in it.
    RestMetadata(&'static [&'static str]),
    /// REST: the description of a service with this content type and these words in it.
    Description(&'static str, &'static [&'static str]),
    /// The list of clients that the consumer's server gives, with these words in it.
    Clients(&'static [&'static str]),
    /// An answer of the HTTP layer with this status.
    Http(u16),
    /// There is no answer: the connection is refused.
    NoAnswer,
}

/// A fault code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Exactly this.
    Is(&'static str),
    /// This, and perhaps more words.
    Begins(&'static str),
}

/// Form of a refusal to a REST client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `application/json`.
    Json,
    /// XML, with this content type.
    Xml(&'static str),
}

/// What a REST client gets.
#[derive(Debug, Clone)]
pub struct RestAnswer {
    /// Status.
    pub status: u16,
    /// Body; absent: what the service gave.
    pub body: Option<Input>,
    /// Header fields and their values.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Asked again with the same query id it gets another request hash.
    pub again: bool,
}

/// The usual content type of SOAP.
pub const TEXT_XML: &str = "text/xml; charset=UTF-8";

/// `getstate.query` over plain HTTP, answered with `getstate.answer`.
#[must_use]
pub fn soap(name: &'static str) -> Case {
    Case {
        name,
        place: Place::Http,
        request: Request {
            method: "POST",
            target: "/".to_owned(),
            headers: Vec::new(),
            content_type: Some(TEXT_XML),
            body: Source::Query("getstate.query").into(),
            chunked: false,
        },
        edits: Vec::new(),
        service: ServicePlay::Answer(Answer {
            status: 200,
            content_type: Some(TEXT_XML),
            headers: Vec::new(),
            body: Source::Query("getstate.answer").into(),
        }),
        peer: PeerPlay::NotAsked,
        expect: Expect::Exchange,
        calls: Calls::Implied,
        setting: Setting::Any,
    }
}

/// A REST request to the service that echoes, and what is below it.
#[must_use]
pub fn rest(name: &'static str, method: &'static str, below: &str) -> Case {
    rest_at(name, method, &format!("/r1/{REST_SERVICE}{below}"))
}

/// The same for any request target.
#[must_use]
pub fn rest_at(name: &'static str, method: &'static str, target: &str) -> Case {
    let mut case = soap(name).header("X-Road-Client", REST_CLIENT);
    case.request.method = method;
    case.request.target = target.to_owned();
    case.request.content_type = None;
    case.request.body = Source::Nothing.into();
    case.service = ServicePlay::Echo;
    case.expect = Expect::Rest(RestAnswer { status: 200, body: None, headers: Vec::new(), again: false });
    case
}

impl Case {
    /// Another request file.
    #[must_use]
    pub fn query(self, file: &'static str) -> Self {
        self.body(Source::Query(file))
    }

    /// Another body of the request.
    #[must_use]
    pub fn body(mut self, body: impl Into<Input>) -> Self {
        self.request.body = body.into();
        self
    }

    /// Another content type of the request.
    #[must_use]
    pub fn typed(mut self, content_type: &'static str) -> Self {
        self.request.content_type = Some(content_type);
        self
    }

    /// No content type of the request.
    #[must_use]
    pub fn untyped(mut self) -> Self {
        self.request.content_type = None;
        self
    }

    /// Another request target.
    #[must_use]
    pub fn at(mut self, target: &str) -> Self {
        target.clone_into(&mut self.request.target);
        self
    }

    /// Another method.
    #[must_use]
    pub fn method(mut self, method: &'static str) -> Self {
        self.request.method = method;
        self
    }

    /// A header field of the request.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.request.headers.push((name, value));
        self
    }

    /// Without the header field of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.request.headers.retain(|(found, _)| *found != name);
        self
    }

    /// The body comes in chunks.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.request.chunked = true;
        self
    }

    /// A change to request and answer.
    #[must_use]
    pub fn edit(mut self, edit: Edit) -> Self {
        self.edits.push(edit);
        self
    }

    /// Another answer file of the service.
    #[must_use]
    pub fn answered(self, file: &'static str, content_type: &'static str) -> Self {
        self.answers(200, Some(content_type), Source::Query(file))
    }

    /// Another answer of the service.
    #[must_use]
    pub fn answers(self, status: u16, content_type: Option<&'static str>, body: impl Into<Input>) -> Self {
        let answer = Answer { status, content_type, headers: Vec::new(), body: body.into() };
        Self { service: ServicePlay::Answer(answer), ..self }
    }

    /// A header field of the service's answer.
    #[must_use]
    pub fn answer_header(mut self, name: &'static str, value: &'static str) -> Self {
        if let ServicePlay::Answer(answer) = &mut self.service {
            answer.headers.push((name, value));
        }
        self
    }

    /// The service does this.
    #[must_use]
    pub fn service(self, service: ServicePlay) -> Self {
        Self { service, ..self }
    }

    /// Over HTTPS.
    #[must_use]
    pub fn https(self, tls: SystemTls) -> Self {
        Self { place: Place::Https(tls), ..self }
    }

    /// The mock security server asks the provider's, in its own form of TLS.
    #[must_use]
    pub fn posted_by_peer(self, request: PeerRequest) -> Self {
        Self { place: Place::Peer(request), ..self }
    }

    /// It is for the mock security server, which does this.
    #[must_use]
    pub fn played(self, peer: PeerPlay) -> Self {
        Self { peer, ..self }
    }

    /// The mock security server answers with this.
    #[must_use]
    pub fn peer_answers(
        self,
        status: u16,
        content_type: Option<&'static str>,
        body: impl Into<Input>,
    ) -> Self {
        let headers = vec![("x-hash-algorithm", "SHA-512")];
        self.played(PeerPlay::Answer(Answer { status, content_type, headers, body: body.into() }))
    }

    /// What must come back.
    #[must_use]
    pub fn expecting(self, expect: Expect) -> Self {
        Self { expect, ..self }
    }

    /// SOAP: refused with this code, before the service is called.
    #[must_use]
    pub fn refused(self, code: &'static str) -> Self {
        self.expecting(Expect::Fault(Code::Is(code))).calling(0)
    }

    /// SOAP: refused with this code and perhaps more words, before the service is called.
    #[must_use]
    pub fn refused_as(self, code: &'static str) -> Self {
        self.expecting(Expect::Fault(Code::Begins(code))).calling(0)
    }

    /// SOAP: refused with this code because of what the service answered.
    #[must_use]
    pub fn refused_later(self, code: &'static str) -> Self {
        self.expecting(Expect::Fault(Code::Is(code))).calling(1)
    }

    /// REST: refused with this code in JSON, before the service is called.
    #[must_use]
    pub fn rest_refused(self, code: &'static str) -> Self {
        self.expecting(Expect::RestFault(Code::Is(code), Form::Json)).calling(0)
    }

    /// REST: what the client gets, where it is not just what the service gave with status 200.
    #[must_use]
    pub fn gets(mut self, status: u16, body: impl Into<Option<Source>>) -> Self {
        if let Expect::Rest(answer) = &mut self.expect {
            answer.status = status;
            answer.body = body.into().map(Input::from);
        }
        self
    }

    /// REST: the client gets this header field.
    #[must_use]
    pub fn gets_header(mut self, name: &'static str, value: &'static str) -> Self {
        if let Expect::Rest(answer) = &mut self.expect {
            answer.headers.push((name, value));
        }
        self
    }

    /// REST: asked again with the same query id, the request hash is another one.
    #[must_use]
    pub fn again(mut self) -> Self {
        if let Expect::Rest(answer) = &mut self.expect {
            answer.again = true;
        }
        self
    }

    /// The service must be called so often.
    #[must_use]
    pub fn calling(self, calls: usize) -> Self {
        Self { calls: Calls::Exactly(calls), ..self }
    }

    /// X-Road leaves open whether the service is called.
    #[must_use]
    pub fn calling_or_not(self) -> Self {
        Self { calls: Calls::Any, ..self }
    }

    /// The servers must be set like this.
    #[must_use]
    pub fn setting(self, setting: Setting) -> Self {
        Self { setting, ..self }
    }

    /// Calls of the service that must be seen; `None` where it does not matter.
    #[must_use]
    pub fn expected_calls(&self) -> Option<usize> {
        match (self.calls, &self.expect) {
            (Calls::Any, _) => None,
            (Calls::Exactly(calls), _) => Some(calls),
            (Calls::Implied, _) if !matches!(self.peer, PeerPlay::NotAsked) => Some(0),
            (Calls::Implied, Expect::Exchange | Expect::ServiceFault(_)) => Some(1),
            (Calls::Implied, Expect::Rest(answer)) => Some(1 + usize::from(answer.again)),
            (Calls::Implied, _) => Some(0),
        }
    }
}
