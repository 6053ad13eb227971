//! Key and certificate that this server shows to information systems; has nothing to do with X-Road's own.

use std::path::Path;

use anyhow::Context;
use keys::{KeyType, SigningKey};
use pki::Certificate;
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile};
use service_kit::clock::Clock;
use service_kit::files::{Readers, write_atomically};
use service_kit::random;
use service_kit::tls::TlsIdentity;

use crate::config::InformationSystemsConfig;

/// Validity of a certificate that we make ourselves: information systems pin it, so it lives long.
const VALIDITY: time::Duration = time::Duration::days(20 * 365);

/// What the configuration names, or a self-signed certificate that is made once and kept.
///
/// # Errors
/// A file cannot be read or written.
pub fn load_or_make(
    config: &InformationSystemsConfig,
    state_folder: &Path,
    clock: &Clock,
) -> anyhow::Result<TlsIdentity> {
    let read =
        |path: &Path| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    if let (Some(key), Some(certificate)) = (&config.tls_key, &config.tls_certificate) {
        return Ok(TlsIdentity::from_pem(&read(certificate)?, &read(key)?)?);
    }
    let (key, certificate) =
        (state_folder.join("internal-tls.key.der"), state_folder.join("internal-tls.crt.pem"));
    if !key.exists() || !certificate.exists() {
        make(&key, &certificate, clock)?;
        tracing::info!(certificate = %certificate.display(), "made a TLS certificate for information systems");
    }
    let certificate = Certificate::from_pem(&read(&certificate)?)?;
    Ok(TlsIdentity::new(vec![certificate.der().to_vec()], zeroize::Zeroizing::new(read(&key)?))?)
}

fn make(key_file: &Path, certificate_file: &Path, clock: &Clock) -> anyhow::Result<()> {
    let key = SigningKey::generate(KeyType::P256)?;
    let now = clock.now();
    let mut serial = random::bytes::<16>()?;
    serial[0] = serial[0] & 0x7f | 0x40;
    let validity = now - time::Duration::days(1)..=now + VALIDITY;
    let subject = Subject::new().with(SubjectAttribute::CommonName, "security-server");
    let parameters = CertificateParameters::new(subject, IssueProfile::Tls, &serial, validity);
    let certificate = pki::issue::self_signed(&parameters, &key)?;
    write_atomically(key_file, &key.to_pkcs8()?, Readers::Owner)?;
    write_atomically(certificate_file, certificate.to_pem().as_bytes(), Readers::Everybody)?;
    Ok(())
}
