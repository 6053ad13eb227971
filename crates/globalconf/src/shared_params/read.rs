//! Reads `shared-params.xml`: the document, members, servers and groups.

use std::collections::HashMap;

use identifiers::{ClientId, MemberId, ServerId};

use super::model::{
    AuthCertHash, GlobalGroup, Maintenance, Member, MemberClass, SecurityServer, SharedParams, Subsystem,
};
use super::{ROOT, read_services};
use crate::version::FormatVersion;
use crate::xml::{Document, Element, XmlError, base64_bytes, client_id, number, required, set_once};

impl SharedParams {
    /// Reads the file. From V3 on unknown elements at its end are passed over; `version` also
    /// decides which hash of authentication certificates is meant.
    ///
    /// # Errors
    /// See [`XmlError`].
    pub fn parse(bytes: &[u8], version: FormatVersion) -> Result<Self, XmlError> {
        let mut document = Document::open(bytes, ROOT)?;
        let mut raw = Raw::default();
        while let Some(child) = document.next_child(ROOT)? {
            raw.take(&mut document, &child, version)?;
        }
        document.finish()?;
        raw.resolve()
    }
}

/// The document before references are resolved.
#[derive(Default)]
struct Raw {
    params: SharedParams,
    instance: Option<String>,
    settings: Option<(Vec<MemberClass>, u32)>,
    members: Vec<RawMember>,
    servers: Vec<RawServer>,
}

struct RawMember {
    id: String,
    class: MemberClass,
    code: String,
    name: String,
    subsystems: Vec<(String, Subsystem)>,
}

struct RawServer {
    owner: String,
    code: String,
    address: Option<String>,
    auth_certs: Vec<AuthCertHash>,
    clients: Vec<String>,
    maintenance: Option<Maintenance>,
}

impl Raw {
    fn take(
        &mut self,
        document: &mut Document<'_>,
        child: &Element,
        version: FormatVersion,
    ) -> Result<(), XmlError> {
        match child.name() {
            "instanceIdentifier" => {
                set_once(&mut self.instance, document.text(child)?, ROOT, "instanceIdentifier")?;
            }
            "source" => self.params.sources.push(read_services::source(document)?),
            "approvedCA" => self.params.approved_cas.push(read_services::approved_ca(document)?),
            "approvedTSA" => self.params.approved_tsas.push(read_services::approved_tsa(document)?),
            "member" => self.members.push(member(document, child)?),
            "securityServer" => self.servers.push(server(document, version)?),
            "globalGroup" => self.params.global_groups.push(group(document)?),
            "globalSettings" => set_once(&mut self.settings, settings(document)?, ROOT, "globalSettings")?,
            // Left over from old releases; has no meaning any more.
            "centralService" => document.skip()?,
            _ if version >= FormatVersion::V3 => document.skip()?,
            _ => return Err(child.unexpected_in(ROOT)),
        }
        Ok(())
    }

    fn resolve(self) -> Result<SharedParams, XmlError> {
        let mut params = self.params;
        params.instance = required(self.instance, ROOT, "instanceIdentifier")?;
        (params.member_classes, params.ocsp_freshness_seconds) =
            required(self.settings, ROOT, "globalSettings")?;
        let mut clients: HashMap<String, ClientId> = HashMap::new();
        let mut note = |id: String, client: ClientId| {
            if clients.contains_key(&id) {
                return Err(XmlError::RepeatedId(id));
            }
            clients.insert(id, client);
            Ok(())
        };
        for member in self.members {
            let id = MemberId::new(&params.instance, &member.class.code, &member.code)
                .map_err(|cause| XmlError::Identifier { element: "member", cause })?;
            note(member.id, ClientId::from(id.clone()))?;
            let mut subsystems = Vec::with_capacity(member.subsystems.len());
            for (reference, subsystem) in member.subsystems {
                let client = ClientId::new(id.clone(), Some(&subsystem.code))
                    .map_err(|cause| XmlError::Identifier { element: "subsystem", cause })?;
                note(reference, client)?;
                subsystems.push(subsystem);
            }
            let (class_description, name) = (member.class.description, member.name);
            params.members.push(Member { id, class_description, name, subsystems });
        }
        for server in self.servers {
            params.servers.push(server.resolve(&clients)?);
        }
        Ok(params)
    }
}

