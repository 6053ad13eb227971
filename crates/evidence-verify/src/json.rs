//! The verdict for programs.

use std::path::Path;

use evidence::container::{Coverage, DataFact, Report};
use pki::Certificate;
use serde::Serialize;

use crate::name::readable;
use crate::text::time;
use crate::verdict::Verdict;

/// One JSON object. `valid` and `exit_status` are always there; the facts if it is valid, `reason` if
/// it is not, `message` if it is not or cannot be read.
#[derive(Serialize)]
struct Answer<'v> {
    container: String,
    valid: bool,
    exit_status: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'v str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(flatten)]
    facts: Option<Facts>,
}

#[derive(Serialize)]
struct Facts {
    signer: Signer,
    ocsp: Ocsp,
    timestamp: Timestamp,
    verified_at: String,
    data: Vec<Data>,
}

#[derive(Serialize)]
struct Signer {
    id: String,
    certificate: CertificateFacts,
    claimed_time: Option<String>,
}

#[derive(Serialize)]
struct Ocsp {
    produced_at: String,
    signed_by: CertificateFacts,
}

#[derive(Serialize)]
struct Timestamp {
    date: String,
    signed_by: CertificateFacts,
}

#[derive(Serialize)]
struct CertificateFacts {
    subject: String,
    issuer: String,
    serial_number: String,
    valid_from: String,
    valid_until: String,
    sha256: String,
}

#[derive(Serialize)]
struct Data {
    name: String,
    digest_algorithm: &'static str,
    digest: String,
    verified: bool,
}

/// The verdict about a container as one JSON object.
pub fn render(container: &Path, verdict: &Verdict) -> String {
    let (reason, message, facts) = match verdict {
        Verdict::Valid(report) => (None, None, Some(facts(report))),
        Verdict::Invalid { code, message } => (Some(code.as_str()), Some(message.clone()), None),
        Verdict::Unreadable(reason) => (None, Some(reason.to_string()), None),
    };
    let answer = Answer {
        container: container.display().to_string(),
        valid: facts.is_some(),
        exit_status: verdict.exit_status(),
        reason,
        message,
        facts,
    };
    // Strings, numbers and booleans: there is nothing that JSON cannot express.
    serde_json::to_string_pretty(&answer).unwrap_or_default()
}

fn facts(report: &Report) -> Facts {
    Facts {
        signer: Signer {
            id: report.signer.to_string(),
            certificate: certificate(&report.certificate),
            claimed_time: report.signing_time.map(time),
        },
        ocsp: Ocsp {
            produced_at: time(report.ocsp_produced_at),
            signed_by: certificate(&report.ocsp_responder),
        },
        timestamp: Timestamp { date: time(report.timestamp), signed_by: certificate(&report.tsa) },
        verified_at: time(report.verified_at),
        data: report.data.iter().map(data).collect(),
    }
}

fn certificate(certificate: &Certificate) -> CertificateFacts {
    CertificateFacts {
        subject: readable(certificate.subject()),
        issuer: readable(certificate.issuer()),
        serial_number: certificate.serial_decimal(),
        valid_from: time(certificate.not_before()),
        valid_until: time(certificate.not_after()),
        sha256: hex::encode(certificate.sha256()),
    }
}

fn data(fact: &DataFact) -> Data {
    Data {
        name: fact.name.clone(),
        digest_algorithm: fact.algorithm.name(),
        digest: hex::encode(&fact.digest),
        verified: fact.coverage == Coverage::Verified,
    }
}
