//! The words in which rows are written: a case that passes, and what is different about this one.

use super::case::{
    Answer, Calls, Case, Code, Expect, Form, PeerPlay, PeerRequest, Place, Request, RestAnswer, ServicePlay,
    Setting, SystemTls,
};
use crate::input::{Edit, Input, Source};
use crate::network::{REST_CLIENT, REST_SERVICE};

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
