//! Header fields while they are read.

use identifiers::{ClientId, MemberId, ServerId, ServiceId};

use super::SoapError;
use super::header::{RepresentedParty, RequestHash};
use crate::names::xmlns;
use crate::xml::Name;

/// The header fields that mean something to a security server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Client,
    Service,
    SecurityServer,
    UserId,
    Issue,
    Id,
    ProtocolVersion,
    RepresentedParty,
    RequestHash,
}

impl Field {
    /// The field that a child element of the header is, if it is one.
    pub(super) fn of(name: &Name<'_>) -> Option<Self> {
        const ALL: [Field; 9] = [
            Field::Client,
            Field::Service,
            Field::SecurityServer,
            Field::UserId,
            Field::Issue,
            Field::Id,
            Field::ProtocolVersion,
            Field::RepresentedParty,
            Field::RequestHash,
        ];
        ALL.into_iter().find(|field| {
            let namespace =
                if *field == Self::RepresentedParty { xmlns::REPRESENTATION } else { xmlns::XROAD };
            name.is(namespace, field.name())
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Service => "service",
            Self::SecurityServer => "securityServer",
            Self::UserId => "userId",
            Self::Issue => "issue",
            Self::Id => "id",
            Self::ProtocolVersion => "protocolVersion",
            Self::RepresentedParty => "representedParty",
            Self::RequestHash => "requestHash",
        }
    }

    /// The values of `objectType` that the field may have; none for fields that are no identifiers.
    pub(super) const fn object_types(self) -> &'static [&'static str] {
        match self {
            Self::Client => &["MEMBER", "SUBSYSTEM"],
            Self::Service => &["SERVICE"],
            Self::SecurityServer => &["SERVER"],
            _ => &[],
        }
    }

