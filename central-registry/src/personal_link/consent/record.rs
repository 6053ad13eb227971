//! Recording one event: check, keep, tell the security servers, answer.
//!
//! Order of telling (E.6 no. 5). A grant goes to the provider's server first and to the consumer's when the provider's
//! has it, so that a consumer that knows of a consent never meets a provider that does not. A withdrawal or refusal goes
//! to both at once.

use std::time::Duration as StdDuration;

use consent::event::{EventKind, SignedEvent, VerifiedEvent};
use consent::record::{ConsentRecord, Standing, TransitionError};
use identifiers::ExchangeHandle;
use registry_api::citizen::{Reach, Recorded};
use registry_api::problem::{Code, Problem};
use registry_api::request_signature::MAX_SKEW;
use rusqlite::Transaction;
use service_kit::random;
use time::OffsetDateTime;

use super::store;
use super::view::Present;
use crate::personal_link::PersonalLink;
use crate::personal_link::failure::Failure;
use crate::personal_link::linking::devices::Device;
use crate::personal_link::linking::handles;
use crate::personal_link::sync::{Audience, Published};

/// Most consents of one person for one flow. A person who changes their mind more often than this needs a human.
const MAX_PER_FLOW: usize = 1_000;

/// Checks an event that a device has sent, records it and tells the security servers. Goes on to the end even if the
/// device hangs up: the consumer's server must not miss what the provider's has.
///
/// # Errors
/// The refusal, or a failure.
pub async fn record(link: &PersonalLink, device: &Device, signed: SignedEvent) -> Result<Recorded, Failure> {
    let event = check(device, signed, link.clock.now())?;
    let link = link.clone();
    let work = tokio::spawn(async move {
        let recorded = commit(&link, event).await?;
        Ok(tell(&link, recorded).await)
    });
    work.await.map_err(|error| Failure::Internal(error.to_string()))?
}

/// The event is this person's word, and is said now.
fn check(device: &Device, signed: SignedEvent, now: OffsetDateTime) -> Result<VerifiedEvent, Failure> {
    let refused = |why: String| Failure::from(Problem::new(Code::EventRefused).with_detail(why));
    if signed.event.subject != device.person {
        return Err(refused("the event is about another person".to_owned()));
    }
    let event = signed.verify(&device.key).map_err(|error| refused(error.to_string()))?;
    if (event.event().issued_at - now).abs() > MAX_SKEW {
        return Err(refused("the event was not signed now".to_owned()));
    }
    if event.event().valid_until.is_some_and(|until| until <= now) {
        return Err(refused("the validity is over already".to_owned()));
    }
    Ok(event)
}

/// What the transaction gave.
struct Committed {
    record: ConsentRecord,
    present: Present,
    kind: EventKind,
    index: u64,
    at: OffsetDateTime,
    published: Published,
}

/// Keeps the event and hands the changed rows to the streams, with no heartbeat between the two: a heartbeat that
/// follows the commit follows the change too.
async fn commit(link: &PersonalLink, event: VerifiedEvent) -> Result<Committed, Failure> {
    let link = link.clone();
    let fresh = ExchangeHandle::from_bytes(random::bytes()?);
    let work = move || {
        link.hub.exclusively(|streams| {
            let now = link.clock.now();
            let (record, present) = link
                .database
                .write("record a consent event", |transaction| keep(transaction, &event, fresh, now))?;
            let kind = event.event().kind;
            let audience = if kind == EventKind::Grant { Audience::Provider } else { Audience::Everybody };
            let published = streams.publish(&present, audience, link.network.as_ref())?;
            Ok(Committed { record, present, kind, index: event.event().index, at: now, published })
        })
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::Internal(error.to_string()))?
}

