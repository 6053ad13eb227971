//! Responses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identifiers::{ClientId, IdentifierError, ServiceId};

use super::RestError;
use super::headers::{self, Headers, check_header, filter_response_headers};
use super::lines::{Lines, headers_length, write_headers};
use super::target::service_of;
use crate::Limits;
use crate::names::header;

/// What the request was, as the response must repeat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseContext {
    /// The consumer.
    pub client: ClientId,
    /// The message identifier.
    pub query_id: String,
    /// The service.
    pub service: ServiceId,
    /// The call identifier, from the transport header of the request.
    pub request_id: String,
    /// The request hash.
    pub request_hash: String,
}

/// In what a response does not match its request; the order is that of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Another consumer.
    #[error("client of the response does not match the request")]
    Client,
    /// Another message identifier.
    #[error("query id of the response does not match the request")]
    QueryId,
    /// Another service.
    #[error("service of the response does not match the request")]
    Service,
    /// Another call identifier.
    #[error("request id of the response does not match the request")]
    RequestId,
    /// Another request hash.
    #[error("request hash of the response does not match the request")]
    RequestHash,
}

/// A response message: status, reason and headers, without body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestResponse {
    /// The HTTP status of the service.
    pub status: u16,
    /// The reason phrase of the service; may be empty.
    pub reason: String,
    /// The headers.
    pub headers: Headers,
}

impl RestResponse {
    /// The message for a response of a service: headers filtered, the five X-Road headers appended in their order.
    ///
    /// # Errors
    /// [`RestError::MalformedHeader`], also for a reason phrase that is no single line.
    pub fn from_service(
        status: u16,
        reason: &str,
        headers: Headers,
        context: &ResponseContext,
    ) -> Result<Self, RestError> {
        let mut headers = filter_response_headers(headers);
        headers.extend(
            [
                (header::QUERY_ID, context.query_id.clone()),
                (header::CLIENT, context.client.to_path()),
                (header::SERVICE, context.service.to_path()),
                (header::REQUEST_ID, context.request_id.clone()),
                (header::REQUEST_HASH, context.request_hash.clone()),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        headers.iter().try_for_each(|(name, value)| check_header(name, value))?;
        if reason.chars().any(char::is_control) {
            return Err(RestError::MalformedHeader);
        }
        Ok(Self { status, reason: reason.to_owned(), headers })
    }

    /// Reads a received message and checks form and mandatory headers.
    ///
    /// # Errors
    /// See [`RestError`].
    pub fn decode(message: &[u8], limits: &Limits) -> Result<Self, RestError> {
        let mut lines = Lines::of(message, limits)?;
        let status = status_of(lines.next().ok_or(RestError::Incomplete)?)?;
        let reason = lines.next().ok_or(RestError::Incomplete)?.to_owned();
        let response = Self { status, reason, headers: lines.headers(limits)? };
        response.query_id().filter(|id| !id.is_empty()).ok_or(RestError::QueryIdMissing)?;
        response.request_hash().filter(|hash| is_base64(hash)).ok_or(RestError::RequestHashMissing)?;
        response.client()?;
        response.service()?;
        Ok(response)
    }

    /// The canonical bytes, which are transferred and signed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let status = self.status.to_string();
        let length = status.len() + self.reason.len() + 4 + headers_length(&self.headers);
        let mut message = Vec::with_capacity(length);
        for line in [status.as_str(), self.reason.as_str()] {
            message.extend_from_slice(line.as_bytes());
            message.extend_from_slice(b"\r\n");
        }
        write_headers(&mut message, &self.headers);
        message
    }

    /// Checks that the response belongs to a request.
    ///
    /// # Errors
    /// The first [`Mismatch`] in X-Road's order.
    pub fn check_answers(&self, request: &ResponseContext) -> Result<(), Mismatch> {
        let matches = |found: Option<&str>, expected: &str| found == Some(expected);
        if self.client().ok().flatten().as_ref() != Some(&request.client) {
            Err(Mismatch::Client)
        } else if !matches(self.query_id(), &request.query_id) {
            Err(Mismatch::QueryId)
        } else if self.service().ok().flatten().as_ref() != Some(&request.service) {
            Err(Mismatch::Service)
        } else if !matches(self.request_id(), &request.request_id) {
            Err(Mismatch::RequestId)
        } else if !matches(self.request_hash(), &request.request_hash) {
            Err(Mismatch::RequestHash)
        } else {
            Ok(())
        }
    }

    /// The first value of a header, by name in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        headers::first(&self.headers, name)
    }

    /// The consumer, if named: the last `x-road-client`.
    ///
    /// # Errors
    /// [`RestError::Identifier`].
    pub fn client(&self) -> Result<Option<ClientId>, RestError> {
        headers::last(&self.headers, header::CLIENT)
            .map(ClientId::from_path)
            .transpose()
            .map_err(|reason| RestError::Identifier { place: "x-road-client", reason })
    }

    /// The service, if named: the last `x-road-service`, exactly five segments.
    ///
    /// # Errors
    /// [`RestError::Identifier`].
    pub fn service(&self) -> Result<Option<ServiceId>, RestError> {
        headers::last(&self.headers, header::SERVICE)
            .map(service_header)
            .transpose()
            .map_err(|reason| RestError::Identifier { place: "x-road-service", reason })
    }

    /// The message identifier: the last `x-road-id`.
    #[must_use]
    pub fn query_id(&self) -> Option<&str> {
        headers::last(&self.headers, header::QUERY_ID)
    }

    /// The call identifier: the last `x-road-request-id`.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        headers::last(&self.headers, header::REQUEST_ID)
    }

    /// The request hash: the last `x-road-request-hash`.
    #[must_use]
    pub fn request_hash(&self) -> Option<&str> {
        headers::last(&self.headers, header::REQUEST_HASH)
    }
}

/// Reads a three-digit status.
fn status_of(text: &str) -> Result<u16, RestError> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let status = text.parse::<u16>().ok().filter(|status| digits && *status >= 100);
    status.ok_or(RestError::MalformedStatus)
}

fn service_header(value: &str) -> Result<ServiceId, IdentifierError> {
    let segments: Vec<&str> = value.splitn(6, '/').collect();
    let five: [&str; 5] = segments.as_slice().try_into().map_err(|_| IdentifierError::Segments {
        kind: "service identifier",
        expected: "5",
        found: segments.len(),
    })?;
    service_of(five)
}

fn is_base64(text: &str) -> bool {
    STANDARD.decode(text).is_ok_and(|bytes| !bytes.is_empty())
}
