//! Versions of peers, as far as an operator wants to demand one (`x-proxy-version`).

use std::fmt;

/// A version `major.minor.patch`; what a build appends after a hyphen is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerVersion([u32; 3]);

/// Why a peer's version is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not a version.
    #[error("The version of the consumer's security server cannot be read")]
    Unreadable,
    /// Too old.
    #[error("The minimum supported version for client security server is: {minimum}, found {found}")]
    TooOld {
        /// What is demanded.
        minimum: PeerVersion,
        /// What the peer is.
        found: PeerVersion,
    },
}

impl PeerVersion {
    /// Reads a version.
    ///
    /// # Errors
    /// [`VersionError::Unreadable`].
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let release = text.split(['-', '+']).next().unwrap_or_default();
        let mut numbers = release.split('.').map(|number| number.parse::<u32>());
        let mut next = || numbers.next().and_then(Result::ok).ok_or(VersionError::Unreadable);
        let version = Self([next()?, next()?, next()?]);
        if numbers.next().is_none() { Ok(version) } else { Err(VersionError::Unreadable) }
    }

    /// Whether the version is new enough.
    ///
    /// # Errors
    /// [`VersionError::TooOld`].
    pub fn at_least(self, minimum: Self) -> Result<(), VersionError> {
        if self >= minimum { Ok(()) } else { Err(VersionError::TooOld { minimum, found: self }) }
    }
}

impl fmt::Display for PeerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        let minimum = PeerVersion::parse("7.6.0").unwrap();
        for good in ["7.6.0", "7.10.1", "8.0.0-SNAPSHOT-abc"] {
            assert_eq!(PeerVersion::parse(good).unwrap().at_least(minimum), Ok(()), "{good}");
        }
        assert!(PeerVersion::parse("7.5.9").unwrap().at_least(minimum).is_err());
        for bad in ["unknown", "", "7.6", "7.6.x", "7.6.0.1"] {
            assert_eq!(PeerVersion::parse(bad), Err(VersionError::Unreadable), "{bad}");
        }
    }
}
