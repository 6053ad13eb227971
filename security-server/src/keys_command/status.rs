//! What each certificate of a token can be used for now.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use globalconf::GlobalConf;
use keys::SoftwareToken;
use pki::Certificate;
use pki::ocsp::OcspResponse;
use pki::trust::Trust;
use time::OffsetDateTime;

use crate::trust::globalconf::read_stored;
use crate::trust::ocsp;

/// What is known besides the token.
pub(super) struct Evidence {
    conf: Option<GlobalConf>,
    ocsp: Option<PathBuf>,
}

impl Evidence {
    /// Reads the folder of the global configuration; OCSP responses are read one by one.
    pub(super) fn read(global_conf: Option<&Path>, ocsp: Option<&Path>) -> anyhow::Result<Self> {
        let conf =
            global_conf.map(|folder| read_stored(folder).with_context(|| folder.display().to_string()));
        Ok(Self { conf: conf.transpose()?, ocsp: ocsp.map(Path::to_owned) })
    }
}

/// Prints one line for each certificate, and what is not in order with it.
pub(super) fn report(
    token: &SoftwareToken,
    evidence: &Evidence,
    now: OffsetDateTime,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    for entry in token.list() {
        if entry.certificates.is_empty() {
            writeln!(out, "{}  {}  no certificate yet", entry.id, super::usage_name(entry.usage))?;
        }
        for certificate in &entry.certificates {
            let findings = findings(certificate, evidence, now);
            let verdict = if findings.is_empty() { "in order" } else { "not usable" };
            let usage = if certificate.is_signing_cert() { "sign" } else { "auth" };
            writeln!(out, "{}  {usage}  {verdict}  {}", entry.id, certificate.subject())?;
            for finding in findings {
                writeln!(out, "    {finding}")?;
            }
        }
    }
    Ok(())
}

/// What keeps the certificate from being used.
fn findings(certificate: &Certificate, evidence: &Evidence, now: OffsetDateTime) -> Vec<String> {
    let mut findings = Vec::new();
    if !certificate.valid_at(now) {
        findings.push(format!("valid from {} to {} only", certificate.not_before(), certificate.not_after()));
    }
    let Some(conf) = &evidence.conf else { return findings };
    if conf.expired(now) {
        findings.push("the global configuration has expired".to_owned());
    }
    if !certificate.is_signing_cert() && conf.server_by_auth_cert(certificate).is_none() {
        findings.push("not registered for a server in the global configuration".to_owned());
    }
    if let Err(reason) = status(certificate, conf, evidence.ocsp.as_deref(), now) {
        findings.push(reason);
    }
    findings
}

/// Whether a cached response proves that the certificate is good.
fn status(
    certificate: &Certificate,
    conf: &GlobalConf,
    folder: Option<&Path>,
    now: OffsetDateTime,
) -> Result<(), String> {
    let issuer = conf.issuer_of(certificate, conf.instance());
    let issuer = issuer.ok_or("not issued by an approved certification service")?;
    let Some(folder) = folder else { return Ok(()) };
    let path = folder.join(format!("{}.ocsp", hex::encode(certificate.sha1())));
    let response = fs::read(path).map_err(|_| "no OCSP response has been fetched")?;
    let query = ocsp::query(conf, certificate, issuer, now);
    let verified = OcspResponse::parse(&response).and_then(|response| response.verify(&query));
    verified.map(|_| ()).map_err(|error| error.to_string())
}
