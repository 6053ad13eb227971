//! The private keys of this server with their certificates: from a software token, from PEM files, or both.
//!
//! [`KeySource`] reads them, at the start and whenever the administrator asks; [`authentication`] chooses the one that
//! other servers see; [`renewal`] brings new ones to everything that uses them while the server runs.

pub mod renewal;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use globalconf::ValidGlobalConf;
use identifiers::ServerId;
use keys::{Identity, Pin, SigningKey, SoftwareToken};
use pki::Certificate;
use service_kit::secret::SecretSource;
use service_kit::tls::TlsIdentity;

use crate::config::{KeysConfig, PemKeyConfig};
use crate::trust::OcspStore;

/// Where `[keys]` says that the keys are.
pub struct KeySource {
    config: KeysConfig,
    /// A PIN that somebody typed in is kept: nobody is there to type it again.
    typed: Option<Pin>,
}

impl KeySource {
    /// Asks for the PIN if it has to be typed in. Nothing is read yet.
    ///
    /// # Errors
    /// There is no terminal.
    pub fn new(config: KeysConfig) -> anyhow::Result<Self> {
        let typed = match &config.pin {
            Some(SecretSource::Prompt) => Some(Pin::from_prompt("PIN of the software token: ")?),
            Some(SecretSource::File(_) | SecretSource::Env(_)) | None => None,
        };
        Ok(Self { config, typed })
    }

    /// Opens everything. It reads files and derives keys from the PIN, so it takes its time.
    ///
    /// # Errors
    /// What cannot be opened, in words for the administrator.
    pub fn load(&self) -> anyhow::Result<Vec<Identity>> {
        let mut identities = Vec::new();
        if let Some(folder) = &self.config.token {
            let token = SoftwareToken::open(folder, &self.pin()?);
            let token = token.with_context(|| format!("the token {} cannot be opened", folder.display()))?;
            identities.extend(token.identities());
        }
        for pem in &self.config.pem {
            identities.push(from_pem(pem)?);
        }
        Ok(identities)
    }

    fn pin(&self) -> anyhow::Result<Pin> {
        Ok(match (&self.typed, &self.config.pin) {
            (Some(typed), _) => typed.clone(),
            (None, Some(SecretSource::File(path))) => Pin::from_file(path)?,
            (None, Some(SecretSource::Env(variable))) => Pin::from_env(variable)?,
            (None, Some(SecretSource::Prompt) | None) => bail!("`keys.token` needs `keys.pin`"),
        })
    }
}

/// How far a certificate can be shown to other servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The global configuration does not register it for this server.
    Unregistered,
    /// It does, but the certificate is out of its validity, or has no good and fresh OCSP response.
    Registered,
    /// Other servers accept it.
    Usable,
}

impl Standing {
    /// As `conf` and `ocsp` say at the time of `conf`.
    #[must_use]
    pub fn of(identity: &Identity, server: &ServerId, conf: &ValidGlobalConf, ocsp: &OcspStore) -> Self {
        let registered = conf.server_by_auth_cert(identity.certificate());
        if registered.is_none_or(|registered| registered.id != *server) {
            return Self::Unregistered;
        }
        let chain: Vec<_> = identity.certificates().cloned().collect();
        match identity.certificate().valid_at(conf.at()) && ocsp.own_responses(&chain).is_ok() {
            true => Self::Usable,
            false => Self::Registered,
        }
    }
}

/// The certificate to show to other servers: of those that stand best the one that is `in_use`, or the newest.
///
/// # Errors
/// There is no authentication certificate.
pub fn authentication<'a>(
    identities: &'a [Identity],
    in_use: Option<&Certificate>,
    standing: impl Fn(&Identity) -> Standing,
) -> anyhow::Result<&'a Identity> {
    let candidates = identities.iter().filter(|identity| identity.certificate().is_auth_cert());
    let best = candidates.max_by_key(|identity| {
        let (certificate, standing) = (identity.certificate(), standing(identity));
        // A key that signs messages is better not shown in TLS as well.
        (standing, in_use == Some(certificate), !certificate.is_signing_cert(), certificate.not_before())
    });
    best.context(
        "there is no authentication certificate; make one with `security-server keys` and have it registered",
    )
}

/// An identity as TLS wants it.
///
/// # Errors
/// The private key cannot leave its token.
pub fn to_tls(identity: &Identity) -> anyhow::Result<TlsIdentity> {
    let certificates = identity.certificates().map(|certificate| certificate.der().to_vec()).collect();
    let key = identity.key().to_pkcs8().context("the authentication key cannot be used for TLS")?;
    Ok(TlsIdentity::new(certificates, key)?)
}

fn from_pem(config: &PemKeyConfig) -> anyhow::Result<Identity> {
    let read =
        |path: &PathBuf| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    let shown = |path: &Path| path.display().to_string();
    let key = zeroize::Zeroizing::new(read(&config.key)?);
    let key = SigningKey::from_pem(&key).with_context(|| shown(&config.key))?;
    let certificates = Certificate::all_from_pem(&read(&config.certificate)?);
    let mut chain = certificates.with_context(|| shown(&config.certificate))?;
    let leaf = chain.remove(0);
    Identity::new(key, leaf, chain).with_context(|| shown(&config.certificate))
}
