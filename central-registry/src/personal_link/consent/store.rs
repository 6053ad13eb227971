//! The tables `consent` and `consent_event`.

use consent::device_key::DeviceSignature;
use consent::event::{SignedEvent, VerifiedEvent};
use consent::flow::Flow;
use consent::opaque::{ConsentId, EventHash};
use consent::record::{ConsentRecord, State};
use identifiers::{BaseId, ClientId, PurposeId};
use registry_api::citizen::RecordedEvent;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use time::OffsetDateTime;

use crate::personal_link::failure::Failure;
use crate::personal_link::stored::{count, instant, millis, stored_count, subsystem};

const COLUMNS: &str =
    "consent, base_id, provider, service, consumer, purpose, state, valid_from, valid_until, head, events";

/// The consent with this name.
///
/// # Errors
/// The database failed.
pub fn find(transaction: &Transaction<'_>, id: &ConsentId) -> Result<Option<ConsentRecord>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM consent WHERE consent = ?1");
    let mut query = transaction.prepare_cached(&sql)?;
    let found = query.query_row([id.as_bytes()], Columns::read).optional()?;
    found.map(Columns::into_record).transpose()
}

/// All consents of a person for a flow, oldest first.
///
/// # Errors
/// The database failed.
pub fn of_flow(
    transaction: &Transaction<'_>,
    person: &BaseId,
    flow: &Flow,
) -> Result<Vec<ConsentRecord>, Failure> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consent
         WHERE base_id = ?1 AND provider = ?2 AND service = ?3 AND consumer = ?4 AND purpose = ?5 ORDER BY opened"
    );
    let mut query = transaction.prepare_cached(&sql)?;
    let (provider, consumer) = (flow.provider.to_path(), flow.consumer.to_path());
    let key = params![person.as_bytes(), provider, flow.service, consumer, flow.purpose.as_str()];
    query.query_map(key, Columns::read)?.map(|row| row?.into_record()).collect()
}

/// All consents of a person, newest first.
///
/// # Errors
/// The database failed.
pub fn of_person(transaction: &Transaction<'_>, person: &BaseId) -> Result<Vec<ConsentRecord>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM consent WHERE base_id = ?1 ORDER BY opened DESC");
    let mut query = transaction.prepare_cached(&sql)?;
    query.query_map([person.as_bytes()], Columns::read)?.map(|row| row?.into_record()).collect()
}

/// All consents in which a subsystem is provider or consumer, oldest first.
///
/// # Errors
/// The database failed.
pub fn of_subsystem(transaction: &Transaction<'_>, client: &ClientId) -> Result<Vec<ConsentRecord>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM consent WHERE provider = ?1 OR consumer = ?1 ORDER BY opened");
    let mut query = transaction.prepare_cached(&sql)?;
    query.query_map([client.to_path()], Columns::read)?.map(|row| row?.into_record()).collect()
}

/// Writes a consent after its newest event, and the event.
///
/// # Errors
/// The database failed or refused: names, event positions and hashes are unique, ended consents do not change.
pub fn append(
    transaction: &Transaction<'_>,
    record: &ConsentRecord,
    event: &VerifiedEvent,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let (flow, events) = (&record.flow, stored_count(record.events)?);
    if record.events == 1 {
        let sql =
            format!("INSERT INTO consent ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
        transaction.prepare_cached(&sql)?.execute(params![
            record.id.as_bytes(),
            record.subject.as_bytes(),
            flow.provider.to_path(),
            flow.service,
            flow.consumer.to_path(),
            flow.purpose.as_str(),
            state_text(record.state),
            record.valid_from.map(millis),
            record.valid_until.map(millis),
            record.head.as_bytes(),
            events,
        ])?;
    } else {
        transaction
            .prepare_cached("UPDATE consent SET state = ?2, head = ?3, events = ?4 WHERE consent = ?1")?
            .execute(params![
                record.id.as_bytes(),
                state_text(record.state),
                record.head.as_bytes(),
                events
            ])?;
    }
    transaction
        .prepare_cached(
            "INSERT INTO consent_event (consent, position, canonical, signature, hash, recorded_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            record.id.as_bytes(),
            stored_count(event.event().index)?,
            event.canonical(),
            event.signature().as_bytes(),
            event.hash().as_bytes(),
            millis(now),
        ])?;
    Ok(())
}

/// The events of a consent in order, as they were signed.
///
/// # Errors
/// The database failed.
pub fn events(transaction: &Transaction<'_>, id: &ConsentId) -> Result<Vec<RecordedEvent>, Failure> {
    let mut query = transaction.prepare_cached(
        "SELECT canonical, signature, recorded_at FROM consent_event WHERE consent = ?1 ORDER BY position",
    )?;
    let rows = query.query_map([id.as_bytes()], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?))
    })?;
    rows.map(|row| {
        let (canonical, signature, recorded_at) = row?;
        let event = serde_json::from_slice(&canonical).map_err(|_| Failure::Unreadable("consent event"))?;
        let signature =
            DeviceSignature::from_slice(&signature).map_err(|_| Failure::Unreadable("signature"))?;
        Ok(RecordedEvent { recorded_at: instant(recorded_at)?, signed: SignedEvent { event, signature } })
    })
    .collect()
}

/// One row of `consent`, as SQLite gives it.
struct Columns {
    id: [u8; 16],
    person: [u8; 16],
    provider: String,
    service: String,
    consumer: String,
    purpose: String,
    state: String,
    valid_from: Option<i64>,
    valid_until: Option<i64>,
    head: [u8; 32],
    events: i64,
}

impl Columns {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            person: row.get(1)?,
            provider: row.get(2)?,
            service: row.get(3)?,
            consumer: row.get(4)?,
            purpose: row.get(5)?,
            state: row.get(6)?,
            valid_from: row.get(7)?,
            valid_until: row.get(8)?,
            head: row.get(9)?,
            events: row.get(10)?,
        })
    }

    fn into_record(self) -> Result<ConsentRecord, Failure> {
        Ok(ConsentRecord {
            id: ConsentId::from_bytes(self.id),
            subject: BaseId::from_bytes(self.person),
            flow: Flow {
                provider: subsystem(&self.provider)?,
                service: self.service,
                consumer: subsystem(&self.consumer)?,
                purpose: PurposeId::new(&self.purpose).map_err(|_| Failure::Unreadable("purpose"))?,
            },
            state: state(&self.state)?,
            valid_from: self.valid_from.map(instant).transpose()?,
            valid_until: self.valid_until.map(instant).transpose()?,
            head: EventHash::from_bytes(self.head),
            events: count(self.events)?,
        })
    }
}

fn state_text(state: State) -> &'static str {
    match state {
        State::Active => "active",
        State::Refused => "refused",
        State::Withdrawn => "withdrawn",
    }
}

fn state(text: &str) -> Result<State, Failure> {
    match text {
        "active" => Ok(State::Active),
        "refused" => Ok(State::Refused),
        "withdrawn" => Ok(State::Withdrawn),
        _ => Err(Failure::Unreadable("state")),
    }
}