/// The transaction: the event is kept, and what is true now about its key is told.
pub(in crate::personal_link) fn keep(
    transaction: &Transaction<'_>,
    verified: &VerifiedEvent,
    fresh: ExchangeHandle,
    now: OffsetDateTime,
) -> Result<(ConsentRecord, Present), Failure> {
    let event = verified.event();
    let (person, flow) = (&event.subject, &event.flow);
    let handles = handles::make_pair(transaction, person, &flow.provider, &flow.consumer, fresh)?;
    let before = store::of_flow(transaction, person, flow)?;
    let record = match store::find(transaction, &event.consent)? {
        Some(known) if known.subject != *person => return Err(Code::UnknownConsent.into()),
        Some(known) => known.apply(verified).map_err(conflict)?,
        None if event.kind == EventKind::Withdraw => return Err(Code::UnknownConsent.into()),
        None => {
            may_open(event, &before, now)?;
            ConsentRecord::open(verified).map_err(conflict)?
        }
    };
    store::append(transaction, &record, verified, now)?;
    let consents = store::of_flow(transaction, person, flow)?;
    let present = Present::of(&consents, handles).ok_or(Failure::Unreadable("consent"))?;
    Ok((record, present))
}

/// At most one consent for a key is in force, or will be.
fn may_open(
    event: &consent::event::ConsentEvent,
    before: &[ConsentRecord],
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let live =
        |consent: &ConsentRecord| matches!(consent.standing(now), Standing::InForce | Standing::NotYetValid);
    if before.iter().any(live) {
        return Err(Problem::new(Code::Conflict).with_detail("withdraw the present consent first").into());
    }
    if before.len() >= MAX_PER_FLOW {
        return Err(Code::TooMany.into());
    }
    let last = before.last().map(|consent| consent.id);
    if event.replaces.is_some() && event.replaces != last {
        return Err(Problem::new(Code::Conflict).with_detail("another consent was the last one").into());
    }
    Ok(())
}

fn conflict(error: TransitionError) -> Failure {
    Problem::new(Code::Conflict).with_detail(error.to_string()).into()
}

/// Tells the servers and waits, within the bound, until they say that they act on it.
async fn tell(link: &PersonalLink, committed: Committed) -> Recorded {
    let Committed { record, present, kind, index, at, published } = committed;
    let started = published.at;
    let wait = link.config.acknowledge_wait();
    let mut servers = link.hub.reach(&published, wait).await;
    if kind == EventKind::Grant {
        let told = tell_consumer(link, &record, &present).await;
        match told {
            Ok(published) => servers.extend(link.hub.reach(&published, wait).await),
            // The event is kept; the consumer's servers get it with their next snapshot.
            Err(failure) => drop(failure.into_problem()),
        }
    }
    let waited = link.clock.monotonic().saturating_sub(started);
    tracing::info!(consent = %record.id, index, kind = ?kind, waited_ms = millis(waited), "consent event recorded");
    Recorded {
        consent: record.id,
        index,
        head: record.head,
        standing: record.standing(link.clock.now()),
        recorded_at: at,
        everywhere: servers.iter().all(|server| server.state != Reach::Pending),
        waited_millis: millis(waited),
        latest_millis: millis(link.config.lease()),
        servers,
    }
}

/// Tells the consumer's servers of a grant: what is true **now**, which may be a withdrawal by now.
async fn tell_consumer(
    link: &PersonalLink,
    record: &ConsentRecord,
    present: &Present,
) -> Result<Published, Failure> {
    let (link, person, handles) = (link.clone(), record.subject, present.handles);
    let flow = record.flow.clone();
    let work = move || {
        link.hub.exclusively(|streams| {
            let consents = link
                .database
                .read("read a consent", |transaction| store::of_flow(transaction, &person, &flow))?;
            let present = Present::of(&consents, handles).ok_or(Failure::Unreadable("consent"))?;
            streams.publish(&present, Audience::Consumer, link.network.as_ref())
        })
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::Internal(error.to_string()))?
}

fn millis(duration: StdDuration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
