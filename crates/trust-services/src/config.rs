//! The configuration file.

use std::path::{Path, PathBuf};

use der::asn1::ObjectIdentifier;
use keys::KeyType;
use pki::profile::CertificateProfile;
use serde::Deserialize;
use service_kit::config::ConfigError;
use service_kit::telemetry::LogFormat;

/// A policy under IANA's enterprise number for examples (RFC 5612).
const EXAMPLE_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.1");

/// All settings. `conf/trust-services.full.toml` explains each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of keys, certificates and the register; relative to the configuration file.
    pub state_folder: PathBuf,
    /// Where the services listen.
    #[serde(default = "default_listen")]
    pub listen: String,
    /// The address under which others reach them; goes into certificates. Absent: `http://` and `listen`.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Form of the log lines.
    #[serde(default)]
    pub log_format: LogFormat,
    /// Start of the clock (RFC 3339), to replay the past.
    #[serde(default)]
    pub clock: Option<String>,
    /// The authority itself.
    #[serde(default)]
    pub authority: AuthorityConfig,
    /// What it issues.
    #[serde(default)]
    pub certificates: CertificatesConfig,
    /// The OCSP responder.
    #[serde(default)]
    pub ocsp: OcspConfig,
    /// The TSA.
    #[serde(default)]
    pub timestamp: TimestampConfig,
    /// Certificates over the network.
    #[serde(default)]
    pub signing: SigningConfig,
    /// Wrong answers on purpose.
    #[serde(default)]
    pub test_modes: TestModesConfig,
}

/// Certificates over the network.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SigningConfig {
    /// Does `POST /sign` give certificates to whoever reaches the port?
    pub http: bool,
}

/// Wrong answers on purpose.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TestModesConfig {
    /// May whoever reaches the port use `POST /mode/...` and `POST /revoke/...`?
    pub enabled: bool,
}

/// Name and keys of the authority, used by `init` only.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthorityConfig {
    /// `C` of its subject.
    pub country: String,
    /// `O` of its subject.
    pub organization: String,
    /// `CN` of its subject; responder and TSA get names derived from it.
    pub common_name: String,
    /// Kind of its keys.
    pub key: KeyKind,
    /// Validity of its own certificates, days.
    pub valid_days: u32,
}

/// What the authority issues to others.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CertificatesConfig {
    /// How subjects name members: one of X-Road's certificate profiles, by the name in its Java class, or `any`.
    /// Signing certificates whose subject names no member in this style are not issued, with FiVRK neither are such
    /// authentication certificates.
    pub profile: ProfileName,
    /// The only instance whose members get certificates; absent: members of all.
    pub instance: Option<String>,
    /// Validity, days.
    pub valid_days: u32,
}

/// The OCSP responder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OcspConfig {
    /// From thisUpdate to the moment of the answer, seconds.
    pub this_update_age_seconds: u32,
    /// From thisUpdate to nextUpdate, seconds; 0 leaves nextUpdate out.
    pub next_update_seconds: u32,
}

/// The TSA.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimestampConfig {
    /// Policy of the tokens; requests that name another one are rejected.
    pub policy: PolicyId,
}

/// Kind of a key, as the configuration names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum KeyKind {
    /// RSA, 2048 bits.
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// RSA, 3072 bits.
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    /// ECDSA on P-256.
    #[serde(rename = "p-256")]
    P256,
}

/// A certificate profile by its short name, for example `FiVRK`; `None` (`any`) asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ProfileName(pub Option<CertificateProfile>);

/// A policy identifier (RFC 3161 section 2.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PolicyId(pub ObjectIdentifier);

impl Config {
    /// Reads a configuration file; relative paths become relative to it.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = service_kit::config::load(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        config.state_folder = folder.join(&config.state_folder);
        Ok(config)
    }

    /// The address under which others reach the services, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> String {
        let url = self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen));
        url.trim_end_matches('/').to_owned()
    }
}

fn default_listen() -> String {
    "127.0.0.1:8888".to_owned()
}

impl Default for AuthorityConfig {
    fn default() -> Self {
        Self {
            country: "FI".to_owned(),
            organization: "Development Trust Services".to_owned(),
            common_name: "Development CA".to_owned(),
            key: KeyKind::Rsa2048,
            valid_days: 7300,
        }
    }
}

impl Default for CertificatesConfig {
    fn default() -> Self {
        Self { profile: ProfileName(Some(CertificateProfile::FiVrk)), instance: None, valid_days: 730 }
    }
}

impl Default for OcspConfig {
    fn default() -> Self {
        Self { this_update_age_seconds: 0, next_update_seconds: 6 * 3600 }
    }
}

impl Default for TimestampConfig {
    fn default() -> Self {
        Self { policy: PolicyId(EXAMPLE_POLICY) }
    }
}

impl From<KeyKind> for KeyType {
    fn from(kind: KeyKind) -> Self {
        match kind {
            KeyKind::Rsa2048 => Self::Rsa2048,
            KeyKind::Rsa3072 => Self::Rsa3072,
            KeyKind::P256 => Self::P256,
        }
    }
}

impl TryFrom<String> for ProfileName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name == "any" {
            return Ok(Self(None));
        }
        let class = format!("{name}CertificateProfileInfoProvider");
        let profile = CertificateProfile::from_class_name(&class)
            .or_else(|_| CertificateProfile::from_class_name(&name))
            .map_err(|_| {
                format!(
                    "no certificate profile {name:?}; known are Basic, BasicACME, Ejbca, FiVRK, Fo, Is, \
                     SkKlass3, SkEsteId and any"
                )
            })?;
        Ok(Self(Some(profile)))
    }
}

impl TryFrom<String> for PolicyId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = ObjectIdentifier::new(&text);
        parsed
            .map(Self)
            .map_err(|_| format!("{text:?} is no object identifier; write it like 1.3.6.1.4.1.32473.1"))
    }
}

#[cfg(test)]
mod tests;
