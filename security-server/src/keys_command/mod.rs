//! `security-server keys`: private keys, certificate requests and certificates of this server.
//!
//! The way of a certificate: `init` once, `generate` a key, `csr` for it, have the request signed by an
//! approved certification service, `import` the certificate; `list` and `status` show where it stands.
//! The PIN comes from a file, the environment or a prompt, never from the command line, which every user
//! of the machine can read.

mod arguments;
mod status;
mod subject;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use keys::token::KeyEntry;
use keys::{KeyId, SoftwareToken};
use pki::Certificate;
use pki::csr::{self, CertificateUse, CsrParameters};
use service_kit::clock::Clock;
use service_kit::files::{Readers, write_atomically};

pub use arguments::KeysArguments;
use arguments::{CsrArguments, KeysCommand, RequestFormat};

/// Runs the command; output goes to standard output.
///
/// # Errors
/// What failed, in words for the administrator.
pub fn run(arguments: &KeysArguments) -> anyhow::Result<()> {
    execute(&arguments.command, &mut std::io::stdout().lock())
}

fn execute(command: &KeysCommand, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        KeysCommand::Init { token } => {
            let folder = token.folder()?;
            SoftwareToken::create(&folder, &token.new_pin()?)?;
            writeln!(out, "token created in {}", folder.display())?;
        }
        KeysCommand::Generate { token, usage, key_type, label } => {
            let mut token = token.open()?;
            let id = token.create_key((*usage).into(), (*key_type).into(), label)?;
            writeln!(out, "{id}")?;
        }
        KeysCommand::List { token } => list(&token.open()?, out)?,
        KeysCommand::Csr(arguments) => request(arguments, out)?,
        KeysCommand::Import { token, certificate } => {
            let (certificate, intermediates) = read_certificates(certificate)?;
            let mut token = token.open()?;
            let id = import(&mut token, &certificate, &intermediates)?;
            writeln!(out, "certificate of {} imported to key {id}", certificate.subject())?;
            if !certificate.valid_at(Clock::system().now()) {
                let (from, to) = (certificate.not_before(), certificate.not_after());
                writeln!(out, "note: it is valid from {from} to {to} only")?;
            }
        }
        KeysCommand::Status { token, global_conf, ocsp } => {
            let evidence = status::Evidence::read(global_conf.as_deref(), ocsp.as_deref())?;
            status::report(&token.open()?, &evidence, Clock::system().now(), out)?;
        }
    }
    Ok(())
}

fn list(token: &SoftwareToken, out: &mut dyn Write) -> anyhow::Result<()> {
    for entry in token.list() {
        writeln!(out, "{}  {}  {}", entry.id, usage_name(entry.usage), entry.label)?;
        for certificate in &entry.certificates {
            let (subject, to) = (certificate.subject(), certificate.not_after());
            writeln!(out, "    {subject}, valid until {to}, SHA-256 {}", hex::encode(certificate.sha256()))?;
        }
    }
    Ok(())
}

fn usage_name(usage: Option<CertificateUse>) -> &'static str {
    match usage {
        Some(CertificateUse::Authentication) => "auth",
        Some(CertificateUse::Signing) => "sign",
        Some(CertificateUse::Tls) => "tls",
        None => "any",
    }
}

/// Writes a certificate request.
fn request(arguments: &CsrArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let token = arguments.token.open()?;
    let entry = find(&token, &arguments.key)?;
    let usage = match (entry.usage, arguments.usage.map(CertificateUse::from)) {
        (Some(known), Some(wanted)) if known != wanted => {
            bail!(
                "key {} was made for {}, not for {}",
                entry.id,
                usage_name(entry.usage),
                usage_name(Some(wanted))
            )
        }
        (Some(usage), _) | (None, Some(usage)) => usage,
        (None, None) => bail!("the token does not say what key {} is for: give --usage", entry.id),
    };
    let parameters = CsrParameters {
        subject: subject::subject(usage, arguments)?,
        usage,
        dns_names: arguments.dns.clone(),
    };
    let der = token.csr(&entry.id, &parameters)?;
    let content = match arguments.format {
        RequestFormat::Pem => csr::to_pem(&der).into_bytes(),
        RequestFormat::Der => der,
    };
    match &arguments.out {
        Some(path) => {
            write_atomically(path, &content, Readers::Everybody)
                .with_context(|| path.display().to_string())?;
            writeln!(out, "request written to {}", path.display())?;
        }
        None => out.write_all(&content)?,
    }
    Ok(())
}

/// The key whose name starts with the text.
fn find<'t>(token: &'t SoftwareToken, start: &str) -> anyhow::Result<&'t KeyEntry> {
    let mut found = token.list().iter().filter(|entry| entry.id.as_str().starts_with(&start.to_uppercase()));
    match (found.next(), found.next()) {
        (Some(entry), None) => Ok(entry),
        (None, _) => bail!("no key {start} in the token"),
        (Some(_), Some(_)) => bail!("more than one key of the token starts with {start}"),
    }
}

/// The certificate of a PEM or DER file, and intermediates that follow it in PEM.
fn read_certificates(path: &Path) -> anyhow::Result<(Certificate, Vec<Certificate>)> {
    let named = || path.display().to_string();
    let content = std::fs::read(path).with_context(named)?;
    if let Ok(certificate) = Certificate::from_der(&content) {
        return Ok((certificate, Vec::new()));
    }
    let mut all = Certificate::all_from_pem(&content).with_context(named)?;
    let certificate = all.remove(0);
    Ok((certificate, all))
}

/// Checks what a certificate is for and to which key it belongs, then keeps it.
fn import(
    token: &mut SoftwareToken,
    certificate: &Certificate,
    intermediates: &[Certificate],
) -> anyhow::Result<KeyId> {
    let usage = match (certificate.is_auth_cert(), certificate.is_signing_cert()) {
        (true, false) => CertificateUse::Authentication,
        (false, true) => CertificateUse::Signing,
        (true, true) => bail!("the certificate is for authentication and for signing; only one is allowed"),
        (false, false) => bail!("the certificate is neither for authentication nor for signing"),
    };
    let entry =
        token.list().iter().find(|entry| token.key(&entry.id).is_ok_and(|key| key.belongs_to(certificate)));
    let entry = entry.context("no key of the token belongs to the certificate")?;
    ensure!(
        entry.usage.is_none_or(|known| known == usage),
        "key {} was made for {}, the certificate is for {}",
        entry.id,
        usage_name(entry.usage),
        usage_name(Some(usage)),
    );
    Ok(token.import_certificate(certificate, intermediates)?)
}

#[cfg(test)]
mod tests;
