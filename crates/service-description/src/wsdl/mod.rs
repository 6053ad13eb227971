//! WSDL 1.1.

mod publish;
mod read;
mod schemas;
#[cfg(test)]
mod tests;

pub use publish::{ENDPOINT, publish};

use protocol::Limits;
use protocol::xml::{EncodingError, XmlError, decode};

use crate::{CodeError, DescriptionLimits};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const SOAP_11: &str = "http://schemas.xmlsoap.org/wsdl/soap/";
const SOAP_12: &str = "http://schemas.xmlsoap.org/wsdl/soap12/";
const HTTP_TRANSPORT: &str = "http://schemas.xmlsoap.org/soap/http";
const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// Why a WSDL is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WsdlError {
    /// Larger than [`DescriptionLimits::bytes`].
    #[error("WSDL is larger than {0} bytes")]
    TooLarge(usize),
    /// Its encoding.
    #[error("{0}")]
    Encoding(#[from] EncodingError),
    /// Not well-formed, or beyond the limits of documents.
    #[error("{0}")]
    Xml(#[from] XmlError),
    /// The root element is not `definitions` of WSDL 1.1.
    #[error("document is not a WSDL 1.1 description")]
    NotWsdl,
    /// More than [`DescriptionLimits::services`].
    #[error("WSDL has more than {0} services")]
    TooManyServices(usize),
    /// An operation whose name or version cannot be a service.
    #[error("{what} '{code}' of operation '{operation}' {reason}")]
    Code {
        /// The operation.
        operation: String,
        /// `service code` or `service version`.
        what: &'static str,
        /// The code or version.
        code: String,
        /// What is wrong with it.
        reason: CodeError,
    },
    /// The same operation and version twice in one binding.
    #[error("operation '{0}' occurs twice in one binding")]
    DuplicateOperation(String),
    /// A port without address, or with one that is no HTTP URL.
    #[error("port '{port}' has no HTTP address: '{address}'")]
    Address {
        /// The port.
        port: String,
        /// Its address; empty for none.
        address: String,
    },
}

/// A SOAP service of a WSDL: an operation that can be called over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WsdlService {
    /// The name of the operation, which becomes the service code.
    pub code: String,
    /// `xroad:version` of the operation in its binding.
    pub version: Option<String>,
    /// `xroad:title` in the documentation of the operation.
    pub title: Option<String>,
    /// The address of the port.
    pub url: String,
}

/// What a WSDL offers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wsdl {
    /// Its services in the order of the document. The same operation behind SOAP 1.1 and SOAP 1.2 is one service, at
    /// the address of SOAP 1.1, which is the version that X-Road carries.
    pub services: Vec<WsdlService>,
    /// What an administrator should know.
    pub warnings: Vec<String>,
}

impl Wsdl {
    /// Reads a WSDL. `charset` is the parameter of its content type. Imported documents are not looked at.
    ///
    /// # Errors
    /// See [`WsdlError`].
    pub fn read(
        document: &[u8],
        charset: Option<&str>,
        limits: &DescriptionLimits,
    ) -> Result<Self, WsdlError> {
        if document.len() > limits.bytes {
            return Err(WsdlError::TooLarge(limits.bytes));
        }
        read::read(&decode(document, charset)?.text, limits)
    }
}

/// WSDLs nest and name no more than messages do.
fn xml_limits() -> Limits {
    Limits::default()
}
