//! OpenAPI 3.0 and 3.1, in JSON or YAML.

mod json;
mod node;
mod publish;
mod read;
#[cfg(test)]
mod tests;
mod url;
mod yaml;

pub use publish::publish;

use crate::DescriptionLimits;

/// Why an OpenAPI description is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenApiError {
    /// Larger than [`DescriptionLimits::bytes`].
    #[error("description is larger than {0} bytes")]
    TooLarge(usize),
    /// Not UTF-8.
    #[error("description is not UTF-8")]
    NotUtf8,
    /// Neither JSON nor YAML; the text says what is wrong, and where.
    #[error("description cannot be read: {0}")]
    Syntax(String),
    /// More than [`DescriptionLimits::depth`] or [`DescriptionLimits::nodes`].
    #[error("description is nested too deeply or has too many parts")]
    TooComplex,
    /// A key twice in the same place: two readers could choose differently.
    #[error("description has the key '{0}' twice in one place")]
    DuplicateKey(String),
    /// Nothing, several documents, or something else than a map.
    #[error("description is not one OpenAPI document")]
    NotOpenApi,
    /// No version, or one that is not 3.0 or 3.1.
    #[error("OpenAPI version '{0}' is not supported")]
    Version(String),
    /// More than [`DescriptionLimits::services`].
    #[error("description has more than {0} endpoints")]
    TooManyEndpoints(usize),
    /// The address of a server is written in a form that cannot be replaced.
    #[error("the address of a server in the description cannot be replaced")]
    ServerAddress,
}

/// A method and a path of an API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The HTTP method in capitals.
    pub method: String,
    /// The path below the base address; a parameter is `*`.
    pub path: String,
}

/// What an OpenAPI description offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenApi {
    /// `info.title`.
    pub title: Option<String>,
    /// The address of the first server as it is written; empty if there is none.
    pub server_url: String,
    /// The endpoints in the order of the document, each once.
    pub endpoints: Vec<Endpoint>,
    /// What an administrator should know.
    pub warnings: Vec<String>,
}

impl OpenApi {
    /// Reads a description.
    ///
    /// # Errors
    /// See [`OpenApiError`].
    pub fn read(document: &[u8], limits: &DescriptionLimits) -> Result<Self, OpenApiError> {
        let root = node::parse(text(document, limits)?, limits)?;
        read::read(&root, limits)
    }

    /// The base address of the service: that of the first server, seen from the address of the description. Addresses
    /// with variables stay as they are; an administrator must fill them in.
    #[must_use]
    pub fn base_url(&self, description_url: &str) -> String {
        if self.server_url.contains('{') {
            return self.server_url.clone();
        }
        url::resolve(description_url, &self.server_url)
    }
}

/// The text of a document, without byte order mark.
fn text<'a>(document: &'a [u8], limits: &DescriptionLimits) -> Result<&'a str, OpenApiError> {
    if document.len() > limits.bytes {
        return Err(OpenApiError::TooLarge(limits.bytes));
    }
    let text = std::str::from_utf8(document).map_err(|_| OpenApiError::NotUtf8)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
