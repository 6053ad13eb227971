//! The TOML form.

use identifiers::{ClientId, MemberId, ServerId};
use serde::Deserialize;

use super::certificate::CertificateSource;

/// A membership file. Unknown keys are refused; relative paths are relative to the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Identifier of the instance.
    pub(super) instance: String,
    /// Who serves management requests: a member or subsystem.
    pub(super) operator: ClientId,
    /// How old an OCSP response may be.
    #[serde(default = "an_hour")]
    pub(super) ocsp_freshness_seconds: u32,
    /// Interval between batch timestamps.
    #[serde(default = "a_minute")]
    pub(super) timestamping_interval_seconds: u32,
    pub(super) management_service: Option<ManagementService>,
    #[serde(default)]
    pub(super) member_class: Vec<MemberClass>,
    #[serde(default)]
    pub(super) member: Vec<Member>,
    #[serde(default)]
    pub(super) server: Vec<Server>,
    #[serde(default)]
    pub(super) certification_service: Vec<CertificationService>,
    #[serde(default)]
    pub(super) timestamping_service: Vec<TimestampingService>,
    #[serde(default)]
    pub(super) global_group: Vec<GlobalGroup>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManagementService {
    pub(super) address: String,
    pub(super) certificate: Option<CertificateSource>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MemberClass {
    pub(super) code: String,
    pub(super) description: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub(super) id: MemberId,
    pub(super) name: String,
    #[serde(default)]
    pub(super) subsystem: Vec<Subsystem>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subsystem {
    pub(super) code: String,
    pub(super) name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Server {
    pub(super) id: ServerId,
    pub(super) address: Option<String>,
    #[serde(default)]
    pub(super) clients: Vec<ClientId>,
    /// All certificates of the server; absent: those that are registered stay.
    pub(super) auth_certificates: Option<Vec<CertificateSource>>,
    /// Present: the server is in maintenance, with this message (which may be empty).
    pub(super) maintenance: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertificationService {
    pub(super) name: String,
    /// Certificate profile, the Java class name with or without package.
    pub(super) profile: String,
    pub(super) authentication_only: Option<bool>,
    pub(super) certificate: CertificateSource,
    #[serde(default)]
    pub(super) ocsp: Vec<Ocsp>,
    #[serde(default)]
    pub(super) intermediate: Vec<Intermediate>,
    pub(super) default_csr_format: Option<CsrFormat>,
    pub(super) acme: Option<Acme>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Intermediate {
    pub(super) certificate: CertificateSource,
    #[serde(default)]
    pub(super) ocsp: Vec<Ocsp>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ocsp {
    pub(super) url: String,
    pub(super) certificate: Option<CertificateSource>,
    pub(super) cost: Option<Cost>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Acme {
    pub(super) directory_url: String,
    pub(super) ip_address: Option<String>,
    pub(super) authentication_profile: Option<String>,
    pub(super) signing_profile: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimestampingService {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) certificate: CertificateSource,
    pub(super) cost: Option<Cost>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Cost {
    Free,
    Paid,
    Undefined,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum CsrFormat {
    Pem,
    Der,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GlobalGroup {
    pub(super) code: String,
    pub(super) description: String,
    #[serde(default)]
    pub(super) members: Vec<ClientId>,
}

const fn an_hour() -> u32 {
    3600
}

const fn a_minute() -> u32 {
    60
}
