//! Members and the clients (members or subsystems) that send and answer messages.

use std::fmt;
use std::sync::Arc;

use crate::IdentifierError;
use crate::component::{Part, check, shared};
use crate::path::{decode_segment, join, split};
use crate::serde_path::serde_as_path;

/// A member of an X-Road instance: an organisation, known by instance, member class and member code.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(Arc<MemberParts>);

#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
struct MemberParts {
    instance: Box<str>,
    class: Box<str>,
    code: Box<str>,
}

impl MemberId {
    /// Makes the identifier of a member.
    ///
    /// # Errors
    /// A part that is empty, too long or contains control characters.
    pub fn new(instance: &str, class: &str, code: &str) -> Result<Self, IdentifierError> {
        check(Part::Instance, instance)?;
        check(Part::MemberClass, class)?;
        check(Part::MemberCode, code)?;
        Ok(Self(Arc::new(MemberParts { instance: instance.into(), class: class.into(), code: code.into() })))
    }

    /// Reads `instance/class/code`, each segment percent-encoded.
    ///
    /// # Errors
    /// Another number of segments, a badly encoded segment, or a part that [`MemberId::new`] refuses.
    pub fn from_path(path: &str) -> Result<Self, IdentifierError> {
        match split(path, 3).as_slice() {
            [instance, class, code] => Self::from_segments(instance, class, code),
            other => Err(IdentifierError::Segments {
                kind: "member identifier",
                expected: "3",
                found: other.len(),
            }),
        }
    }

    /// The form of URLs and headers: `instance/class/code`.
    #[must_use]
    pub fn to_path(&self) -> String {
        join([self.instance(), self.class(), self.code()])
    }

    /// The X-Road instance, for example `EE`.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.0.instance
    }

    /// The member class, for example `GOV`.
    #[must_use]
    pub fn class(&self) -> &str {
        &self.0.class
    }

    /// The member code, unique within instance and class.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }

    pub(crate) fn from_segments(instance: &str, class: &str, code: &str) -> Result<Self, IdentifierError> {
        Self::new(&decode_segment(instance)?, &decode_segment(class)?, &decode_segment(code)?)
    }
}

/// The short form of fault texts and logs: `MEMBER:EE/GOV/1`.
impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MEMBER:{}/{}/{}", self.instance(), self.class(), self.code())
    }
}

impl fmt::Debug for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_path!(MemberId);

/// A client of a security server: a member itself (`MEMBER`) or one of its subsystems (`SUBSYSTEM`).
///
/// A right given to a member is not a right of its subsystems, nor the other way round; the two never compare equal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId {
    member: MemberId,
    subsystem: Option<Arc<str>>,
}

impl ClientId {
    /// Makes the identifier of a member (`subsystem` is `None`) or of a subsystem.
    ///
    /// # Errors
    /// A subsystem code that is empty, too long or contains control characters.
    pub fn new(member: MemberId, subsystem: Option<&str>) -> Result<Self, IdentifierError> {
        let subsystem = subsystem.map(|code| shared(Part::SubsystemCode, code)).transpose()?;
        Ok(Self { member, subsystem })
    }

    /// Makes the identifier of a subsystem from its four parts.
    ///
    /// # Errors
    /// A part that is empty, too long or contains control characters.
    pub fn subsystem_of(
        instance: &str,
        class: &str,
        code: &str,
        subsystem: &str,
    ) -> Result<Self, IdentifierError> {
        Self::new(MemberId::new(instance, class, code)?, Some(subsystem))
    }

    /// Reads `instance/class/code[/subsystem]`, each segment percent-encoded: the value of `X-Road-Client`.
    ///
    /// # Errors
    /// Another number of segments, a badly encoded segment, or a part that is refused.
    pub fn from_path(path: &str) -> Result<Self, IdentifierError> {
        match split(path, 4).as_slice() {
            [instance, class, code] => Ok(Self::from(MemberId::from_segments(instance, class, code)?)),
            [instance, class, code, subsystem] => {
                Self::new(MemberId::from_segments(instance, class, code)?, Some(&decode_segment(subsystem)?))
            }
            other => Err(IdentifierError::Segments {
                kind: "client identifier",
                expected: "3 or 4",
                found: other.len(),
            }),
        }
    }

    /// The form of URLs and headers: `instance/class/code[/subsystem]`.
    #[must_use]
    pub fn to_path(&self) -> String {
        let member = [self.member.instance(), self.member.class(), self.member.code()];
        join(member.into_iter().chain(self.subsystem()))
    }

    /// The member that the client is or belongs to.
    #[must_use]
    pub fn member(&self) -> &MemberId {
        &self.member
    }

    /// The subsystem code; `None` for a member.
    #[must_use]
    pub fn subsystem(&self) -> Option<&str> {
        self.subsystem.as_deref()
    }

    /// The X-Road instance of the member.
    #[must_use]
    pub fn instance(&self) -> &str {
        self.member.instance()
    }
}

impl From<MemberId> for ClientId {
    fn from(member: MemberId) -> Self {
        Self { member, subsystem: None }
    }
}

/// The short form of fault texts and logs: `MEMBER:EE/GOV/1` or `SUBSYSTEM:EE/GOV/1/sub`.
impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subsystem() {
            None => fmt::Display::fmt(&self.member, f),
            Some(subsystem) => {
                let MemberParts { instance, class, code } = &*self.member.0;
                write!(f, "SUBSYSTEM:{instance}/{class}/{code}/{subsystem}")
            }
        }
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_path!(ClientId);
