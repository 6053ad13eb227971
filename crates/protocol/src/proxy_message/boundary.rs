//! The boundaries of one message.

use crate::content_type::{ContentTypeError, check_boundary};

/// The boundaries of a message: of the outer container and of the one for attachments. They share their random letters,
/// as X-Road's do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary {
    letters: String,
}

impl Boundary {
    /// Makes 30 letters of random bytes.
    #[must_use]
    pub fn from_random(random: &[u8; 30]) -> Self {
        const LETTERS: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let letters =
            random.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect();
        Self { letters }
    }

    /// Takes letters as they are.
    ///
    /// # Errors
    /// [`ContentTypeError::BadBoundary`] if they make no boundary.
    pub fn from_letters(letters: &str) -> Result<Self, ContentTypeError> {
        let boundary = Self { letters: letters.to_owned() };
        // Boundaries are written without quotes, so blanks are out too.
        if letters.is_empty() || letters.contains(' ') {
            return Err(ContentTypeError::BadBoundary);
        }
        check_boundary(&boundary.outer())?;
        Ok(boundary)
    }

    /// The boundary of the message.
    #[must_use]
    pub fn outer(&self) -> String {
        format!("xtop{}", self.letters)
    }

    /// The boundary of the container of attachments.
    #[must_use]
    pub fn attachments(&self) -> String {
        format!("xatt{}", self.letters)
    }
}
