//! The declarations file as it is written (`subsystems.toml`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use consent::ConsentDeclaration;
use serde::Deserialize;

use super::declarations::{Connection, ServiceKind};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclarationsFile {
    /// Every subsystem (or member) that is registered at this server.
    #[serde(default)]
    pub subsystem: Vec<SubsystemEntry>,
}

/// `[[subsystem]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubsystemEntry {
    /// `instance/class/member[/subsystem]`.
    pub id: String,
    /// `NOSSL`, `SSLNOAUTH` or `SSLAUTH`.
    pub connection_type: Connection,
    /// PEM or DER files of information systems, relative to this file.
    #[serde(default)]
    pub certificates: Vec<PathBuf>,
    /// Group code to members.
    #[serde(default)]
    pub groups: BTreeMap<String, Vec<String>>,
    /// Services.
    #[serde(default)]
    pub service: Vec<ServiceEntry>,
}

/// `[[subsystem.service]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceEntry {
    /// Service code; `*` stands for every operation of the WSDL in `description`.
    pub code: String,
    /// Service version (SOAP only).
    pub version: Option<String>,
    /// `REST`, `OPENAPI3` or `WSDL`.
    pub kind: ServiceKind,
    /// Base address of the information system. May be left out when the file in `description` names it.
    pub url: Option<String>,
    /// The OpenAPI description or WSDL: a file, relative to this one, or an address.
    pub description: Option<String>,
    /// For connecting and for each wait.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u64,
    /// Pin the server certificate of an `https` address.
    #[serde(default = "yes")]
    pub verify_tls: bool,
    /// Notice to callers; present means switched off.
    pub disabled: Option<String>,
    /// Access rights.
    #[serde(default)]
    pub allow: Vec<AllowEntry>,
    /// Present for services about one person.
    pub consent: Option<ConsentDeclaration>,
}

/// `[[subsystem.service.allow]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowEntry {
    /// One client.
    pub client: Option<String>,
    /// A group of this subsystem.
    pub local_group: Option<String>,
    /// A group of the global configuration, `instance/code`.
    pub global_group: Option<String>,
    /// HTTP method or `*`.
    #[serde(default = "any_method")]
    pub method: String,
    /// Path pattern.
    #[serde(default = "any_path")]
    pub path: String,
}

fn default_timeout() -> u64 {
    60
}

fn yes() -> bool {
    true
}

fn any_method() -> String {
    "*".to_owned()
}

fn any_path() -> String {
    "**".to_owned()
}