    /// The part that a child element of this field is, if it is one.
    fn part(self, name: &Name<'_>) -> Option<&'static str> {
        let (namespace, parts): (_, &[&'static str]) = match self {
            Self::Client => {
                (xmlns::IDENTIFIERS, &["xRoadInstance", "memberClass", "memberCode", "subsystemCode"])
            }
            Self::Service => (
                xmlns::IDENTIFIERS,
                &[
                    "xRoadInstance",
                    "memberClass",
                    "memberCode",
                    "subsystemCode",
                    "serviceCode",
                    "serviceVersion",
                ],
            ),
            Self::SecurityServer => {
                (xmlns::IDENTIFIERS, &["xRoadInstance", "memberClass", "memberCode", "serverCode"])
            }
            Self::RepresentedParty => (xmlns::REPRESENTATION, &["partyClass", "partyCode"]),
            _ => return None,
        };
        parts.iter().copied().find(|part| name.is(namespace, part))
    }
}

/// A field that is open: its own text, and the parts of an identifier.
#[derive(Debug)]
pub(super) struct OpenField {
    pub(super) field: Field,
    /// `algorithmId` of a request hash.
    pub(super) algorithm: Option<String>,
    text: String,
    parts: Vec<(&'static str, String)>,
    open_part: Option<&'static str>,
    length: usize,
}

impl OpenField {
    pub(super) fn new(field: Field, algorithm: Option<String>) -> Self {
        Self { field, algorithm, text: String::new(), parts: Vec::new(), open_part: None, length: 0 }
    }

    /// A child element of the field begins.
    pub(super) fn part_start(&mut self, name: &Name<'_>) -> Result<(), SoapError> {
        let Some(part) = self.field.part(name) else { return Ok(()) };
        if self.parts.iter().any(|(known, _)| *known == part) {
            return Err(SoapError::DuplicateField(part));
        }
        self.parts.push((part, String::new()));
        self.open_part = Some(part);
        Ok(())
    }

    pub(super) fn part_end(&mut self) {
        self.open_part = None;
    }

    /// Takes text directly inside the field, or directly inside a child of it.
    pub(super) fn take(&mut self, text: &str, in_child: bool, limit: usize) -> Result<(), SoapError> {
        let slot = match (in_child, self.open_part) {
            (false, _) => &mut self.text,
            (true, Some(_)) => match self.parts.last_mut() {
                Some((_, value)) => value,
                None => return Ok(()),
            },
            (true, None) => return Ok(()),
        };
        self.length += text.len();
        if self.length > limit {
            return Err(SoapError::FieldTooLong(self.field.name()));
        }
        slot.push_str(text);
        Ok(())
    }

    fn part(&mut self, part: &str) -> Option<String> {
        self.parts.iter_mut().find(|(known, _)| *known == part).map(|(_, value)| std::mem::take(value))
    }

    fn mandatory(&mut self, part: &'static str) -> Result<String, SoapError> {
        let value = self.part(part).filter(|value| !value.trim().is_empty());
        value.ok_or(SoapError::IdentifierPart { field: self.field.name(), part })
    }

    fn member(&mut self) -> Result<MemberId, SoapError> {
        let instance = self.mandatory("xRoadInstance")?;
        let (class, code) = (self.mandatory("memberClass")?, self.mandatory("memberCode")?);
        MemberId::new(&instance, &class, &code).map_err(|reason| self.wrong(reason))
    }

    /// The client that the parts name: a subsystem if they have one, whatever `objectType` says.
    fn client(&mut self) -> Result<ClientId, SoapError> {
        let member = self.member()?;
        let subsystem = self.part("subsystemCode");
        if subsystem.as_deref().is_some_and(|code| code.trim().is_empty()) {
            return Err(SoapError::IdentifierPart { field: self.field.name(), part: "subsystemCode" });
        }
        ClientId::new(member, subsystem.as_deref()).map_err(|reason| self.wrong(reason))
    }

    fn service(&mut self) -> Result<ServiceId, SoapError> {
        let client = self.client()?;
        let code = self.mandatory("serviceCode")?;
        let version = self.part("serviceVersion");
        ServiceId::new(client, &code, version.as_deref()).map_err(|reason| self.wrong(reason))
    }

    fn server(&mut self) -> Result<ServerId, SoapError> {
        let member = self.member()?;
        let code = self.mandatory("serverCode")?;
        ServerId::new(member, &code).map_err(|reason| self.wrong(reason))
    }

    fn wrong(&self, reason: identifiers::IdentifierError) -> SoapError {
        SoapError::Identifier { field: self.field.name(), reason }
    }
}

/// The fields of a header so far.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) client: Option<ClientId>,
    pub(super) service: Option<ServiceId>,
    pub(super) security_server: Option<ServerId>,
    pub(super) user_id: Option<String>,
    pub(super) issue: Option<String>,
    pub(super) id: Option<String>,
    pub(super) protocol_version: Option<String>,
    pub(super) represented_party: Option<RepresentedParty>,
    pub(super) request_hash: Option<RequestHash>,
}

impl Fields {
    pub(super) fn has(&self, field: Field) -> bool {
        match field {
            Field::Client => self.client.is_some(),
            Field::Service => self.service.is_some(),
            Field::SecurityServer => self.security_server.is_some(),
            Field::UserId => self.user_id.is_some(),
            Field::Issue => self.issue.is_some(),
            Field::Id => self.id.is_some(),
            Field::ProtocolVersion => self.protocol_version.is_some(),
            Field::RepresentedParty => self.represented_party.is_some(),
            Field::RequestHash => self.request_hash.is_some(),
        }
    }

    /// Takes a field that is complete.
    pub(super) fn take(&mut self, mut open: OpenField) -> Result<(), SoapError> {
        match open.field {
            Field::Client => self.client = Some(open.client()?),
            Field::Service => self.service = Some(open.service()?),
            Field::SecurityServer => self.security_server = Some(open.server()?),
            Field::UserId => self.user_id = Some(open.text),
            Field::Issue => self.issue = Some(open.text),
            Field::Id => self.id = Some(open.text),
            Field::ProtocolVersion if open.text.starts_with("4.") => self.protocol_version = Some(open.text),
            Field::ProtocolVersion => {
                return Err(SoapError::ProtocolVersion(super::error::shortened(&open.text)));
            }
            Field::RepresentedParty => {
                let (class, code) = (open.part("partyClass"), open.part("partyCode"));
                self.represented_party = Some(RepresentedParty { class, code });
            }
            Field::RequestHash => {
                self.request_hash = Some(RequestHash { algorithm: open.algorithm, value: open.text });
            }
        }
        Ok(())
    }
}
