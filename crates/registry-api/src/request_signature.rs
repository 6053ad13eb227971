//! Signatures of citizens' requests: one profile of HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530).
//!
//! ```text
//! Content-Digest: sha-256=:…:
//! Signature-Input: device=("@method" "@request-target" "content-digest");created=1790000000;nonce="<32 hex>";keyid="<64 hex>";alg="ecdsa-p256-sha256"
//! Signature: device=:…:
//! ```
//!
//! Covered are method, path with query, and body; time and nonce make each request usable once. Exactly this form is
//! accepted, nothing is negotiated.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use consent::device_key::{DeviceKey, DevicePublicKey, DeviceSignature, KeyError};
use consent::opaque::{KeyId, Nonce, sha256};
use time::{Duration, OffsetDateTime};

/// How far a request's time may be from the registry's, in either direction.
pub const MAX_SKEW: Duration = Duration::seconds(120);

/// Header with the digest of the body.
pub const CONTENT_DIGEST: &str = "Content-Digest";
/// Header that says what is signed.
pub const SIGNATURE_INPUT: &str = "Signature-Input";
/// Header with the signature.
pub const SIGNATURE: &str = "Signature";

const LABEL: &str = "device=";
const COMPONENTS: &str = r#"("@method" "@request-target" "content-digest")"#;
const ALGORITHM: &str = r#";alg="ecdsa-p256-sha256""#;

/// What is signed, apart from time, nonce and key.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The method, as on the request line.
    pub method: &'a str,
    /// The request target, as on the request line: path and query.
    pub target: &'a str,
    /// The body's bytes.
    pub body: &'a [u8],
}

/// The three headers of a signed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// Value of [`CONTENT_DIGEST`].
    pub content_digest: String,
    /// Value of [`SIGNATURE_INPUT`].
    pub signature_input: String,
    /// Value of [`SIGNATURE`].
    pub signature: String,
}

/// What a request claims, not verified yet: the key has to be looked up first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Name of the key.
    pub key: KeyId,
    /// When it was signed.
    pub created: OffsetDateTime,
    /// Makes the request unique.
    pub nonce: Nonce,
    signature: DeviceSignature,
    base: String,
}

/// Why a request's signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header is missing or not in the form of the profile.
    #[error("the request has no signature of the expected form")]
    Form,
    /// The body is not the one that was signed.
    #[error("the body does not match its digest")]
    Body,
    /// The signature does not verify.
    #[error("the request's signature does not verify")]
    Signature,
    /// Signed too long ago, or in the future.
    #[error("the request's time differs too much")]
    Skew,
}

/// Proof that the holder of the key signed this request at an acceptable time. Only [`Presented::verify`] makes it;
/// whether the nonce is fresh is for the registry to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedRequest {
    key: KeyId,
    nonce: Nonce,
    created: OffsetDateTime,
}

impl VerifiedRequest {
    /// Name of the key.
    #[must_use]
    pub fn key(&self) -> &KeyId {
        &self.key
    }

    /// The nonce.
    #[must_use]
    pub fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// Until when the nonce must be remembered.
    #[must_use]
    pub fn replay_until(&self) -> OffsetDateTime {
        self.created + MAX_SKEW + Duration::SECOND
    }
}

/// Signs a request.
///
/// # Errors
/// [`KeyError::Randomness`].
pub fn sign(
    key: &DeviceKey,
    request: &Signed<'_>,
    now: OffsetDateTime,
    nonce: &Nonce,
) -> Result<SignatureHeaders, KeyError> {
    let content_digest = content_digest(request.body);
    let parameters = parameters(&key.id(), now.unix_timestamp(), nonce);
    let base = signature_base(request, &content_digest, &parameters);
    let signature = key.sign(base.as_bytes())?;
    Ok(SignatureHeaders {
        content_digest,
        signature_input: format!("{LABEL}{parameters}"),
        signature: format!("{LABEL}:{}:", STANDARD.encode(signature.as_bytes())),
    })
}

/// Reads the headers of a received request and checks the body's digest.
///
/// # Errors
/// [`SignatureError::Form`] or [`SignatureError::Body`].
pub fn present(request: &Signed<'_>, headers: &SignatureHeaders) -> Result<Presented, SignatureError> {
    let parameters = headers.signature_input.strip_prefix(LABEL).ok_or(SignatureError::Form)?;
    let (key, created, nonce) = read_parameters(parameters).ok_or(SignatureError::Form)?;
    let signature = read_signature(&headers.signature).ok_or(SignatureError::Form)?;
    if headers.content_digest != content_digest(request.body) {
        return Err(SignatureError::Body);
    }
    let base = signature_base(request, &headers.content_digest, parameters);
    Ok(Presented { key, created, nonce, signature, base })
}

impl Presented {
    /// Checks time and signature with the key that the registry holds under [`Presented::key`].
    ///
    /// # Errors
    /// [`SignatureError::Skew`] or [`SignatureError::Signature`].
    pub fn verify(
        &self,
        key: &DevicePublicKey,
        now: OffsetDateTime,
    ) -> Result<VerifiedRequest, SignatureError> {
        if key.id() != self.key || key.verify(self.base.as_bytes(), &self.signature).is_err() {
            return Err(SignatureError::Signature);
        }
        if (now - self.created).abs() > MAX_SKEW {
            return Err(SignatureError::Skew);
        }
        Ok(VerifiedRequest { key: self.key, nonce: self.nonce, created: self.created })
    }
}

fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(sha256(body)))
}

fn parameters(key: &KeyId, created: i64, nonce: &Nonce) -> String {
    format!("{COMPONENTS};created={created};nonce=\"{nonce}\";keyid=\"{key}\"{ALGORITHM}")
}

/// RFC 9421 section 2.5.
fn signature_base(request: &Signed<'_>, content_digest: &str, parameters: &str) -> String {
    let Signed { method, target, body: _ } = request;
    format!(
        "\"@method\": {method}\n\"@request-target\": {target}\n\"content-digest\": {content_digest}\n\
         \"@signature-params\": {parameters}"
    )
}

/// Reads the parameters; writing them again must give the same text, so there is one spelling only.
fn read_parameters(text: &str) -> Option<(KeyId, OffsetDateTime, Nonce)> {
    let rest = text.strip_prefix(COMPONENTS)?.strip_prefix(";created=")?;
    let (created, rest) = rest.split_once(";nonce=\"")?;
    let (nonce, rest) = rest.split_once("\";keyid=\"")?;
    let (key, rest) = rest.split_once('"')?;
    let created: i64 = created.parse().ok()?;
    let (nonce, key) = (nonce.parse().ok()?, key.parse().ok()?);
    let same = rest == ALGORITHM && parameters(&key, created, &nonce) == text;
    let created = OffsetDateTime::from_unix_timestamp(created).ok()?;
    same.then_some((key, created, nonce))
}

fn read_signature(text: &str) -> Option<DeviceSignature> {
    let inner = text.strip_prefix(LABEL)?.strip_prefix(':')?.strip_suffix(':')?;
    DeviceSignature::from_slice(&STANDARD.decode(inner).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-21 15:10 UTC);
    const REQUEST: Signed<'static> =
        Signed { method: "POST", target: "/v1/me/links?x=1", body: b"{\"a\":1}" };

    fn signed() -> (DeviceKey, SignatureHeaders) {
        let (key, _) = DeviceKey::generate().unwrap();
        let headers = sign(&key, &REQUEST, NOW, &Nonce::from_bytes([5; 16])).unwrap();
        (key, headers)
    }

    #[test]
    fn a_signed_request_verifies() {
        let (key, headers) = signed();
        let presented = present(&REQUEST, &headers).unwrap();
        assert_eq!(presented.key, key.id());
        let verified = presented.verify(key.public(), NOW + Duration::seconds(3)).unwrap();
        assert_eq!(*verified.nonce(), Nonce::from_bytes([5; 16]));
    }

    #[test]
    fn nothing_that_is_signed_can_be_changed() {
        let (key, headers) = signed();
        let cases = [
            (Signed { method: "PUT", ..REQUEST }, SignatureError::Signature),
            (Signed { target: "/v1/me/links?x=2", ..REQUEST }, SignatureError::Signature),
            (Signed { body: b"{\"a\":2}", ..REQUEST }, SignatureError::Body),
        ];
        for (request, expected) in cases {
            let outcome = present(&request, &headers).and_then(|found| found.verify(key.public(), NOW));
            assert_eq!(outcome, Err(expected), "{request:?}");
        }
        let moved = SignatureHeaders {
            signature_input: headers.signature_input.replace("created=1795", "created=1796"),
            ..headers.clone()
        };
        assert_ne!(moved, headers, "the test itself changes the time");
        let outcome = present(&REQUEST, &moved).unwrap().verify(key.public(), NOW);
        assert_eq!(outcome, Err(SignatureError::Signature));
        let (other, _) = DeviceKey::generate().unwrap();
        let outcome = present(&REQUEST, &headers).unwrap().verify(other.public(), NOW);
        assert_eq!(outcome, Err(SignatureError::Signature));
    }

    #[test]
    fn a_request_is_good_for_two_minutes() {
        let (key, headers) = signed();
        let presented = present(&REQUEST, &headers).unwrap();
        for (offset, expected) in [(-121, false), (-120, true), (120, true), (121, false)] {
            let outcome = presented.verify(key.public(), NOW + Duration::seconds(offset));
            assert_eq!(outcome.is_ok(), expected, "{offset}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        let (_, headers) = signed();
        let change = |from: &str, to: &str| headers.signature_input.replace(from, to);
        let inputs = [
            String::new(),
            change("device=", "sig1="),
            change("\"content-digest\"", "\"content-type\""),
            change(" \"content-digest\"", ""),
            change("ecdsa-p256-sha256", "hmac-sha256"),
            change("created=", "created=+"),
            change("created=", "created=0"),
            change(";nonce", ";expires=1;nonce"),
            format!("{};tag=\"x\"", headers.signature_input),
        ];
        for signature_input in inputs {
            let wrong = SignatureHeaders { signature_input, ..headers.clone() };
            assert_eq!(present(&REQUEST, &wrong), Err(SignatureError::Form), "{}", wrong.signature_input);
        }
        for signature in ["", "device=::", "device=AAAA", "other=:AAAA:"] {
            let wrong = SignatureHeaders { signature: signature.to_owned(), ..headers.clone() };
            assert_eq!(present(&REQUEST, &wrong), Err(SignatureError::Form), "{signature}");
        }
    }
}
