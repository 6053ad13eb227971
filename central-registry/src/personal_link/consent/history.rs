//! What a person sees of their consents.

use consent::opaque::ConsentId;
use consent::record::ConsentRecord;
use identifiers::BaseId;
use registry_api::citizen::{ConsentHistory, ConsentView, Consents};
use registry_api::problem::Code;
use rusqlite::Transaction;
use time::OffsetDateTime;

use super::store;
use crate::personal_link::failure::Failure;

/// All consents of the person, newest first.
///
/// # Errors
/// The database failed.
pub fn consents(
    transaction: &Transaction<'_>,
    person: &BaseId,
    now: OffsetDateTime,
) -> Result<Consents, Failure> {
    let records = store::of_person(transaction, person)?;
    Ok(Consents { consents: records.iter().map(|record| view(record, now)).collect() })
}

/// One consent of the person with its events.
///
/// # Errors
/// [`Code::UnknownConsent`], the same for a consent of another person and for none.
pub fn history(
    transaction: &Transaction<'_>,
    person: &BaseId,
    consent: &ConsentId,
    now: OffsetDateTime,
) -> Result<ConsentHistory, Failure> {
    let record = store::find(transaction, consent)?.filter(|record| record.subject == *person);
    let record = record.ok_or(Code::UnknownConsent)?;
    Ok(ConsentHistory { consent: view(&record, now), events: store::events(transaction, consent)? })
}

fn view(record: &ConsentRecord, now: OffsetDateTime) -> ConsentView {
    ConsentView {
        consent: record.id,
        flow: record.flow.clone(),
        standing: record.standing(now),
        valid_from: record.valid_from,
        valid_until: record.valid_until,
        events: record.events,
        head: record.head,
    }
}
