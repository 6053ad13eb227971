//! The parts that identifiers are made of, and the rule every part obeys.

use std::fmt;
use std::sync::Arc;

use crate::IdentifierError;

/// Longest part of an identifier, in characters: the width of X-Road's database columns for them.
pub const MAX_CODE_CHARS: usize = 255;

/// Which part of an identifier an error is about; the names are those of X-Road's identifier schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `xRoadInstance`
    Instance,
    /// `memberClass`
    MemberClass,
    /// `memberCode`
    MemberCode,
    /// `subsystemCode`
    SubsystemCode,
    /// `serviceCode`
    ServiceCode,
    /// `serviceVersion`
    ServiceVersion,
    /// `serverCode`
    ServerCode,
    /// `groupCode`
    GroupCode,
    /// Personal-LINK: a purpose definition.
    Purpose,
    /// Personal-LINK: the number or name by which a member's own system knows a person.
    LocalId,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instance => "xRoadInstance",
            Self::MemberClass => "memberClass",
            Self::MemberCode => "memberCode",
            Self::SubsystemCode => "subsystemCode",
            Self::ServiceCode => "serviceCode",
            Self::ServiceVersion => "serviceVersion",
            Self::ServerCode => "serverCode",
            Self::GroupCode => "groupCode",
            Self::Purpose => "purpose",
            Self::LocalId => "local identifier",
        })
    }
}

/// Checks one part. X-Road itself only warns about odd characters (`%`, `:`, `/` and others occur in the field),
/// so only what is dangerous in every place is refused: nothing at all, too much, and control characters.
pub(crate) fn check(part: Part, value: &str) -> Result<(), IdentifierError> {
    if value.is_empty() {
        return Err(IdentifierError::Empty(part));
    }
    // A character is at most four bytes, so the cheap test decides nearly always.
    if value.len() > MAX_CODE_CHARS && value.chars().count() > MAX_CODE_CHARS {
        return Err(IdentifierError::TooLong(part));
    }
    if value.chars().any(char::is_control) {
        return Err(IdentifierError::ControlCharacter(part));
    }
    Ok(())
}

/// Checks one part and makes it cheap to clone.
pub(crate) fn shared(part: Part, value: &str) -> Result<Arc<str>, IdentifierError> {
    check(part, value)?;
    Ok(Arc::from(value))
}
