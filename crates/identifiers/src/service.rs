//! Services.

use std::fmt;
use std::sync::Arc;

use crate::component::{Part, shared};
use crate::path::{decode_segment, join, split};
use crate::serde_path::serde_as_path;
use crate::{ClientId, IdentifierError, MemberId};

/// A service of a client. REST services have no version.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId {
    client: ClientId,
    code: Arc<str>,
    version: Option<Arc<str>>,
}

impl ServiceId {
    /// Makes the identifier of a service of `client`.
    ///
    /// # Errors
    /// A code or version that is empty, too long or contains control characters.
    pub fn new(client: ClientId, code: &str, version: Option<&str>) -> Result<Self, IdentifierError> {
        let code = shared(Part::ServiceCode, code)?;
        let version = version.map(|version| shared(Part::ServiceVersion, version)).transpose()?;
        Ok(Self { client, code, version })
    }

    /// Reads `instance/class/code/subsystem/service[/version]`, each segment percent-encoded.
    ///
    /// A service of a member without subsystem, which only SOAP knows, has an empty fourth segment. (REST messages
    /// allow neither that nor a version; their five segments are checked where they are read.)
    ///
    /// # Errors
    /// Another number of segments, a badly encoded segment, or a part that is refused.
    pub fn from_path(path: &str) -> Result<Self, IdentifierError> {
        let segments = split(path, 6);
        let [instance, class, member, subsystem, service, version @ ..] = segments.as_slice() else {
            return Err(segment_error(segments.len()));
        };
        let version = match version {
            [] => None,
            [version] => Some(decode_segment(version)?),
            _ => return Err(segment_error(segments.len())),
        };
        let subsystem = if subsystem.is_empty() { None } else { Some(decode_segment(subsystem)?) };
        let member = MemberId::from_segments(instance, class, member)?;
        let client = ClientId::new(member, subsystem.as_deref())?;
        Self::new(client, &decode_segment(service)?, version.as_deref())
    }

    /// The form of URLs and headers: `instance/class/code/subsystem/service[/version]`.
    #[must_use]
    pub fn to_path(&self) -> String {
        let member = self.client.member();
        let always = [
            member.instance(),
            member.class(),
            member.code(),
            self.client.subsystem().unwrap_or(""),
            self.code(),
        ];
        join(always.into_iter().chain(self.version()))
    }

    /// The client that provides the service.
    #[must_use]
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// The service code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The service version, if the service has one (SOAP).
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

fn segment_error(found: usize) -> IdentifierError {
    IdentifierError::Segments { kind: "service identifier", expected: "5 or 6", found }
}

/// The short form of fault texts and logs: `SERVICE:EE/GOV/1/sub/getRandom/v1`; parts that are absent are left out.
impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = self.client.member();
        write!(f, "SERVICE:{}/{}/{}", member.instance(), member.class(), member.code())?;
        for part in self.client.subsystem().into_iter().chain([self.code()]).chain(self.version()) {
            write!(f, "/{part}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_path!(ServiceId);
