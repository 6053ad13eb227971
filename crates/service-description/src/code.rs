//! Service codes and versions.

/// Why a service code or version cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Nothing, or nothing but blanks.
    #[error("is empty")]
    Empty,
    /// Longer than the database columns of other security servers.
    #[error("is longer than 255 characters")]
    TooLong,
    /// A character that some part of an address, a path or a log cannot carry.
    #[error("contains the character {0:?}")]
    Character(char),
}

/// Checks a service code or version as X-Road does when it imports a description: `:`, `;`, `/`, `\`, `%`, control
/// characters and invisible blanks are refused. (Messages with such names still pass; they only cannot be added.)
///
/// # Errors
/// See [`CodeError`].
pub fn check_code(code: &str) -> Result<(), CodeError> {
    if code.trim().is_empty() {
        return Err(CodeError::Empty);
    }
    if code.chars().count() > 255 {
        return Err(CodeError::TooLong);
    }
    let forbidden =
        |c: &char| c.is_control() || matches!(c, ':' | ';' | '/' | '\\' | '%' | '\u{200b}' | '\u{feff}');
    match code.chars().find(forbidden) {
        Some(character) => Err(CodeError::Character(character)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for good in ["getRandom", "get.random-1_(x)", "取得", "v1", "a b"] {
            assert_eq!(check_code(good), Ok(()), "{good}");
        }
        for (bad, reason) in [
            ("", CodeError::Empty),
            (" ", CodeError::Empty),
            ("a:b", CodeError::Character(':')),
            ("a%2Fb", CodeError::Character('%')),
            ("a/b", CodeError::Character('/')),
            ("a\u{feff}", CodeError::Character('\u{feff}')),
            ("a\n", CodeError::Character('\n')),
        ] {
            assert_eq!(check_code(bad), Err(reason), "{bad}");
        }
        assert_eq!(check_code(&"a".repeat(256)), Err(CodeError::TooLong));
    }
}
