//! serde for identifiers: the path form, as a string.

/// Implements `Serialize`, `Deserialize` and `FromStr` over `to_path` and `from_path`.
macro_rules! serde_as_path {
    ($type:ty) => {
        impl std::str::FromStr for $type {
            type Err = crate::IdentifierError;

            /// Reads the path form, see `from_path`.
            fn from_str(path: &str) -> Result<Self, Self::Err> {
                Self::from_path(path)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.to_path())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::serde_path::parse(deserializer, Self::from_path)
            }
        }
    };
}
pub(crate) use serde_as_path;

use std::borrow::Cow;

use serde::Deserialize as _;

/// Deserializes a string and hands it to a parser.
pub(crate) fn parse<'de, D, T, E>(
    deserializer: D,
    parser: impl Fn(&str) -> Result<T, E>,
) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    E: std::fmt::Display,
{
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    parser(&text).map_err(serde::de::Error::custom)
}