impl RawServer {
    fn resolve(self, clients: &HashMap<String, ClientId>) -> Result<SecurityServer, XmlError> {
        let owner = clients.get(&self.owner).filter(|client| client.subsystem().is_none());
        let Some(owner) = owner else {
            return Err(XmlError::DanglingReference { element: "owner", id: self.owner });
        };
        let id = ServerId::new(owner.member().clone(), &self.code)
            .map_err(|cause| XmlError::Identifier { element: "serverCode", cause })?;
        let mut resolved = Vec::with_capacity(self.clients.len());
        for reference in self.clients {
            let Some(client) = clients.get(&reference) else {
                return Err(XmlError::DanglingReference { element: "client", id: reference });
            };
            resolved.push(client.clone());
        }
        let Self { address, auth_certs, maintenance, .. } = self;
        Ok(SecurityServer { id, address, auth_certs, clients: resolved, maintenance })
    }
}

fn member(document: &mut Document<'_>, element: &Element) -> Result<RawMember, XmlError> {
    const NAME: &str = "member";
    let id = id_attribute(element, NAME)?;
    let (mut class, mut code, mut name, mut subsystems) = (None, None, None, Vec::new());
    while let Some(child) = document.next_child(NAME)? {
        match child.name() {
            "memberClass" => set_once(&mut class, member_class(document)?, NAME, "memberClass")?,
            "memberCode" => set_once(&mut code, document.text(&child)?, NAME, "memberCode")?,
            "name" => set_once(&mut name, document.text(&child)?, NAME, "name")?,
            "subsystem" => subsystems.push((id_attribute(&child, "subsystem")?, subsystem(document)?)),
            _ => return Err(child.unexpected_in(NAME)),
        }
    }
    let (class, code) = (required(class, NAME, "memberClass")?, required(code, NAME, "memberCode")?);
    Ok(RawMember { id, class, code, name: required(name, NAME, "name")?, subsystems })
}

fn subsystem(document: &mut Document<'_>) -> Result<Subsystem, XmlError> {
    const NAME: &str = "subsystem";
    let (mut code, mut name) = (None, None);
    while let Some(child) = document.next_child(NAME)? {
        match child.name() {
            "subsystemCode" => set_once(&mut code, document.text(&child)?, NAME, "subsystemCode")?,
            "subsystemName" => set_once(&mut name, document.text(&child)?, NAME, "subsystemName")?,
            _ => return Err(child.unexpected_in(NAME)),
        }
    }
    Ok(Subsystem { code: required(code, NAME, "subsystemCode")?, name })
}

fn member_class(document: &mut Document<'_>) -> Result<MemberClass, XmlError> {
    const NAME: &str = "memberClass";
    let (mut code, mut description) = (None, None);
    while let Some(child) = document.next_child(NAME)? {
        match child.name() {
            "code" => set_once(&mut code, document.text(&child)?, NAME, "code")?,
            "description" => set_once(&mut description, document.text(&child)?, NAME, "description")?,
            _ => return Err(child.unexpected_in(NAME)),
        }
    }
    let code = required(code, NAME, "code")?;
    Ok(MemberClass { code, description: required(description, NAME, "description")? })
}

