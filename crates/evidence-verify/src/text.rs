//! The verdict for people.

use std::fmt::Write;

use evidence::container::{Coverage, Report};
use pki::Certificate;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::arguments::Arguments;
use crate::name::readable;
use crate::verdict::{Unreadable, Verdict};

/// The verdict with its facts, or with the reason.
pub fn render(arguments: &Arguments, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Valid(report) => valid(report, arguments.at.is_some()),
        Verdict::Invalid { code, message } => format!("Verification failed: {code}: {message}\n"),
        Verdict::Unreadable(reason) => format!("{}\n", unreadable(reason)),
    }
}

/// Why there is no verdict.
pub fn unreadable(reason: &Unreadable) -> String {
    format!("evidence-verify: {reason}")
}

fn valid(report: &Report, time_was_given: bool) -> String {
    let mut out = String::from("Verification successful.\n\nSigner\n");
    line(&mut out, 1, "ID", &report.signer.to_string());
    out.push_str("    Certificate\n");
    certificate(&mut out, 2, &report.certificate);
    if let Some(claimed) = report.signing_time {
        line(&mut out, 1, "Time claimed by the signer", &time(claimed));
    }
    out.push_str("OCSP response for the certificate of the signer\n");
    line(&mut out, 1, "Produced at", &time(report.ocsp_produced_at));
    out.push_str("    Signed by\n");
    certificate(&mut out, 2, &report.ocsp_responder);
    out.push_str("Timestamp\n");
    line(&mut out, 1, "Date", &time(report.timestamp));
    out.push_str("    Signed by\n");
    certificate(&mut out, 2, &report.tsa);
    let origin = if time_was_given { "as asked for" } else { "the time of the timestamp" };
    let moment = format!("{} ({origin})", time(report.verified_at));
    out.push_str("Certificate and OCSP response\n");
    line(&mut out, 1, "Judged for", &moment);
    out.push_str("Signed data\n");
    for fact in &report.data {
        let coverage = match fact.coverage {
            Coverage::Verified => "verified",
            Coverage::Unverified => "unverified: not in the container, only its digest is proven",
        };
        let digest = hex::encode(&fact.digest);
        let _ = writeln!(out, "    {} {}: {digest} ({coverage})", fact.name, fact.algorithm.name());
    }
    out
}

fn certificate(out: &mut String, depth: usize, certificate: &Certificate) {
    line(out, depth, "Subject", &readable(certificate.subject()));
    line(out, depth, "Issuer", &readable(certificate.issuer()));
    line(out, depth, "Serial number", &certificate.serial_decimal());
    line(out, depth, "Valid from", &time(certificate.not_before()));
    line(out, depth, "Valid until", &time(certificate.not_after()));
}

/// Values come out of certificates and messages: control characters must not reach a terminal.
fn line(out: &mut String, depth: usize, name: &str, value: &str) {
    let value: String = value.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let _ = writeln!(out, "{}{name}: {value}", "    ".repeat(depth));
}

/// RFC 3339, UTC.
pub(crate) fn time(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}
