//! The decision: a pure function of the replica, the request and the clock (INV-01 to INV-03).
//!
//! * [`check_as_consumer`]: before a request leaves. No authority, but nothing leaves without it.
//! * [`decide_as_provider`]: before the service is called. Its [`ConsentPermit`] is the only way to the person's
//!   local id and to delivery.
//! * [`release_as_provider`]: before the answer leaves, on what is known by then.
//!
//! Whatever is unknown, stale, unreadable or ambiguous is a refusal. The order of the checks is fixed: first what the
//! request itself lacks, then whether this node may decide at all, and only then anything about the person, so that
//! no answer tells more about a person than [`crate::refusal::RefusalCode`] allows.

use identifiers::{ClientId, LinkHandle, PurposeId, ServiceId};

use crate::decision::{Basis, DecisionHeader, DecisionRecord, RECORD_VERSION, Side};
use crate::declaration::{ConsentDeclaration, LawfulBasis};
use crate::headers::{ApplicationHeaders, WireHeaders};
use crate::instant;
use crate::lease::Moment;
use crate::permit::{ConsentCheck, ConsentPermit, GrantedPermit, ReleasePermit};
use crate::record::Standing;
use crate::refusal::{ConsentRefusal, DenyReason};
use crate::replica::{Position, Replica};
use crate::row::Row;

/// A request as both sides see it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The message's `X-Road-Id`.
    pub message_id: &'a str,
    /// Who asks.
    pub consumer: &'a ClientId,
    /// What is asked.
    pub service: &'a ServiceId,
}

/// The consumer's side: may this request leave? `link` is what the local store knows under the application's number
/// of the person, `None` when it knows nothing.
///
/// # Errors
/// The refusal, with its reason.
pub fn check_as_consumer(
    replica: &Replica,
    request: &Request<'_>,
    headers: &ApplicationHeaders,
    link: Option<&LinkHandle>,
    at: &Moment,
) -> Result<ConsentCheck, ConsentRefusal> {
    let freshness = Freshness::of(replica, at)?;
    let link = link.ok_or(DenyReason::NotLinked)?;
    let rows = replica
        .rows_of_consumer_link(link)
        .filter(|row| row.key.flow.is_between(request.service, request.consumer));
    let row = choose(rows, headers.purpose.as_ref(), at)?;
    let record = freshness.record(Side::Consumer, request.message_id, row, None, at);
    Ok(ConsentCheck::checked(row.key.exchange, row.key.flow.purpose.clone(), header(&record)?))
}

/// The provider's side: may the service be called? `declaration` is what the service declares; without a demand for
/// consent the permit says so.
///
/// # Errors
/// The refusal, with its reason.
pub fn decide_as_provider(
    replica: &Replica,
    declaration: Option<&ConsentDeclaration>,
    request: &Request<'_>,
    headers: &[(String, String)],
    at: &Moment,
) -> Result<ConsentPermit, ConsentRefusal> {
    let Some(declaration) = declaration.filter(|declaration| declaration.required) else {
        return Ok(ConsentPermit::not_required());
    };
    let wire = WireHeaders::read(headers)?;
    let declared = |purpose: &PurposeId| declaration.purposes.contains(purpose);
    if wire.purpose.as_ref().is_some_and(|purpose| !declared(purpose)) {
        return Err(DenyReason::PurposeNotDeclared.into());
    }
    let freshness = Freshness::of(replica, at)?;
    let rows = replica.rows_of_exchange(&wire.subject).iter().filter(|row| {
        row.key.flow.is_between(request.service, request.consumer) && declared(&row.key.flow.purpose)
    });
    let row = choose(rows, wire.purpose.as_ref(), at)?;
    if wire.check.is_some_and(|check| check.basis.event != row.head) {
        return Err(DenyReason::Disagreement.into());
    }
    let link = row.provider_link.ok_or(DenyReason::NoLocalId)?;
    let record = freshness.record(Side::Provider, request.message_id, row, Some(declaration.basis), at);
    Ok(ConsentPermit::granted(GrantedPermit { link, placement: declaration.subject.clone(), record }))
}

