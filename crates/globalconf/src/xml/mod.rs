//! Reading and writing of the small XML vocabulary of the global configuration.

/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// The document type declaration is refused before anything else is done.
    #[error("document type declarations are refused")]
    DoctypeRefused,
}

/// Why a document cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// XML 1.0 cannot carry this character, not even escaped.
    #[error("{element}: character U+{character:04X} cannot be written in XML")]
    Character {
        /// Element that would have carried it.
        element: &'static str,
        /// Code point.
        character: u32,
    },
}
