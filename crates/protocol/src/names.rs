//! Names fixed by the protocol: headers, content types, namespaces.

/// The X-Road version we announce in `x-proxy-version`; packages of some countries refuse peers below 7.6.0.
pub const PROXY_VERSION: &str = "7.8.1";

/// The one digest algorithm of the message path, as `x-hash-algorithm` names it.
pub const HASH_ALGORITHM: &str = "SHA-512";

/// True if `x-hash-algorithm` names [`HASH_ALGORITHM`]; case does not count. Other algorithms are refused, since the
/// request hash and the signatures of stock servers are bound to this one.
#[must_use]
pub fn is_supported_hash_algorithm(header: &str) -> bool {
    header.trim().eq_ignore_ascii_case(HASH_ALGORITHM)
}

/// Header names. Ours are written in lower case on the wire, as X-Road does; a stock consumer reads
/// [`header::HASH_ALGORITHM`] and [`header::ORIGINAL_CONTENT_TYPE`] in no other case.
pub mod header {
    /// Content type of a message or a part.
    pub const CONTENT_TYPE: &str = "content-type";
    /// Name of the digest algorithm of the parts.
    pub const HASH_ALGORITHM: &str = "x-hash-algorithm";
    /// Content type of the information system's own request or response (SOAP; empty for REST).
    pub const ORIGINAL_CONTENT_TYPE: &str = "x-original-content-type";
    /// SOAPAction of a SOAP request; see [`crate::soap::check_soap_action`].
    pub const SOAP_ACTION: &str = "SOAPAction";
    /// SOAPAction of the information system's request.
    pub const ORIGINAL_SOAP_ACTION: &str = "x-original-soapaction";
    /// Version of the consumer's security server.
    pub const PROXY_VERSION: &str = "x-proxy-version";
    /// Kind of the message between security servers: [`super::MESSAGE_TYPE_REST`] or absent.
    pub const MESSAGE_TYPE: &str = "x-road-message-type";
    /// Identifier of one call, made by the consumer's security server.
    pub const REQUEST_ID: &str = "x-road-request-id";
    /// Digest of the request, in the response.
    pub const REQUEST_HASH: &str = "x-road-request-hash";
    /// Identifier of the message, chosen by the consumer.
    pub const QUERY_ID: &str = "x-road-id";
    /// The consumer.
    pub const CLIENT: &str = "x-road-client";
    /// The service that answered.
    pub const SERVICE: &str = "x-road-service";
    /// The person or system on whose behalf the consumer asks.
    pub const USER_ID: &str = "x-road-userid";
    /// The application, case or document the request belongs to.
    pub const ISSUE: &str = "x-road-issue";
    /// The provider's security server that must answer.
    pub const SECURITY_SERVER: &str = "x-road-security-server";
    /// The party the consumer represents.
    pub const REPRESENTED_PARTY: &str = "x-road-represented-party";
    /// Fault code of an answer that is a refusal of a security server.
    pub const ERROR: &str = "x-road-error";
    /// Personal-LINK: the person, by the sender's name for it.
    pub const CONSENT_SUBJECT: &str = "x-road-consent-subject";
    /// Personal-LINK: the purpose of the request.
    pub const CONSENT_PURPOSE: &str = "x-road-consent-purpose";
    /// Personal-LINK: digest of the consumer side's decision record.
    pub const CONSENT_CHECK: &str = "x-road-consent-check";
    /// Personal-LINK: the provider side's decision.
    pub const CONSENT_DECISION: &str = "x-road-consent-decision";
}

/// The only value of [`header::MESSAGE_TYPE`]; anything else means SOAP.
pub const MESSAGE_TYPE_REST: &str = "REST";

/// Content types of messages and their parts.
pub mod mime {
    /// A SOAP message or fault, without parameters.
    pub const TEXT_XML: &str = "text/xml";
    /// A SOAP message or fault as X-Road writes it in a part.
    pub const TEXT_XML_UTF8: &str = "text/xml; charset=UTF-8";
    /// Content type of a fault that is sent instead of a message.
    pub const FAULT: &str = "text/xml;charset=utf-8";
    /// Root part of an MTOM message.
    pub const XOP_XML: &str = "application/xop+xml";
    /// A message between security servers, and the container of SOAP attachments in it.
    pub const MULTIPART_MIXED: &str = "multipart/mixed";
    /// A SOAP message with attachments of an information system.
    pub const MULTIPART_RELATED: &str = "multipart/related";
    /// An OCSP response (RFC 6960), DER.
    pub const OCSP_RESPONSE: &str = "application/ocsp-response";
    /// The REST request message (verb, target, headers).
    pub const REST_REQUEST: &str = "application/x-road-rest-request";
    /// The REST response message (status, reason, headers).
    pub const REST_RESPONSE: &str = "application/x-road-rest-response";
    /// The body of a REST request or response.
    pub const REST_BODY: &str = "application/x-road-rest-body";
    /// The hash chain result of a batch signature.
    pub const HASH_CHAIN_RESULT: &str = "application/hash-chain-result";
    /// The hash chain of a batch signature.
    pub const HASH_CHAIN: &str = "application/hash-chain";
    /// The signature document.
    pub const SIGNATURE: &str = "signature/bdoc-1.0/ts";
    /// Error body in JSON.
    pub const JSON: &str = "application/json";
}

/// Namespace of SOAP 1.1 envelopes.
pub const SOAP_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// Namespaces of X-Road messages.
pub mod xmlns {
    /// SOAP 1.1 envelopes.
    pub const SOAP: &str = super::SOAP_NAMESPACE;
    /// Header fields of X-Road, and the metadata services.
    pub const XROAD: &str = "http://x-road.eu/xsd/xroad.xsd";
    /// Identifiers.
    pub const IDENTIFIERS: &str = "http://x-road.eu/xsd/identifiers";
    /// The represented party.
    pub const REPRESENTATION: &str = "http://x-road.eu/xsd/representation.xsd";
}

/// The one digest algorithm as SOAP names it in `algorithmId` of the request hash.
pub const HASH_ALGORITHM_URI: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