/// The provider's side: may the answer leave? Decides again on the row behind the permit, so that a consent that was
/// withdrawn, or a lease that ran out, while the service worked stops the answer.
///
/// # Errors
/// The refusal, with its reason.
pub fn release_as_provider(
    replica: &Replica,
    permit: &ConsentPermit,
    at: &Moment,
) -> Result<ReleasePermit, ConsentRefusal> {
    let Some(granted) = permit.as_granted() else { return Ok(ReleasePermit::not_required()) };
    let before = &granted.record;
    let freshness = Freshness::of(replica, at)?;
    let rows = replica.rows_of_exchange(&before.exchange).iter().filter(|row| row.key.flow == before.flow);
    let row = choose(rows, None, at)?;
    let record = freshness.record(Side::Provider, &before.message_id, row, before.basis.lawful_basis, at);
    Ok(ReleasePermit::granted(header(&record)?))
}

/// The one row in force among those that fit, or why there is none.
fn choose<'a>(
    rows: impl Iterator<Item = &'a Row>,
    purpose: Option<&PurposeId>,
    at: &Moment,
) -> Result<&'a Row, ConsentRefusal> {
    let mut in_force = None;
    let mut why_not = DenyReason::NoConsent;
    for row in rows.filter(|row| purpose.is_none_or(|purpose| row.key.flow.purpose == *purpose)) {
        match deny_reason(row, at) {
            None if in_force.is_some() => return Err(DenyReason::SeveralConsents.into()),
            None => in_force = Some(row),
            Some(reason) => why_not = plainer(why_not, reason),
        }
    }
    in_force.ok_or_else(|| why_not.into())
}

fn deny_reason(row: &Row, at: &Moment) -> Option<DenyReason> {
    match row.standing(at.wall) {
        Standing::InForce => None,
        Standing::NotYetValid => Some(DenyReason::NotYetValid),
        Standing::Expired => Some(DenyReason::Expired),
        Standing::Withdrawn => Some(DenyReason::Withdrawn),
        Standing::Refused if row.granted_before => Some(DenyReason::RefusedAfterConsent),
        Standing::Refused => Some(DenyReason::Refused),
    }
}

/// Of two reasons from different rows the one that the consumer may know more about: an ended consent goes before
/// everything else, any reason goes before "no consent is known".
fn plainer(so_far: DenyReason, next: DenyReason) -> DenyReason {
    use crate::refusal::RefusalCode::ConsentEnded;
    if so_far == DenyReason::NoConsent || (next.code() == ConsentEnded && so_far.code() != ConsentEnded) {
        next
    } else {
        so_far
    }
}

fn header(record: &DecisionRecord) -> Result<DecisionHeader, ConsentRefusal> {
    // Fails only for numbers beyond 2^53, which no registry reaches; then nothing is proven and nothing is allowed.
    record.header().map_err(|_| DenyReason::NeverSynchronised.into())
}

/// That this node may decide at all, and on what.
struct Freshness {
    position: Position,
    lease_age: std::time::Duration,
}

impl Freshness {
    fn of(replica: &Replica, at: &Moment) -> Result<Self, ConsentRefusal> {
        let position = replica.position().ok_or(DenyReason::NeverSynchronised)?;
        let lease_age = replica.lease_age(at).ok_or(DenyReason::LeaseOver)?;
        Ok(Self { position, lease_age })
    }

    fn record(
        &self,
        side: Side,
        message_id: &str,
        row: &Row,
        lawful_basis: Option<LawfulBasis>,
        at: &Moment,
    ) -> DecisionRecord {
        let basis = Basis {
            lawful_basis,
            event: row.head,
            epoch: self.position.epoch,
            sequence: self.position.sequence,
            lease_age_millis: 0,
            decided_at: instant::truncate(at.wall),
        };
        DecisionRecord {
            version: RECORD_VERSION,
            side,
            message_id: message_id.to_owned(),
            exchange: row.key.exchange,
            flow: row.key.flow.clone(),
            basis: basis.with_lease_age(self.lease_age),
        }
    }
}

#[cfg(test)]
mod tests;
