//! Requests.

use std::fmt;
use std::str::FromStr;

use identifiers::path::decode_segment;
use identifiers::{ClientId, IdentifierError, ServerId};

use super::headers::{self, Headers, check_header, filter_request_headers};
use super::lines::{Lines, headers_length, write_headers};
use super::{RestError, RestTarget, check_uri, parse_target, request_hash};
use crate::Limits;
use crate::digest::Sha512;
use crate::names::header;

/// The HTTP methods of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// DELETE
    Delete,
    /// GET
    Get,
    /// HEAD
    Head,
    /// OPTIONS
    Options,
    /// PATCH
    Patch,
    /// POST
    Post,
    /// PUT
    Put,
    /// TRACE
    Trace,
}

impl Verb {
    /// Every method.
    pub const ALL: [Self; 8] =
        [Self::Delete, Self::Get, Self::Head, Self::Options, Self::Patch, Self::Post, Self::Put, Self::Trace];

    /// The method as HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Trace => "TRACE",
        }
    }

    /// True if the provider's security server hands a received body on to the service. With other methods the body is
    /// signed and transferred, but a stock server does not hand it on.
    #[must_use]
    pub const fn hands_on_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Verb {
    type Err = RestError;

    fn from_str(text: &str) -> Result<Self, RestError> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == text).ok_or(RestError::UnknownVerb)
    }
}

/// The value of `X-Road-Represented-Party`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepresentedParty {
    /// The class of the party, if given.
    pub class: Option<String>,
    /// The code of the party.
    pub code: String,
}

/// A request message: method, target and headers, without body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestRequest {
    /// The HTTP method.
    pub verb: Verb,
    /// Path and query as sent.
    pub target: String,
    /// The headers.
    pub headers: Headers,
}

impl RestRequest {
    /// The message for a request of an information system: headers filtered, `x-road-request-id` appended.
    ///
    /// # Errors
    /// [`RestError::UnknownVerb`] or [`RestError::MalformedHeader`].
    pub fn from_client(
        verb: &str,
        target: &str,
        headers: Headers,
        request_id: &str,
    ) -> Result<Self, RestError> {
        let mut headers = filter_request_headers(headers);
        headers.push((header::REQUEST_ID.to_owned(), request_id.to_owned()));
        headers.iter().try_for_each(|(name, value)| check_header(name, value))?;
        if target.bytes().any(|byte| byte.is_ascii_control() || byte == b' ') {
            return Err(RestError::InvalidUri);
        }
        Ok(Self { verb: verb.parse()?, target: target.to_owned(), headers })
    }

    /// Appends `x-road-id` if the information system sent none.
    pub fn add_query_id_if_absent(&mut self, query_id: &str) {
        if self.query_id().is_none() {
            self.headers.push((header::QUERY_ID.to_owned(), query_id.to_owned()));
        }
    }

    /// Reads a received message and checks form, target and every identifier in it.
    ///
    /// # Errors
    /// See [`RestError`]; a missing client is no error here.
    pub fn decode(message: &[u8], limits: &Limits) -> Result<Self, RestError> {
        let mut lines = Lines::of(message, limits)?;
        let verb = lines.next().ok_or(RestError::Incomplete)?.parse()?;
        let target = lines.next().ok_or(RestError::Incomplete)?;
        if target.len() > limits.target {
            return Err(RestError::TargetTooLong);
        }
        check_uri(target)?;
        let request = Self { verb, target: target.to_owned(), headers: lines.headers(limits)? };
        request.check_identifiers()?;
        Ok(request)
    }

    /// Checks the target and every X-Road header that is present.
    ///
    /// # Errors
    /// See [`RestError`]; a missing client is no error here.
    pub fn check_identifiers(&self) -> Result<(), RestError> {
        self.target()?;
        self.client().map(drop).or_else(|error| match error {
            RestError::ClientMissing => Ok(()),
            other => Err(other),
        })?;
        self.security_server()?;
        self.represented_party()?;
        Ok(())
    }

    /// The canonical bytes, which are transferred, hashed and signed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let length = self.verb.as_str().len() + self.target.len() + 4 + headers_length(&self.headers);
        let mut message = Vec::with_capacity(length);
        for line in [self.verb.as_str(), self.target.as_str()] {
            message.extend_from_slice(line.as_bytes());
            message.extend_from_slice(b"\r\n");
        }
        write_headers(&mut message, &self.headers);
        message
    }

    /// The request hash over the canonical bytes, see [`request_hash`].
    #[must_use]
    pub fn hash(&self, body: Option<&Sha512>) -> String {
        request_hash(&self.encode(), body)
    }

    /// Service, path and query.
    ///
    /// # Errors
    /// As [`parse_target`].
    pub fn target(&self) -> Result<RestTarget, RestError> {
        parse_target(&self.target)
    }

    /// The first value of a header, by name in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        headers::first(&self.headers, name)
    }

    /// The consumer: the last `X-Road-Client`.
    ///
    /// # Errors
    /// [`RestError::ClientMissing`] or [`RestError::Identifier`].
    pub fn client(&self) -> Result<ClientId, RestError> {
        let value = headers::last(&self.headers, header::CLIENT).ok_or(RestError::ClientMissing)?;
        ClientId::from_path(value).map_err(|reason| RestError::Identifier { place: "X-Road-Client", reason })
    }

    /// The message identifier: the last `X-Road-Id`.
    #[must_use]
    pub fn query_id(&self) -> Option<&str> {
        headers::last(&self.headers, header::QUERY_ID)
    }

    /// The call identifier: the last `x-road-request-id`. The name counts in lower case only, as for a stock server.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.headers
            .iter()
            .rev()
            .find(|(name, _)| name == header::REQUEST_ID)
            .map(|(_, value)| value.as_str())
    }

    /// The person or system on whose behalf the consumer asks: the first `X-Road-UserId`.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.header(header::USER_ID)
    }

    /// The first `X-Road-Issue`.
    #[must_use]
    pub fn issue(&self) -> Option<&str> {
        self.header(header::ISSUE)
    }

    /// The provider's server that must answer: the last `X-Road-Security-Server`.
    ///
    /// # Errors
    /// [`RestError::Identifier`].
    pub fn security_server(&self) -> Result<Option<ServerId>, RestError> {
        headers::last(&self.headers, header::SECURITY_SERVER)
            .map(ServerId::from_path)
            .transpose()
            .map_err(|reason| RestError::Identifier { place: "X-Road-Security-Server", reason })
    }

    /// The last `X-Road-Represented-Party`.
    ///
    /// # Errors
    /// [`RestError::Identifier`].
    pub fn represented_party(&self) -> Result<Option<RepresentedParty>, RestError> {
        headers::last(&self.headers, header::REPRESENTED_PARTY)
            .map(represented_party)
            .transpose()
            .map_err(|reason| RestError::Identifier { place: "X-Road-Represented-Party", reason })
    }
}

/// Reads `[class/]code`.
fn represented_party(value: &str) -> Result<RepresentedParty, IdentifierError> {
    let segments: Vec<&str> = value.splitn(3, '/').collect();
    let decoded = |segment| decode_segment(segment).map(std::borrow::Cow::into_owned);
    match segments.as_slice() {
        [code] => Ok(RepresentedParty { class: None, code: decoded(code)? }),
        [class, code] => Ok(RepresentedParty { class: Some(decoded(class)?), code: decoded(code)? }),
        other => Err(IdentifierError::Segments {
            kind: "represented party",
            expected: "1 or 2",
            found: other.len(),
        }),
    }
}
