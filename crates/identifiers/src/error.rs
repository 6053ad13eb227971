//! Why a name was refused.

use crate::component::Part;

/// A name that cannot be an identifier. The text names the part and the rule, never the whole input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// A part of the identifier is the empty string.
    #[error("{0} is empty")]
    Empty(Part),
    /// A part has more than [`MAX_CODE_CHARS`](crate::MAX_CODE_CHARS) characters.
    #[error("{0} is longer than {limit} characters", limit = crate::MAX_CODE_CHARS)]
    TooLong(Part),
    /// A part contains a control character (Unicode category Cc), which no log, header or document can carry safely.
    #[error("{0} contains a control character")]
    ControlCharacter(Part),
    /// The path form has the wrong number of segments.
    #[error("{kind} has {found} path segments, expected {expected}")]
    Segments {
        /// What was to be read, for example `client identifier`.
        kind: &'static str,
        /// The number of segments that are right, in words.
        expected: &'static str,
        /// The number of segments found; counting stops one above the largest right number.
        found: usize,
    },
    /// A character that must be percent-encoded in a path segment stands there as it is.
    #[error("illegal character at byte {0} of a path segment")]
    IllegalCharacter(usize),
    /// A `%` without two hexadecimal digits after it.
    #[error("incomplete percent-encoding at byte {0} of a path segment")]
    IncompleteEscape(usize),
    /// The decoded bytes are no UTF-8.
    #[error("a path segment is not UTF-8 after percent-decoding")]
    NotUtf8,
    /// A handle that is not 32 lower-case hexadecimal digits.
    #[error("not 32 lower-case hexadecimal digits")]
    NotHex,
}
