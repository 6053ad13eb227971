//! How large and how nested a document may be, and why one is refused.

/// Bounds on a document. Work and memory grow at most linearly with these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlLimits {
    /// Length of the document in bytes.
    pub bytes: usize,
    /// Nesting depth of elements.
    pub depth: usize,
    /// Elements, texts, references, comments and instructions together.
    pub nodes: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Namespace declarations in scope at one place.
    pub namespaces: usize,
}

impl XmlLimits {
    /// For signatures and hash chains: 1 MiB; stock documents have 7 KB, depth 13, 5 namespaces.
    pub const EVIDENCE: Self =
        Self { bytes: 1 << 20, depth: 64, nodes: 100_000, attributes: 64, namespaces: 64 };

    /// For messages whose canonical form a hash chain refers to.
    pub const MESSAGE: Self =
        Self { bytes: 64 << 20, depth: 256, nodes: 4_000_000, attributes: 256, namespaces: 256 };
}

/// Why a document is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Longer than [`XmlLimits::bytes`].
    #[error("XML document is too large")]
    TooLarge,
    /// Deeper than [`XmlLimits::depth`].
    #[error("XML elements are nested too deeply")]
    TooDeep,
    /// More nodes than [`XmlLimits::nodes`].
    #[error("XML document has too many parts")]
    TooManyNodes,
    /// More attributes on one element than [`XmlLimits::attributes`].
    #[error("XML element has too many attributes")]
    TooManyAttributes,
    /// More namespaces in scope than [`XmlLimits::namespaces`].
    #[error("too many XML namespaces in scope")]
    TooManyNamespaces,
    /// A document type declaration, whatever it holds.
    #[error("document type declarations are not accepted")]
    DocumentType,
    /// Another version than 1.0 or another encoding than UTF-8.
    #[error("only XML 1.0 in UTF-8 is accepted")]
    Encoding,
    /// Not well-formed; the number is the byte offset where reading stopped.
    #[error("XML is not well-formed near byte {0}")]
    NotWellFormed(usize),
    /// A prefix without declaration, or a forbidden declaration; with its byte offset.
    #[error("XML namespace error near byte {0}")]
    Namespace(usize),
}
