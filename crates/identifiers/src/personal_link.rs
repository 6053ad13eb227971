//! Names of persons and purposes in Personal-LINK.
//!
//! A person has one [`BaseId`], which only the registry knows; one [`LinkHandle`] for each member's application; and
//! one [`ExchangeHandle`] for each pair of consumer and provider. Handles are random, so none can be computed from
//! another. What the member's own system calls the person is a [`LocalId`], which never leaves the member.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::IdentifierError;
use crate::component::{Part, shared};
use crate::serde_path::parse;

/// Defines an opaque 128-bit name that is written as 32 lower-case hexadecimal digits.
macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes 16 bytes, which must be random when a new name is made.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdentifierError;

            /// Reads exactly 32 lower-case hexadecimal digits.
            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                hex_bytes(text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parse(deserializer, Self::from_str)
            }
        }
    };
}

opaque_id! {
    /// A person as the registry knows it. It is never told to a member.
    BaseId
}
opaque_id! {
    /// A person as one member's application knows it: one handle for each link, useless at any other member.
    LinkHandle
}
opaque_id! {
    /// A person between one consumer subsystem and one provider subsystem: the name that travels in messages.
    ExchangeHandle
}

/// A purpose of data use, as the registry's purpose definitions name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PurposeId(Arc<str>);

impl PurposeId {
    /// Makes the name of a purpose.
    ///
    /// # Errors
    /// A name that is empty, too long or contains control characters.
    pub fn new(name: &str) -> Result<Self, IdentifierError> {
        Ok(Self(shared(Part::Purpose, name)?))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PurposeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PurposeId {
    type Err = IdentifierError;

    fn from_str(name: &str) -> Result<Self, IdentifierError> {
        Self::new(name)
    }
}

impl serde::Serialize for PurposeId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for PurposeId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse(deserializer, Self::new)
    }
}

/// The number or name by which a member's own system knows a person.
///
/// It has no `Display`, and `Debug` hides the content, so that it cannot slip into a log; [`LocalId::expose`] is the
/// one way to read it, easy to search for.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalId(Arc<str>);

impl LocalId {
    /// Takes a local identifier.
    ///
    /// # Errors
    /// An identifier that is empty, too long or contains control characters (it may be put into a header).
    pub fn new(id: &str) -> Result<Self, IdentifierError> {
        Ok(Self(shared(Part::LocalId, id)?))
    }

    /// The identifier itself, for storing it and for handing it to the member's own system.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LocalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalId(..)")
    }
}

impl serde::Serialize for LocalId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for LocalId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse(deserializer, Self::new)
    }
}

fn hex_bytes(text: &str) -> Result<[u8; 16], IdentifierError> {
    let digits: &[u8; 32] = text.as_bytes().try_into().map_err(|_| IdentifierError::NotHex)?;
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Ok(bytes)
}

fn hex_digit(digit: u8) -> Result<u8, IdentifierError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(IdentifierError::NotHex),
    }
}
