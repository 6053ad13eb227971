//! The private keys of this server with their certificates: from a software token, from PEM files, or both.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use globalconf::GlobalConf;
use identifiers::ServerId;
use keys::{Identity, Pin, SigningKey, SoftwareToken};
use pki::Certificate;
use service_kit::secret::SecretSource;
use service_kit::tls::TlsIdentity;

use crate::config::{KeysConfig, PemKeyConfig};

/// Opens everything that `[keys]` names.
///
/// # Errors
/// What cannot be opened, in words for the administrator.
pub fn load(config: &KeysConfig) -> anyhow::Result<Vec<Identity>> {
    let mut identities = Vec::new();
    if let Some(folder) = &config.token {
        let source = config.pin.as_ref().context("`keys.token` needs `keys.pin`")?;
        let token = SoftwareToken::open(folder, &pin(source)?);
        let token = token.with_context(|| format!("the token {} cannot be opened", folder.display()))?;
        identities.extend(token.identities());
    }
    for pem in &config.pem {
        identities.push(from_pem(pem)?);
    }
    Ok(identities)
}

/// The certificate to show to other servers: the one that the global configuration registers for this server, or
/// the first authentication certificate while nothing is known yet.
///
/// # Errors
/// There is no authentication certificate.
pub fn authentication<'a>(
    identities: &'a [Identity],
    server: &ServerId,
    conf: Option<&GlobalConf>,
) -> anyhow::Result<&'a Identity> {
    let candidates = || identities.iter().filter(|identity| identity.certificate().is_auth_cert());
    let registered = |identity: &&Identity| {
        let found = conf.and_then(|conf| conf.server_by_auth_cert(identity.certificate()));
        found.is_some_and(|found| found.id == *server)
    };
    if let Some(identity) = candidates().find(registered) {
        return Ok(identity);
    }
    let Some(first) =
        candidates().find(|identity| !identity.certificate().is_signing_cert()).or(candidates().next())
    else {
        bail!(
            "there is no authentication certificate; make one with `security-server keys` and have it registered"
        );
    };
    if conf.is_some() {
        tracing::warn!(%server, "no authentication certificate of ours is registered in the global configuration yet");
    }
    Ok(first)
}

/// An identity as TLS wants it.
///
/// # Errors
/// The private key cannot leave its token.
pub fn to_tls(identity: &Identity) -> anyhow::Result<TlsIdentity> {
    let chain = std::iter::once(identity.certificate()).chain(identity.chain());
    let certificates = chain.map(|certificate| certificate.der().to_vec()).collect();
    let key = identity.key().to_pkcs8().context("the authentication key cannot be used for TLS")?;
    Ok(TlsIdentity::new(certificates, key)?)
}

fn pin(source: &SecretSource) -> anyhow::Result<Pin> {
    Ok(match source {
        SecretSource::File(path) => Pin::from_file(path)?,
        SecretSource::Env(variable) => Pin::from_env(variable)?,
        SecretSource::Prompt => Pin::from_prompt("PIN of the software token: ")?,
    })
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
