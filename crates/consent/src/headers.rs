//! The `X-Road-Consent-*` headers: their names, and how they are read and written.
//!
//! All of them begin with `X-Road-`, so stock security servers carry them unchanged, sign them with the message and
//! keep them in their logs even when bodies are not kept.

use std::str::FromStr;

use identifiers::{ExchangeHandle, LocalId, PurposeId};

use crate::decision::DecisionHeader;
use crate::refusal::{ConsentRefusal, DenyReason};

/// Request. From the application: its own number of the person. On the wire: the exchange handle.
pub const SUBJECT: &str = "X-Road-Consent-Subject";
/// Request. The purpose; an application needs it only when several consents fit.
pub const PURPOSE: &str = "X-Road-Consent-Purpose";
/// Request. The consumer's security server's decision, as a structured field.
pub const CHECK: &str = "X-Road-Consent-Check";
/// Response. The provider's security server's decision, as a structured field.
pub const DECISION: &str = "X-Road-Consent-Decision";
/// Response. Reserved for what was left out of the answer; only a security server may write it.
pub const SCOPE: &str = "X-Road-Consent-Scope";

/// Headers of a message in their order.
pub type Headers = Vec<(String, String)>;

/// What a consumer's application wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationHeaders {
    /// Its own number of the person.
    pub subject: LocalId,
    /// The purpose, if it named one.
    pub purpose: Option<PurposeId>,
}

impl ApplicationHeaders {
    /// Reads the headers of a request from an application; `None` when it names no person.
    ///
    /// # Errors
    /// A header that is there twice or cannot be read: who is meant must never be a guess (INV-03).
    pub fn read(headers: &[(String, String)]) -> Result<Option<Self>, ConsentRefusal> {
        let Some(subject) = single(headers, SUBJECT, DenyReason::SubjectAmbiguous)? else { return Ok(None) };
        let subject = LocalId::new(subject).map_err(|_| DenyReason::SubjectUnreadable)?;
        Ok(Some(Self { subject, purpose: purpose(headers)? }))
    }
}

/// What came with a message from a consumer's security server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireHeaders {
    /// The person.
    pub subject: ExchangeHandle,
    /// The purpose, if one is named.
    pub purpose: Option<PurposeId>,
    /// The other side's decision, if it made one that we can read. A stock security server makes none.
    pub check: Option<DecisionHeader>,
}

impl WireHeaders {
    /// Reads the headers of a received request.
    ///
    /// # Errors
    /// No person, or a header that is there twice or cannot be read.
    pub fn read(headers: &[(String, String)]) -> Result<Self, ConsentRefusal> {
        let subject =
            single(headers, SUBJECT, DenyReason::SubjectAmbiguous)?.ok_or(DenyReason::SubjectMissing)?;
        let subject = ExchangeHandle::from_str(subject).map_err(|_| DenyReason::SubjectUnreadable)?;
        let check = single(headers, CHECK, DenyReason::CheckUnreadable)?
            .map(|text| DecisionHeader::parse(text).map_err(|_| DenyReason::CheckUnreadable))
            .transpose()?;
        Ok(Self { subject, purpose: purpose(headers)?, check })
    }
}

/// Removes all headers with this name and writes one in their place, at the end.
pub(crate) fn replace(headers: &mut Headers, name: &str, value: String) {
    remove(headers, name);
    headers.push((name.to_owned(), value));
}

/// Removes all headers with this name.
pub(crate) fn remove(headers: &mut Headers, name: &str) {
    headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
}

fn purpose(headers: &[(String, String)]) -> Result<Option<PurposeId>, ConsentRefusal> {
    let Some(text) = single(headers, PURPOSE, DenyReason::PurposeAmbiguous)? else { return Ok(None) };
    Ok(Some(PurposeId::new(text).map_err(|_| DenyReason::PurposeUnreadable)?))
}

/// The one value of a header, without surrounding spaces; `repeated` when there are several.
fn single<'a>(
    headers: &'a [(String, String)],
    name: &str,
    repeated: DenyReason,
) -> Result<Option<&'a str>, ConsentRefusal> {
    let mut values = headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some((_, value)), None) => Ok(Some(value.trim_matches([' ', '\t']))),
        (Some(_), Some(_)) => Err(repeated.into()),
    }
}
