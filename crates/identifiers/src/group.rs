//! Groups of clients that access rights may name.

use std::fmt;
use std::sync::Arc;

use crate::IdentifierError;
use crate::component::{Part, shared};
use crate::path::{decode_segment, join, split};
use crate::serde_path::serde_as_path;

/// A global group: defined by the operator of an instance and published in the global configuration.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId {
    instance: Arc<str>,
    code: Arc<str>,
}

impl GroupId {
    /// Makes the identifier of a global group.
    ///
    /// # Errors
    /// A part that is empty, too long or contains control characters.
    pub fn new(instance: &str, code: &str) -> Result<Self, IdentifierError> {
        Ok(Self { instance: shared(Part::Instance, instance)?, code: shared(Part::GroupCode, code)? })
    }

    /// Reads `instance/group`, each segment percent-encoded.
    ///
    /// # Errors
    /// Another number of segments, a badly encoded segment, or a part that is refused.
    pub fn from_path(path: &str) -> Result<Self, IdentifierError> {
        match split(path, 2).as_slice() {
            [instance, code] => Self::new(&decode_segment(instance)?, &decode_segment(code)?),
            other => Err(IdentifierError::Segments {
                kind: "global group identifier",
                expected: "2",
                found: other.len(),
            }),
        }
    }

    /// The path form: `instance/group`.
    #[must_use]
    pub fn to_path(&self) -> String {
        join([self.instance(), self.code()])
    }

    /// The X-Road instance that defines the group.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// The group code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// The short form of fault texts and logs: `GLOBALGROUP:EE/all-members`.
impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GLOBALGROUP:{}/{}", self.instance, self.code)
    }
}

impl fmt::Debug for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_path!(GroupId);

/// A local group: defined by one client on its own security server.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalGroupId(Arc<str>);

impl LocalGroupId {
    /// Makes the identifier of a local group.
    ///
    /// # Errors
    /// A code that is empty, too long or contains control characters.
    pub fn new(code: &str) -> Result<Self, IdentifierError> {
        Ok(Self(shared(Part::GroupCode, code)?))
    }

    /// Reads the percent-encoded group code.
    ///
    /// # Errors
    /// A badly encoded segment, or a code that is refused.
    pub fn from_path(path: &str) -> Result<Self, IdentifierError> {
        Self::new(&decode_segment(path)?)
    }

    /// The path form: the percent-encoded group code.
    #[must_use]
    pub fn to_path(&self) -> String {
        join([self.code()])
    }

    /// The group code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }
}

/// The short form of fault texts and logs: `LOCALGROUP:friends`.
impl fmt::Display for LocalGroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LOCALGROUP:{}", self.0)
    }
}

impl fmt::Debug for LocalGroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_path!(LocalGroupId);
