//! The request hash.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::digest::{Hasher, Sha512, sha512};

/// The value of `x-road-request-hash`: base64 of the SHA-512 of the request message, or, with a body, of the SHA-512
/// of the two digests one after the other.
///
/// `message` must be in canonical form, as [`RestRequest::encode`](super::RestRequest::encode) writes it; `body` is
/// the digest of the body part, `None` if there was no such part (an empty part is a part).
#[must_use]
pub fn request_hash(message: &[u8], body: Option<&Sha512>) -> String {
    let message = sha512(message);
    let hash = match body {
        None => message,
        Some(body) => {
            let mut hasher = Hasher::new();
            hasher.update(&message);
            hasher.update(body);
            hasher.finish()
        }
    };
    STANDARD.encode(hash)
}
