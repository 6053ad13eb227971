//! The record of one decision, and the header that carries it inside a signed message.
//!
//! The record is not stored anywhere: everything in it stands either in the message or in the header, both of which
//! are in the evidence container. Whoever has the container can build the record again ([`DecisionRecord::rebuild`])
//! and compare its digest with the signed one.

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identifiers::ExchangeHandle;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::canonical::{CanonicalError, canonical_bytes};
use crate::declaration::LawfulBasis;
use crate::flow::Flow;
use crate::instant;
use crate::opaque::{DecisionDigest, EventHash, sha256};

/// The only version of the record.
pub const RECORD_VERSION: u64 = 1;

/// Longest header that is read.
const MAX_HEADER_BYTES: usize = 1024;

/// Which security server decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Before the request left (no authority, an early refusal).
    Consumer,
    /// Before the service was called and before the answer left.
    Provider,
}

/// One decision to let a request or an answer through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionRecord {
    /// [`RECORD_VERSION`].
    pub version: u64,
    /// Who decided.
    pub side: Side,
    /// The message's `X-Road-Id`.
    pub message_id: String,
    /// The person, as both sides know them.
    pub exchange: ExchangeHandle,
    /// Which data, for whom, why.
    pub flow: Flow,
    /// The rest, which the header carries.
    #[serde(flatten)]
    pub basis: Basis,
}

/// On what a decision rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Basis {
    /// The lawful basis that the provider declared; the consumer's server does not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lawful_basis: Option<LawfulBasis>,
    /// Hash of the last event of the consent.
    pub event: EventHash,
    /// Epoch of the registry.
    pub epoch: u64,
    /// Position in this node's stream.
    pub sequence: u64,
    /// Age of the lease in milliseconds.
    pub lease_age_millis: u64,
    /// When, by this server's clock.
    #[serde(with = "instant::serde_instant")]
    pub decided_at: OffsetDateTime,
}

impl Basis {
    /// With a lease age as a duration.
    #[must_use]
    pub fn with_lease_age(self, age: Duration) -> Self {
        Self { lease_age_millis: u64::try_from(age.as_millis()).unwrap_or(u64::MAX), ..self }
    }
}

impl DecisionRecord {
    /// SHA-256 over the canonical JSON of the record.
    ///
    /// # Errors
    /// Only when epoch, sequence or lease age exceed 2^53.
    pub fn digest(&self) -> Result<DecisionDigest, CanonicalError> {
        Ok(DecisionDigest::from_bytes(sha256(&canonical_bytes(self)?)))
    }

    /// The header for this record.
    ///
    /// # Errors
    /// As [`DecisionRecord::digest`].
    pub fn header(&self) -> Result<DecisionHeader, CanonicalError> {
        Ok(DecisionHeader { digest: self.digest()?, basis: self.basis.clone() })
    }

    /// Builds the record again from a message and the header found in it; `None` if the header's digest is not the
    /// one of that record, so that header and message do not belong together.
    #[must_use]
    pub fn rebuild(
        side: Side,
        message_id: &str,
        exchange: ExchangeHandle,
        flow: Flow,
        header: &DecisionHeader,
    ) -> Option<Self> {
        let basis = header.basis.clone();
        let message_id = message_id.to_owned();
        let record = Self { version: RECORD_VERSION, side, message_id, exchange, flow, basis };
        (record.digest() == Ok(header.digest)).then_some(record)
    }
}

/// The value of `X-Road-Consent-Check` and `X-Road-Consent-Decision`: a dictionary of RFC 9651, e.g.
///
/// ```text
/// outcome=allow, basis=CONSENT_27_1, digest=:…:, event=:…:, epoch=1790000000, sequence=17, lease-age=212,
/// time="2026-11-21T15:10:00.123Z"
/// ```
///
/// A refusal is a fault and has no such header, so `outcome` is always `allow`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionHeader {
    /// Digest of the record.
    pub digest: DecisionDigest,
    /// What the record says beyond the message itself.
    pub basis: Basis,
}

/// The text is not a header as [`DecisionHeader`] writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a consent decision header")]
pub struct NotADecision;

