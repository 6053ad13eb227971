//! Why a document is not read.

/// Why a document is not read. Numbers are byte offsets into the text that was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// A document type declaration, whatever it holds.
    #[error("document type declarations are not allowed")]
    DocumentType,
    /// Elements nested deeper than [`Limits::xml_depth`](crate::Limits::xml_depth).
    #[error("XML elements are nested too deeply")]
    TooDeep,
    /// More attributes on one element than [`Limits::xml_attributes`](crate::Limits::xml_attributes).
    #[error("XML element has too many attributes")]
    TooManyAttributes,
    /// A name longer than [`Limits::xml_name`](crate::Limits::xml_name).
    #[error("XML name is too long")]
    NameTooLong,
    /// More different namespaces than [`Limits::xml_namespaces`](crate::Limits::xml_namespaces).
    #[error("XML document has too many namespaces")]
    TooManyNamespaces,
    /// Another version of XML than 1.0.
    #[error("only XML 1.0 is accepted")]
    Version,
    /// Not well-formed.
    #[error("XML is not well-formed near offset {0}")]
    NotWellFormed(usize),
    /// A prefix without declaration, or a declaration that XML forbids.
    #[error("XML namespace error near offset {0}")]
    Namespace(usize),
}