fn server(document: &mut Document<'_>, version: FormatVersion) -> Result<RawServer, XmlError> {
    const NAME: &str = "securityServer";
    let (mut owner, mut code, mut address, mut maintenance) = (None, None, None, None);
    let (mut auth_certs, mut clients) = (Vec::new(), Vec::new());
    while let Some(child) = document.next_child(NAME)? {
        match child.name() {
            "owner" => set_once(&mut owner, reference(document, &child)?, NAME, "owner")?,
            "serverCode" => set_once(&mut code, document.text(&child)?, NAME, "serverCode")?,
            "address" => set_once(&mut address, document.text(&child)?, NAME, "address")?,
            "authCertHash" => auth_certs.extend(auth_cert_hash(document, &child, version)?),
            "client" => clients.push(reference(document, &child)?),
            "inMaintenanceMode" => {
                set_once(&mut maintenance, self::maintenance(document)?, NAME, "inMaintenanceMode")?;
            }
            _ => return Err(child.unexpected_in(NAME)),
        }
    }
    let (owner, code) = (required(owner, NAME, "owner")?, required(code, NAME, "serverCode")?);
    Ok(RawServer { owner, code, address, auth_certs, clients, maintenance })
}

fn maintenance(document: &mut Document<'_>) -> Result<Maintenance, XmlError> {
    const NAME: &str = "inMaintenanceMode";
    let mut message = None;
    while let Some(child) = document.next_child(NAME)? {
        if child.name() != "message" {
            return Err(child.unexpected_in(NAME));
        }
        set_once(&mut message, document.text(&child)?, NAME, "message")?;
    }
    Ok(Maintenance { message })
}

/// The hash of an authentication certificate; `None` for one of another length than the version's, which
/// can match no certificate. Such values occur, and X-Road passes over them too.
fn auth_cert_hash(
    document: &mut Document<'_>,
    element: &Element,
    version: FormatVersion,
) -> Result<Option<AuthCertHash>, XmlError> {
    let bytes = base64_bytes(document, element)?;
    Ok(if version.lists_sha1() {
        bytes.try_into().ok().map(|sha1| AuthCertHash { sha1: Some(sha1), sha256: None })
    } else {
        bytes.try_into().ok().map(|sha256| AuthCertHash { sha1: None, sha256: Some(sha256) })
    })
}

fn group(document: &mut Document<'_>) -> Result<GlobalGroup, XmlError> {
    const NAME: &str = "globalGroup";
    let (mut code, mut description, mut members) = (None, None, Vec::new());
    while let Some(child) = document.next_child(NAME)? {
        match child.name() {
            "groupCode" => set_once(&mut code, document.text(&child)?, NAME, "groupCode")?,
            "description" => set_once(&mut description, document.text(&child)?, NAME, "description")?,
            "groupMember" => members.push(client_id(document, &child)?),
            _ => return Err(child.unexpected_in(NAME)),
        }
    }
    let (code, description) =
        (required(code, NAME, "groupCode")?, required(description, NAME, "description")?);
    Ok(GlobalGroup { code, description, members })
}

fn settings(document: &mut Document<'_>) -> Result<(Vec<MemberClass>, u32), XmlError> {
    const NAME: &str = "globalSettings";
    let (mut classes, mut freshness) = (Vec::new(), None);
    while let Some(child) = document.next_child(NAME)? {
        match child.name() {
            "memberClass" => classes.push(member_class(document)?),
            "ocspFreshnessSeconds" => {
                set_once(&mut freshness, number(document, &child)?, NAME, "ocspFreshnessSeconds")?;
            }
            _ => return Err(child.unexpected_in(NAME)),
        }
    }
    Ok((classes, required(freshness, NAME, "ocspFreshnessSeconds")?))
}

/// `xs:ID`.
fn id_attribute(element: &Element, name: &'static str) -> Result<String, XmlError> {
    let id = element.attribute("id").ok_or(XmlError::MissingAttribute { element: name, attribute: "id" })?;
    Ok(id.trim_ascii().to_owned())
}

/// `xs:IDREF`.
fn reference(document: &mut Document<'_>, element: &Element) -> Result<String, XmlError> {
    Ok(document.text(element)?.trim_ascii().to_owned())
}