impl DecisionHeader {
    /// The header's value.
    #[must_use]
    pub fn encode(&self) -> String {
        let basis = &self.basis;
        let mut out = "outcome=allow".to_owned();
        if let Some(lawful) = basis.lawful_basis {
            out.push_str(", basis=");
            out.push_str(lawful.code());
        }
        // Writing into a string cannot fail.
        let _ = write!(
            out,
            ", digest=:{}:, event=:{}:, epoch={}, sequence={}, lease-age={}, time=\"{}\"",
            STANDARD.encode(self.digest.as_bytes()),
            STANDARD.encode(basis.event.as_bytes()),
            basis.epoch,
            basis.sequence,
            basis.lease_age_millis,
            instant::format(basis.decided_at),
        );
        out
    }

    /// Reads a header's value, in exactly the form in which it is written.
    ///
    /// # Errors
    /// [`NotADecision`].
    pub fn parse(text: &str) -> Result<Self, NotADecision> {
        if text.len() > MAX_HEADER_BYTES {
            return Err(NotADecision);
        }
        let read = read_members(text).ok_or(NotADecision)?;
        // One spelling for one meaning; also refuses members in another order and members we do not know.
        if read.encode() == text { Ok(read) } else { Err(NotADecision) }
    }
}

fn read_members(text: &str) -> Option<DecisionHeader> {
    let member = |name: &str| {
        text.split(", ").find_map(|member| member.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')))
    };
    let hash = |name: &str| -> Option<[u8; 32]> {
        let inner = member(name)?.strip_prefix(':')?.strip_suffix(':')?;
        STANDARD.decode(inner).ok()?.try_into().ok()
    };
    let integer = |name: &str| member(name)?.parse::<u64>().ok();
    let lawful_basis = match member("basis") {
        None => None,
        Some(code) => Some(LawfulBasis::from_code(code)?),
    };
    let time = member("time")?.strip_prefix('"')?.strip_suffix('"')?;
    Some(DecisionHeader {
        digest: DecisionDigest::from_bytes(hash("digest")?),
        basis: Basis {
            lawful_basis,
            event: EventHash::from_bytes(hash("event")?),
            epoch: integer("epoch")?,
            sequence: integer("sequence")?,
            lease_age_millis: integer("lease-age")?,
            decided_at: instant::parse(time)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use identifiers::PurposeId;
    use time::macros::datetime;

    fn record(lawful_basis: Option<LawfulBasis>) -> DecisionRecord {
        DecisionRecord {
            version: RECORD_VERSION,
            side: Side::Provider,
            message_id: "q-1".into(),
            exchange: ExchangeHandle::from_bytes([7; 16]),
            flow: Flow {
                provider: "T/GOV/1/children".parse().unwrap(),
                service: "residents".into(),
                consumer: "T/COM/2/coupons".parse().unwrap(),
                purpose: PurposeId::new("coupon").unwrap(),
            },
            basis: Basis {
                lawful_basis,
                event: EventHash::from_bytes([9; 32]),
                epoch: 1_790_000_000,
                sequence: 17,
                lease_age_millis: 212,
                decided_at: datetime!(2026-11-21 15:10:00.123 UTC),
            },
        }
    }

    #[test]
    fn the_header_reads_back_and_rebuilds_the_record() {
        for lawful in [None, Some(LawfulBasis::Consent27_1), Some(LawfulBasis::Consent69_2_1)] {
            let record = record(lawful);
            let header = record.header().unwrap();
            let text = header.encode();
            assert_eq!(DecisionHeader::parse(&text), Ok(header.clone()), "{text}");
            let (exchange, flow) = (record.exchange, record.flow.clone());
            let rebuilt = DecisionRecord::rebuild(Side::Provider, "q-1", exchange, flow.clone(), &header);
            assert_eq!(rebuilt, Some(record));
            assert_eq!(DecisionRecord::rebuild(Side::Provider, "q-2", exchange, flow.clone(), &header), None);
            assert_eq!(DecisionRecord::rebuild(Side::Consumer, "q-1", exchange, flow, &header), None);
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        let good = record(Some(LawfulBasis::Consent27_1)).header().unwrap().encode();
        let cases = [
            String::new(),
            good.replace(", ", ","),
            good.replace("allow", "deny"),
            good.replace("CONSENT_27_1", "OUTSOURCING"),
            good.replace("epoch=", "epoch=0"),
            good.replace("sequence=17", "sequence=-1"),
            format!("{good}, extra=1"),
            good.replace("digest=:", "digest=:AA"),
            format!("{good}{}", " ".repeat(2000)),
        ];
        for text in cases {
            assert_eq!(DecisionHeader::parse(&text), Err(NotADecision), "{text}");
        }
    }
}
