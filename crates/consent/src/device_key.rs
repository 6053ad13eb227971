//! The citizen's device key: ECDSA on P-256 with SHA-256, signatures as r‖s (RFC 7518 section 3.4 "ES256").

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::opaque::{KeyId, sha256};

/// Length of an uncompressed point: 0x04, x, y (SEC 1 section 2.3.3).
const POINT_LENGTH: usize = 65;

/// Why key or signature material was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not an uncompressed P-256 point in unpadded base64url.
    #[error("not an uncompressed P-256 point in base64url")]
    PublicKey,
    /// Not a PKCS#8 document with a P-256 key.
    #[error("not a PKCS#8 document with a P-256 key")]
    PrivateKey,
    /// Not 64 bytes in unpadded base64url.
    #[error("not a 64-byte signature in base64url")]
    SignatureForm,
    /// The signature does not belong to these bytes and this key.
    #[error("the signature does not verify")]
    SignatureMismatch,
    /// The system's random generator failed.
    #[error("no randomness for signing")]
    Randomness,
}

/// A device's public key, as it is enrolled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DevicePublicKey([u8; POINT_LENGTH]);

impl DevicePublicKey {
    /// From the uncompressed point. That the point is on the curve is checked with the first signature, and
    /// enrolment demands one.
    ///
    /// # Errors
    /// [`KeyError::PublicKey`] when length or first byte are wrong.
    pub fn from_point(point: &[u8]) -> Result<Self, KeyError> {
        let bytes: [u8; POINT_LENGTH] = point.try_into().map_err(|_| KeyError::PublicKey)?;
        if bytes[0] != 4 {
            return Err(KeyError::PublicKey);
        }
        Ok(Self(bytes))
    }

    /// From unpadded base64url of the uncompressed point, the form of the API.
    ///
    /// # Errors
    /// [`KeyError::PublicKey`].
    pub fn from_base64url(text: &str) -> Result<Self, KeyError> {
        let point = URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::PublicKey)?;
        Self::from_point(&point)
    }

    /// Unpadded base64url of the uncompressed point.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The uncompressed point.
    #[must_use]
    pub fn point(&self) -> &[u8] {
        &self.0
    }

    /// The name of this key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::from_bytes(sha256(&self.0))
    }

    /// Checks a signature over `data`.
    ///
    /// # Errors
    /// [`KeyError::SignatureMismatch`].
    pub fn verify(&self, data: &[u8], signature: &DeviceSignature) -> Result<(), KeyError> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.0)
            .verify(data, &signature.0)
            .map_err(|_| KeyError::SignatureMismatch)
    }
}

impl fmt::Debug for DevicePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DevicePublicKey({})", self.id())
    }
}

/// A signature of a device key: r‖s, 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeviceSignature([u8; 64]);

impl DeviceSignature {
    /// From r‖s.
    ///
    /// # Errors
    /// [`KeyError::SignatureForm`] when it is not 64 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, KeyError> {
        bytes.try_into().map(Self).map_err(|_| KeyError::SignatureForm)
    }

    /// From unpadded base64url.
    ///
    /// # Errors
    /// [`KeyError::SignatureForm`].
    pub fn from_base64url(text: &str) -> Result<Self, KeyError> {
        Self::from_slice(&URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::SignatureForm)?)
    }

    /// Unpadded base64url.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// r‖s.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for DeviceSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceSignature({})", self.to_base64url())
    }
}

impl serde::Serialize for DeviceSignature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64url())
    }
}

impl<'de> serde::Deserialize<'de> for DeviceSignature {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_base64url(&text).map_err(serde::de::Error::custom)
    }
}

/// A device's private key. Sample applications and tests hold one; the registry never does.
///
/// Has no `Debug` that shows anything; the key bytes live inside aws-lc, which clears them when dropped.
pub struct DeviceKey {
    pair: EcdsaKeyPair,
    public: DevicePublicKey,
}

impl DeviceKey {
    /// A new key from the system's random generator, with its PKCS#8 document for storage by the caller.
    ///
    /// # Errors
    /// [`KeyError::Randomness`].
    pub fn generate() -> Result<(Self, Vec<u8>), KeyError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| KeyError::Randomness)?;
        let pkcs8 = document.as_ref().to_vec();
        Ok((Self::from_pkcs8(&pkcs8)?, pkcs8))
    }

    /// From a PKCS#8 document.
    ///
    /// # Errors
    /// [`KeyError::PrivateKey`].
    pub fn from_pkcs8(document: &[u8]) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document)
            .map_err(|_| KeyError::PrivateKey)?;
        let public = DevicePublicKey::from_point(pair.public_key().as_ref())?;
        Ok(Self { pair, public })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &DevicePublicKey {
        &self.public
    }

    /// The name of the key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.public.id()
    }

    /// Signs `data`.
    ///
    /// # Errors
    /// [`KeyError::Randomness`].
    pub fn sign(&self, data: &[u8]) -> Result<DeviceSignature, KeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), data).map_err(|_| KeyError::Randomness)?;
        DeviceSignature::from_slice(signature.as_ref())
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_bytes_and_its_key_only() {
        let (key, pkcs8) = DeviceKey::generate().unwrap();
        let signature = key.sign(b"withdraw").unwrap();
        assert_eq!(key.public().verify(b"withdraw", &signature), Ok(()));
        assert_eq!(key.public().verify(b"grant", &signature), Err(KeyError::SignatureMismatch));
        let (other, _) = DeviceKey::generate().unwrap();
        assert_eq!(other.public().verify(b"withdraw", &signature), Err(KeyError::SignatureMismatch));
        assert_eq!(DeviceKey::from_pkcs8(&pkcs8).unwrap().id(), key.id());
    }

    #[test]
    fn material_of_another_form_is_refused() {
        assert_eq!(DevicePublicKey::from_point(&[4; 64]), Err(KeyError::PublicKey));
        assert_eq!(DevicePublicKey::from_point(&[2; 65]), Err(KeyError::PublicKey));
        assert_eq!(DevicePublicKey::from_base64url("BA=="), Err(KeyError::PublicKey));
        assert_eq!(DeviceSignature::from_base64url("AAAA"), Err(KeyError::SignatureForm));
        assert!(matches!(DeviceKey::from_pkcs8(&[0; 40]), Err(KeyError::PrivateKey)));
    }

    #[test]
    fn a_point_off_the_curve_verifies_nothing() {
        let (key, _) = DeviceKey::generate().unwrap();
        let signature = key.sign(b"x").unwrap();
        let mut point = key.public().point().to_vec();
        point[64] ^= 1;
        let off = DevicePublicKey::from_point(&point).unwrap();
        assert_eq!(off.verify(b"x", &signature), Err(KeyError::SignatureMismatch));
    }
}
