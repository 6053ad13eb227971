//! Chance, from the generator of the cryptographic library only.

use aws_lc_rs::rand;

/// Characters of MIME boundaries and similar names: 52 letters.
const LETTERS: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The generator of the operating system gave no bytes. Nothing that needs a secret may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

/// `N` unpredictable bytes.
///
/// # Errors
/// [`NoRandomness`] when the operating system fails to give any.
pub fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// A version 4 UUID in its usual form, as X-Road request ids and fault details are.
#[must_use]
pub fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// `count` unpredictable ASCII letters, as X-Road writes them behind `xtop` and `xatt`.
#[must_use]
pub fn letters(count: usize) -> String {
    let mut text = String::with_capacity(count);
    while text.len() < count {
        for (position, byte) in uuid::Uuid::new_v4().into_bytes().into_iter().enumerate() {
            // Bytes 6 and 8 of a UUID hold its version and variant; 208 is the largest multiple of 52.
            let unbiased = position != 6 && position != 8 && byte < 208;
            if unbiased && text.len() < count {
                text.push(char::from(LETTERS[usize::from(byte % 52)]));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_letters_and_differ() {
        let (one, two) = (letters(30), letters(30));
        assert_eq!(one.len(), 30);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphabetic()));
        assert_ne!(one, two);
    }

    #[test]
    fn bytes_are_not_all_the_same() {
        assert_ne!(bytes::<16>().unwrap(), bytes::<16>().unwrap());
    }
}
