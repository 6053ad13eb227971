//! The declarations file: subsystems of this server, their information systems, services and access rights.
//!
//! One file, read as a whole and put in place as a whole (`security-server apply`, or SIGHUP): a mistake
//! anywhere leaves the running declarations as they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use consent::ConsentDeclaration;
use consent::declaration::{DeclarationError, URL_PLACEHOLDER};
use identifiers::{ClientId, GroupId, IdentifierError, LocalGroupId, MemberId, ServiceId};
use pki::Certificate;

use super::description::{self, Described, Description, DescriptionError};
use super::file::{AllowEntry, DeclarationsFile, ServiceEntry, SubsystemEntry};
use super::path_pattern::PathPattern;

/// The service code that stands for every operation of a WSDL.
const EVERY_OPERATION: &str = "*";

/// What this server hosts. Immutable; a new reading replaces it.
#[derive(Debug, Clone, Default)]
pub struct Declarations {
    subsystems: BTreeMap<ClientId, Subsystem>,
}

/// One subsystem (or member) hosted here.
#[derive(Debug, Clone)]
pub struct Subsystem {
    /// Its identifier.
    pub id: ClientId,
    /// How its information systems must connect.
    pub connection: Connection,
    /// Certificates of its information systems: as clients, and as servers of services with `verify_tls`.
    pub certificates: Vec<Certificate>,
    /// Groups that its access rights may name.
    pub groups: BTreeMap<LocalGroupId, Vec<ClientId>>,
    /// Its services.
    pub services: Vec<Arc<Service>>,
}

/// How information systems of a subsystem must connect (X-Road's names).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum Connection {
    /// Plain HTTP or HTTPS.
    #[serde(rename = "NOSSL")]
    NoSsl,
    /// HTTPS; a client certificate is not looked at.
    #[serde(rename = "SSLNOAUTH")]
    SslNoAuth,
    /// HTTPS with one of the registered client certificates.
    #[serde(rename = "SSLAUTH")]
    SslAuth,
}

/// Message protocol of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum ServiceKind {
    /// REST without a description.
    #[serde(rename = "REST")]
    Rest,
    /// REST with an OpenAPI description.
    #[serde(rename = "OPENAPI3")]
    OpenApi3,
    /// SOAP.
    #[serde(rename = "WSDL")]
    Wsdl,
}

/// One service.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its identifier.
    pub id: ServiceId,
    /// Its message protocol.
    pub kind: ServiceKind,
    /// Its description, for `getOpenAPI` and `getWsdl`.
    pub description: Option<Description>,
    /// Base address of the provider's information system. May hold `{subject}`, see [`ConsentDeclaration`].
    pub url: String,
    /// For connecting, and for each wait while the answer arrives.
    pub timeout: Duration,
    /// The server certificate of an `https` address must be one of the subsystem's certificates.
    pub verify_tls: bool,
    /// Notice to callers while the service is switched off.
    pub disabled: Option<String>,
    /// Who may call what.
    pub allow: Vec<AccessRight>,
    /// Present for services about one person: nothing is delivered without consent.
    pub consent: Option<ConsentDeclaration>,
}

/// One access right.
#[derive(Debug, Clone)]
pub struct AccessRight {
    /// To whom it is given.
    pub subject: Subject,
    /// HTTP method, `None` for every method.
    pub method: Option<String>,
    /// Paths below the service.
    pub path: PathPattern,
}

/// To whom a right is given. Identifiers are compared exactly: a right of a member is not one of its subsystems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One client.
    Client(ClientId),
    /// A group of the providing subsystem.
    LocalGroup(LocalGroupId),
    /// A group of the global configuration.
    GlobalGroup(GroupId),
}

