//! Security servers.

use std::fmt;
use std::sync::Arc;

use crate::component::{Part, shared};
use crate::path::{decode_segment, join, split};
use crate::serde_path::serde_as_path;
use crate::{IdentifierError, MemberId};

/// A security server: the member that owns it and a server code.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerId {
    member: MemberId,
    code: Arc<str>,
}

impl ServerId {
    /// Makes the identifier of a server owned by `member`.
    ///
    /// # Errors
    /// A server code that is empty, too long or contains control characters.
    pub fn new(member: MemberId, code: &str) -> Result<Self, IdentifierError> {
        Ok(Self { member, code: shared(Part::ServerCode, code)? })
    }

    /// Reads `instance/class/code/server`, each segment percent-encoded: the value of `X-Road-Security-Server`.
    ///
    /// # Errors
    /// Another number of segments, a badly encoded segment, or a part that is refused.
    pub fn from_path(path: &str) -> Result<Self, IdentifierError> {
        match split(path, 4).as_slice() {
            [instance, class, member, server] => {
                Self::new(MemberId::from_segments(instance, class, member)?, &decode_segment(server)?)
            }
            other => Err(IdentifierError::Segments {
                kind: "security server identifier",
                expected: "4",
                found: other.len(),
            }),
        }
    }

    /// The form of URLs and headers: `instance/class/code/server`.
    #[must_use]
    pub fn to_path(&self) -> String {
        join([self.member.instance(), self.member.class(), self.member.code(), self.code()])
    }

    /// The member that owns the server.
    #[must_use]
    pub fn member(&self) -> &MemberId {
        &self.member
    }

    /// The server code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// The short form of fault texts and logs: `SERVER:EE/GOV/1/ss1`.
impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = &self.member;
        write!(f, "SERVER:{}/{}/{}/{}", member.instance(), member.class(), member.code(), self.code)
    }
}

impl fmt::Debug for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_path!(ServerId);
