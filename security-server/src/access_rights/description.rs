//! Descriptions of services: a file that is read with the declarations, or an address where the provider keeps it.
//!
//! A file is parsed at once: its endpoints are listed, its operations can be imported, and mistakes are told before
//! anything is applied. What is at an address is fetched when a consumer asks for it, as X-Road does.

use std::path::Path;

use bytes::Bytes;
use service_description::{DescriptionLimits, Endpoint, OpenApi, OpenApiError, Wsdl, WsdlError, WsdlService};

use super::declarations::ServiceKind;

/// Where the description of a service is.
#[derive(Debug, Clone)]
pub enum Description {
    /// Read with the declarations.
    File {
        /// Its name, which tells JSON from YAML.
        name: String,
        /// Its content.
        content: Bytes,
        /// The endpoints of an OpenAPI description.
        endpoints: Vec<Endpoint>,
    },
    /// Fetched from this address when it is asked for.
    Address(String),
}

/// Why a description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    /// The file cannot be read.
    #[error("{0}")]
    Unreadable(#[from] std::io::Error),
    /// No OpenAPI description that X-Road knows.
    #[error("{0}")]
    OpenApi(#[from] OpenApiError),
    /// No WSDL.
    #[error("{0}")]
    Wsdl(#[from] WsdlError),
}

/// A description, and what it says about where the service is.
#[derive(Default)]
pub(super) struct Described {
    pub(super) description: Option<Description>,
    /// The address of the service that an OpenAPI description names.
    pub(super) base_url: Option<String>,
    /// The operations of a WSDL.
    pub(super) operations: Vec<WsdlService>,
}

/// Whether a description is at an address rather than in a file.
pub(super) fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// Reads what a declaration names; files are relative to `folder`.
pub(super) fn read(named: &str, kind: ServiceKind, folder: &Path) -> Result<Described, DescriptionError> {
    if is_address(named) {
        let description = Some(Description::Address(named.to_owned()));
        return Ok(Described { description, base_url: None, operations: Vec::new() });
    }
    let limits = DescriptionLimits::default();
    let path = folder.join(named);
    if std::fs::metadata(&path)?.len() > limits.bytes as u64 {
        return Err(OpenApiError::TooLarge(limits.bytes).into());
    }
    let content = Bytes::from(std::fs::read(&path)?);
    let (mut endpoints, mut base_url, mut operations) = (Vec::new(), None, Vec::new());
    let warnings = if kind == ServiceKind::Wsdl {
        let wsdl = Wsdl::read(&content, None, &limits)?;
        operations = wsdl.services;
        wsdl.warnings
    } else {
        let api = OpenApi::read(&content, &limits)?;
        base_url = Some(api.base_url("")).filter(|url| is_address(url) && !url.contains('{'));
        endpoints = api.endpoints;
        api.warnings
    };
    for warning in warnings {
        tracing::warn!(description = named, warning, "service description");
    }
    let description = Some(Description::File { name: named.to_owned(), content, endpoints });
    Ok(Described { description, base_url, operations })
}
