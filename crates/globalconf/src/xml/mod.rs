//! Reading and writing of the small XML vocabulary of the global configuration.
//!
//! The reader is a pull reader with limits. It refuses document type declarations before anything
//! else is done with a document and never resolves an entity other than the five of XML itself.
//! Element names are compared with their namespace: children of X-Road types are in none, those of
//! identifiers are in the identifier namespace.

mod reader;
mod values;
mod writer;

pub(crate) use reader::{Document, Element};
pub(crate) use values::{
    base64_bytes, boolean, client_id, date_time, number, parse_date_time, write_client_id, wrong,
};
pub(crate) use writer::Writer;

use identifiers::IdentifierError;

/// Namespace of the root elements.
pub(crate) const XROAD_NAMESPACE: &str = "http://x-road.eu/xsd/xroad.xsd";
/// Namespace of identifiers.
pub(crate) const IDENTIFIER_NAMESPACE: &str = "http://x-road.eu/xsd/identifiers";

/// Largest document in bytes. The configuration of a country with thousands of members is about
/// 1 MB; this leaves room for growth.
pub const MAX_DOCUMENT_BYTES: usize = 32 * 1024 * 1024;
/// Deepest nesting. The schemas need 7 levels; an unknown tail may use the rest.
pub const MAX_DEPTH: usize = 24;
/// Most attributes of one element, namespace declarations included.
pub const MAX_ATTRIBUTES: usize = 16;
/// Longest text of one element in bytes; certificates are a few thousand.
pub const MAX_TEXT_BYTES: usize = 256 * 1024;

/// Why a document was refused. Names are those of the schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// The document is larger than [`MAX_DOCUMENT_BYTES`].
    #[error("the document has more than {MAX_DOCUMENT_BYTES} bytes")]
    TooLarge,
    /// The document is not UTF-8 or says that it is not.
    #[error("the document is not UTF-8")]
    NotUtf8,
    /// Document type declarations are refused.
    #[error("document type declarations are refused")]
    DoctypeRefused,
    /// Not well-formed.
    #[error("not well-formed: {0}")]
    NotWellFormed(String),
    /// Elements are nested deeper than [`MAX_DEPTH`].
    #[error("elements are nested deeper than {MAX_DEPTH}")]
    TooDeep,
    /// An element has more attributes than [`MAX_ATTRIBUTES`].
    #[error("an element has more than {MAX_ATTRIBUTES} attributes")]
    TooManyAttributes,
    /// The text of an element is longer than [`MAX_TEXT_BYTES`].
    #[error("the text of {0} has more than {MAX_TEXT_BYTES} bytes")]
    TextTooLong(String),
    /// The root element is not the one of this kind of file.
    #[error("the root element is {0}")]
    WrongRoot(String),
    /// An element stands where the schema has none.
    #[error("{parent} has an unexpected element {element}")]
    UnexpectedElement {
        /// Parent.
        parent: String,
        /// The element.
        element: String,
    },
    /// Text stands where the schema has elements.
    #[error("{0} has text between its elements")]
    UnexpectedText(String),
    /// An element may occur once and occurs again.
    #[error("{parent} has more than one {element}")]
    Repeated {
        /// Parent.
        parent: &'static str,
        /// The element.
        element: &'static str,
    },
    /// A mandatory element is missing.
    #[error("{parent} has no {element}")]
    Missing {
        /// Parent.
        parent: &'static str,
        /// The element.
        element: &'static str,
    },
    /// A mandatory attribute is missing.
    #[error("{element} has no attribute {attribute}")]
    MissingAttribute {
        /// Element.
        element: &'static str,
        /// Attribute.
        attribute: &'static str,
    },
    /// The text of an element is not of its type.
    #[error("{element}: {problem}")]
    WrongValue {
        /// Element.
        element: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A name is not one that we accept.
    #[error("{element}: {cause}")]
    Identifier {
        /// Element that holds the name.
        element: &'static str,
        /// Why it is refused.
        #[source]
        cause: IdentifierError,
    },
    /// Two elements have the same `id`.
    #[error("the id {0} occurs twice")]
    RepeatedId(String),
    /// A reference leads nowhere, or not to the kind of element that is wanted.
    #[error("{element} refers to {id}, which is not there")]
    DanglingReference {
        /// Element with the reference.
        element: &'static str,
        /// The reference.
        id: String,
    },
}

/// Why a document cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// XML 1.0 cannot carry this character, not even escaped.
    #[error("{element}: the character U+{character:04X} cannot be written in XML")]
    Character {
        /// Element that would have carried it.
        element: String,
        /// Code point.
        character: u32,
    },
    /// The format needs a value that is not there.
    #[error("{element}: {problem}")]
    MissingValue {
        /// Element that would have carried it.
        element: &'static str,
        /// What is missing.
        problem: &'static str,
    },
    /// A member or subsystem is listed twice.
    #[error("{client} is listed twice")]
    RepeatedClient {
        /// Short form of the identifier.
        client: String,
    },
    /// A client of a server or a member of a group of this instance is not among the members.
    #[error("{client} is referred to and is not listed as a member or subsystem")]
    UnknownClient {
        /// Short form of the identifier.
        client: String,
    },
}

/// Stores a value that may occur once.
pub(crate) fn set_once<T>(
    slot: &mut Option<T>,
    value: T,
    parent: &'static str,
    element: &'static str,
) -> Result<(), XmlError> {
    if slot.replace(value).is_some() { Err(XmlError::Repeated { parent, element }) } else { Ok(()) }
}

/// Takes a mandatory value.
pub(crate) fn required<T>(
    slot: Option<T>,
    parent: &'static str,
    element: &'static str,
) -> Result<T, XmlError> {
    slot.ok_or(XmlError::Missing { parent, element })
}

#[cfg(test)]
mod tests;