/// Why the declarations cannot be used. The running ones stay.
#[derive(Debug, thiserror::Error)]
pub enum DeclarationsError {
    /// The file cannot be read or is no such file.
    #[error(transparent)]
    File(#[from] service_kit::config::ConfigError),
    /// An identifier is none.
    #[error("{place}: {source}")]
    Identifier {
        /// Where in the file.
        place: String,
        /// What is wrong with it.
        source: IdentifierError,
    },
    /// A rule between entries is broken.
    #[error("{place}: {rule}")]
    Rule {
        /// Where in the file.
        place: String,
        /// The rule, in words.
        rule: &'static str,
    },
    /// The consent table of a service cannot work.
    #[error("{place}: {source}")]
    Consent {
        /// Where in the file.
        place: String,
        /// What is wrong with it.
        source: DeclarationError,
    },
    /// The description of a service cannot be used.
    #[error("{place}: description {named}: {source}")]
    Description {
        /// Where in the file.
        place: String,
        /// The file.
        named: String,
        /// What is wrong with it.
        source: DescriptionError,
    },
    /// A certificate file cannot be read.
    #[error("certificate {path}: {reason}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Declarations {
    /// Reads a declarations file; certificate files are found beside it.
    ///
    /// # Errors
    /// See [`DeclarationsError`].
    pub fn load(path: &Path) -> Result<Self, DeclarationsError> {
        let file: DeclarationsFile = service_kit::config::load(path)?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        Self::from_file(file, folder)
    }

    /// Checks the entries of a file whose certificate paths are relative to `folder`.
    ///
    /// # Errors
    /// See [`DeclarationsError`].
    pub fn from_file(file: DeclarationsFile, folder: &Path) -> Result<Self, DeclarationsError> {
        let mut subsystems = BTreeMap::new();
        for entry in file.subsystem {
            let subsystem = subsystem(entry, folder)?;
            let place = format!("subsystem {}", subsystem.id.to_path());
            if subsystems.insert(subsystem.id.clone(), subsystem).is_some() {
                return Err(DeclarationsError::Rule { place, rule: "is declared twice" });
            }
        }
        Ok(Self { subsystems })
    }

    /// A hosted subsystem.
    #[must_use]
    pub fn subsystem(&self, id: &ClientId) -> Option<&Subsystem> {
        self.subsystems.get(id)
    }

    /// All hosted subsystems.
    pub fn subsystems(&self) -> impl Iterator<Item = &Subsystem> {
        self.subsystems.values()
    }

    /// The members that need a signing certificate here.
    #[must_use]
    pub fn members(&self) -> Vec<MemberId> {
        let mut members: Vec<_> = self.subsystems.keys().map(|id| id.member().clone()).collect();
        members.dedup();
        members
    }
}

fn subsystem(entry: SubsystemEntry, folder: &Path) -> Result<Subsystem, DeclarationsError> {
    let place = format!("subsystem {}", entry.id);
    let id = at(&place, ClientId::from_path(&entry.id))?;
    let mut groups = BTreeMap::new();
    for (code, members) in entry.groups {
        let place = format!("{place} group {code}");
        let members = members.iter().map(|m| at(&place, ClientId::from_path(m))).collect::<Result<_, _>>()?;
        groups.insert(at(&place, LocalGroupId::new(&code))?, members);
    }
    let services = services(&id, entry.service, &groups, folder)?;
    let certificates = certificates(&entry.certificates, folder)?;
    if entry.connection_type == Connection::SslAuth && certificates.is_empty() {
        // As in a stock server, where a new client begins so: it is closed until the first certificate is added.
        tracing::warn!("{place}: SSLAUTH without `certificates` lets no information system in");
    }
    Ok(Subsystem { id, connection: entry.connection_type, certificates, groups, services })
}

fn services(
    client: &ClientId,
    entries: Vec<ServiceEntry>,
    groups: &BTreeMap<LocalGroupId, Vec<ClientId>>,
    folder: &Path,
) -> Result<Vec<Arc<Service>>, DeclarationsError> {
    let mut services: Vec<Arc<Service>> = Vec::new();
    let (imports, named): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.code == EVERY_OPERATION);
    for entry in named {
        let described = described(client, &entry, folder)?;
        let service = service(client, &entry, groups, described)?;
        if services.iter().any(|known| known.id == service.id) {
            let place = service.id.to_string();
            return Err(DeclarationsError::Rule { place, rule: "is declared twice" });
        }
        services.push(Arc::new(service));
    }
    for entry in imports {
        import(client, entry, groups, folder, &mut services)?;
    }
    Ok(services)
}

/// Adds every operation of a WSDL that is not declared by its own name.
fn import(
    client: &ClientId,
    mut entry: ServiceEntry,
    groups: &BTreeMap<LocalGroupId, Vec<ClientId>>,
    folder: &Path,
    services: &mut Vec<Arc<Service>>,
) -> Result<(), DeclarationsError> {
    let described = described(client, &entry, folder)?.unwrap_or_default();
    if entry.kind != ServiceKind::Wsdl || entry.version.is_some() || described.operations.is_empty() {
        let place = format!("service * of {}", client.to_path());
        let rule = "`code = \"*\"` needs `kind = \"WSDL\"`, no `version`, and a WSDL file as `description`";
        return Err(DeclarationsError::Rule { place, rule });
    }
    let own_url = entry.url.take();
    for operation in &described.operations {
        let id = service_id(client, &operation.code, operation.version.as_deref())?;
        if services.iter().any(|known| known.id == id) {
            continue;
        }
        entry.url = Some(own_url.clone().unwrap_or_else(|| operation.url.clone()));
        let description = Described { description: described.description.clone(), ..Described::default() };
        services.push(Arc::new(Service { id, ..service(client, &entry, groups, Some(description))? }));
    }
    Ok(())
}

