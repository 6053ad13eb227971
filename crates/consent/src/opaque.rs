//! Opaque values of fixed length: consent ids, hashes, salts, nonces. Written as lower-case hex, read as nothing else.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};

/// A text that is not the lower-case hex form of the expected number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} lower-case hex digits")]
pub struct OpaqueError {
    /// How many digits the type has.
    pub expected: usize,
}

macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// From its bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = OpaqueError;

            fn from_str(text: &str) -> Result<Self, OpaqueError> {
                let refused = OpaqueError { expected: 2 * $length };
                if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    return Err(refused);
                }
                let mut bytes = [0; $length];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| refused)?;
                Ok(Self(bytes))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

opaque!(
    /// One consent: a chain of events about one flow of data of one person. Random, chosen by the person's device.
    ConsentId, 16
);
opaque!(
    /// SHA-256 of the canonical bytes of a consent event.
    EventHash, 32
);
opaque!(
    /// SHA-256 of the uncompressed point of a device's public key.
    KeyId, 32
);
opaque!(
    /// Random bytes inside an event, so that its hash tells nothing to whoever has only the hash.
    Salt, 16
);
opaque!(
    /// A fresh random value that a node sends and the registry echoes: the proof that a heartbeat is not old.
    Nonce, 16
);
opaque!(
    /// One connection of a node to the registry's stream.
    SessionId, 16
);
opaque!(
    /// Link of the hash chain over the frames of one session.
    ChainHash, 32
);
opaque!(
    /// SHA-256 of the canonical bytes of a decision record.
    DecisionDigest, 32
);
opaque!(
    /// SHA-256 of the canonical bytes of a row.
    RowDigest, 32
);

/// SHA-256 as an array.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, data).as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lower_case_hex_of_the_right_length_is_read() {
        let id = ConsentId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in [
            "",
            "ab",
            &"AB".repeat(16),
            &"ab".repeat(17),
            &"zz".repeat(16),
            &format!("0x{}", "ab".repeat(15)),
        ] {
            assert_eq!(text.parse::<ConsentId>(), Err(OpaqueError { expected: 32 }), "{text}");
        }
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{}\"", "ab".repeat(16)));
    }
}
