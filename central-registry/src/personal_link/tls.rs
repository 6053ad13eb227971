//! The TLS identity of Personal-LINK's ports: configured, or self-signed, made once and kept.
//!
//! Security servers pin the certificate itself, so neither name nor issuer matters to them; what matters is that it
//! stays the same, and that they get it by a way that they trust.

use std::path::Path;

use anyhow::Context as _;
use keys::{KeyType, SigningKey};
use pki::Certificate;
use pki::csr::{Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile};
use service_kit::files::{Readers, write_atomically};
use service_kit::random;
use service_kit::tls::TlsIdentity;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::PersonalLinkConfig;

/// Certificate in the state folder, to be given to the security servers.
pub const CERTIFICATE_FILE: &str = "personal-link-tls.crt.pem";

/// Its private key.
const KEY_FILE: &str = "personal-link-tls.key.der";

/// Validity of a certificate that we make ourselves: it is pinned, so it lives long.
const VALIDITY: Duration = Duration::days(20 * 365);

/// The configured identity, or the one in the state folder, which is made if there is none.
///
/// # Errors
/// A file cannot be read or written, or does not hold what it should.
pub fn identity(
    config: &PersonalLinkConfig,
    state_folder: &Path,
    now: OffsetDateTime,
) -> anyhow::Result<TlsIdentity> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    if let (Some(certificate), Some(key)) = (&config.tls_certificate, &config.tls_key) {
        return Ok(TlsIdentity::from_pem(&read(certificate)?, &read(key)?)?);
    }
    let (certificate, key) = (state_folder.join(CERTIFICATE_FILE), state_folder.join(KEY_FILE));
    if !certificate.exists() || !key.exists() {
        make(&certificate, &key, now)?;
        tracing::info!(certificate = %certificate.display(), "made a TLS certificate for Personal-LINK");
    }
    let certificate = Certificate::from_pem(&read(&certificate)?)?;
    Ok(TlsIdentity::new(vec![certificate.der().to_vec()], Zeroizing::new(read(&key)?))?)
}

fn make(certificate_file: &Path, key_file: &Path, now: OffsetDateTime) -> anyhow::Result<()> {
    let key = SigningKey::generate(KeyType::P256)?;
    let mut serial = random::bytes::<16>()?;
    // Positive and without leading zero, whatever was drawn (RFC 5280 section 4.1.2.2).
    serial[0] = serial[0] & 0x7f | 0x40;
    let subject = Subject::new().with(SubjectAttribute::CommonName, "central-registry");
    let validity = now - Duration::DAY..=now + VALIDITY;
    let parameters = CertificateParameters::new(subject, IssueProfile::Tls, &serial, validity);
    let certificate = pki::issue::self_signed(&parameters, &key)?;
    // The key first: a certificate without its key would be handed out for nothing.
    write_atomically(key_file, &key.to_pkcs8()?, Readers::Owner)?;
    write_atomically(certificate_file, certificate.to_pem().as_bytes(), Readers::Everybody)?;
    Ok(())
}
