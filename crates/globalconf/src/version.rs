//! The format versions of the global configuration.

use std::fmt;
use std::str::FromStr;

/// Format version of a global configuration.
///
/// X-Road 7.8 publishes and reads 2 to 6. Each version has its own schema of the shared
/// parameters; the private parameters have one schema for 2 and one for 3 to 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FormatVersion {
    /// The oldest one: authentication certificates by SHA-1, no `source` list.
    V2,
    /// Adds the `source` list, ACME servers, SHA-256 and an open tail.
    V3,
    /// Adds certificate profile identifiers of ACME servers.
    V4,
    /// Adds names of subsystems and the maintenance mode of servers.
    V5,
    /// Adds cost types of OCSP and timestamping services and the default CSR format.
    V6,
}

impl FormatVersion {
    /// All versions, oldest first.
    pub const ALL: [Self; 5] = [Self::V2, Self::V3, Self::V4, Self::V5, Self::V6];

    /// The newest version, which a client asks for first.
    pub const CURRENT: Self = Self::V6;

    /// The number as it stands in URLs, metadata and the signed directory.
    pub const fn number(self) -> u8 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
            Self::V4 => 4,
            Self::V5 => 5,
            Self::V6 => 6,
        }
    }

    /// The version with this number, if it is one that we know.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            2 => Some(Self::V2),
            3 => Some(Self::V3),
            4 => Some(Self::V4),
            5 => Some(Self::V5),
            6 => Some(Self::V6),
            _ => None,
        }
    }

    /// Whether servers are listed by the SHA-1 of their authentication certificate (V2 only);
    /// otherwise it is SHA-256.
    pub const fn lists_sha1(self) -> bool {
        matches!(self, Self::V2)
    }
}

impl fmt::Display for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}

/// The text is not the number of a known format version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("global configuration version {0:?} is not known (2 to 6 are)")]
pub struct UnknownVersion(pub String);

impl FromStr for FormatVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let number = text.trim().parse().ok().and_then(Self::from_number);
        number.ok_or_else(|| UnknownVersion(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_agree() {
        for version in FormatVersion::ALL {
            assert_eq!(version.to_string().parse(), Ok(version));
            assert_eq!(FormatVersion::from_number(version.number()), Some(version));
        }
        for wrong in ["1", "7", "", "V6", "-2", "two"] {
            assert_eq!(wrong.parse::<FormatVersion>(), Err(UnknownVersion(wrong.into())));
        }
    }
}