fn service_id(client: &ClientId, code: &str, version: Option<&str>) -> Result<ServiceId, DeclarationsError> {
    let place = format!("service {code} of {}", client.to_path());
    at(&place, ServiceId::new(client.clone(), code, version))
}

fn described(
    client: &ClientId,
    entry: &ServiceEntry,
    folder: &Path,
) -> Result<Option<Described>, DeclarationsError> {
    let Some(named) = &entry.description else { return Ok(None) };
    let place = format!("service {} of {}", entry.code, client.to_path());
    if entry.kind == ServiceKind::Rest {
        return Err(DeclarationsError::Rule { place, rule: "a service of kind REST has no `description`" });
    }
    let read = description::read(named, entry.kind, folder);
    read.map(Some).map_err(|source| DeclarationsError::Description { place, named: named.clone(), source })
}

fn service(
    client: &ClientId,
    entry: &ServiceEntry,
    groups: &BTreeMap<LocalGroupId, Vec<ClientId>>,
    described: Option<Described>,
) -> Result<Service, DeclarationsError> {
    let place = format!("service {} of {}", entry.code, client.to_path());
    let rule = |rule| DeclarationsError::Rule { place: place.clone(), rule };
    let id = service_id(client, &entry.code, entry.version.as_deref())?;
    if entry.kind != ServiceKind::Wsdl && (entry.version.is_some() || client.subsystem().is_none()) {
        return Err(rule("a REST service has no version and belongs to a subsystem"));
    }
    let Described { description, base_url, operations } = described.unwrap_or_default();
    let port = operations.iter().find(|operation| operation.code == entry.code);
    let url = entry.url.clone().or(base_url).or_else(|| port.map(|port| port.url.clone()));
    let url = url.ok_or_else(|| rule("`url` is missing, and no file in `description` says it"))?;
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        return Err(rule("`url` must begin with http:// or https://"));
    }
    if entry.timeout_seconds == 0 {
        return Err(rule("`timeout_seconds` must be at least 1"));
    }
    let rights = entry.allow.iter().cloned();
    let allow = rights.map(|right| access_right(&place, right, groups)).collect::<Result<_, _>>()?;
    if let Some(consent) = &entry.consent {
        let checked = consent.check(&url);
        checked.map_err(|source| DeclarationsError::Consent { place: place.clone(), source })?;
    } else if url.contains(URL_PLACEHOLDER) {
        return Err(rule("`{subject}` in `url` needs a `consent` table"));
    }
    Ok(Service {
        id,
        kind: entry.kind,
        description,
        url,
        timeout: Duration::from_secs(entry.timeout_seconds),
        verify_tls: entry.verify_tls,
        disabled: entry.disabled.clone(),
        allow,
        consent: entry.consent.clone(),
    })
}

fn access_right(
    place: &str,
    entry: AllowEntry,
    groups: &BTreeMap<LocalGroupId, Vec<ClientId>>,
) -> Result<AccessRight, DeclarationsError> {
    let rule = |rule| DeclarationsError::Rule { place: place.to_owned(), rule };
    let subject = match (entry.client, entry.local_group, entry.global_group) {
        (Some(client), None, None) => Subject::Client(at(place, ClientId::from_path(&client))?),
        (None, Some(code), None) => {
            let group = at(place, LocalGroupId::new(&code))?;
            if !groups.contains_key(&group) {
                return Err(rule("`local_group` is not among the groups of the subsystem"));
            }
            Subject::LocalGroup(group)
        }
        (None, None, Some(group)) => Subject::GlobalGroup(at(place, GroupId::from_path(&group))?),
        _ => return Err(rule("an `allow` names exactly one of `client`, `local_group`, `global_group`")),
    };
    let method = Some(entry.method).filter(|method| method != "*");
    Ok(AccessRight { subject, method, path: PathPattern::new(&entry.path) })
}

fn certificates(files: &[PathBuf], folder: &Path) -> Result<Vec<Certificate>, DeclarationsError> {
    let mut found = Vec::new();
    for file in files {
        let path = folder.join(file);
        let failed = |reason: String| DeclarationsError::Certificate { path: path.clone(), reason };
        let bytes = std::fs::read(&path).map_err(|error| failed(error.to_string()))?;
        if bytes.starts_with(b"-----") {
            found.extend(Certificate::all_from_pem(&bytes).map_err(|error| failed(error.to_string()))?);
        } else {
            found.push(Certificate::from_der(&bytes).map_err(|error| failed(error.to_string()))?);
        }
    }
    Ok(found)
}

fn at<T>(place: &str, parsed: Result<T, IdentifierError>) -> Result<T, DeclarationsError> {
    parsed.map_err(|source| DeclarationsError::Identifier { place: place.to_owned(), source })
}

#[cfg(test)]
mod tests;
