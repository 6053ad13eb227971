//! One row of a table.

use crate::input::{Edit, Input};

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
