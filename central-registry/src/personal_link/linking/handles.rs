//! Link handles and exchange handles.

use identifiers::{BaseId, ClientId, ExchangeHandle, LinkHandle};
use registry_api::citizen::Link;
use registry_api::problem::Code;
use rusqlite::{OptionalExtension, Transaction, params};
use time::OffsetDateTime;

use crate::personal_link::failure::Failure;
use crate::personal_link::stored::{instant, millis, subsystem as read_subsystem};

/// The handles of one person for one pair of subsystems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairHandles {
    /// The person for the pair.
    pub exchange: ExchangeHandle,
    /// The person at the provider.
    pub provider_link: LinkHandle,
    /// The person at the consumer.
    pub consumer_link: LinkHandle,
}

/// The person's link with a subsystem.
///
/// # Errors
/// The database failed.
pub fn link_of(
    transaction: &Transaction<'_>,
    person: &BaseId,
    subsystem: &ClientId,
) -> Result<Option<LinkHandle>, Failure> {
    let found: Option<[u8; 16]> = transaction
        .prepare_cached("SELECT link FROM link WHERE base_id = ?1 AND subsystem = ?2")?
        .query_row(params![person.as_bytes(), subsystem.to_path()], |row| row.get(0))
        .optional()?;
    Ok(found.map(LinkHandle::from_bytes))
}

/// Makes a link.
///
/// # Errors
/// The database failed, or there is one already.
pub fn make_link(
    transaction: &Transaction<'_>,
    person: &BaseId,
    subsystem: &ClientId,
    fresh: LinkHandle,
    now: OffsetDateTime,
) -> Result<LinkHandle, Failure> {
    transaction.execute(
        "INSERT INTO link (link, base_id, subsystem, linked_at) VALUES (?1, ?2, ?3, ?4)",
        params![fresh.as_bytes(), person.as_bytes(), subsystem.to_path(), millis(now)],
    )?;
    Ok(fresh)
}

/// The person's links, in the order in which they were made.
///
/// # Errors
/// The database failed.
pub fn links_of(transaction: &Transaction<'_>, person: &BaseId) -> Result<Vec<Link>, Failure> {
    let mut query = transaction.prepare_cached(
        "SELECT subsystem, linked_at FROM link WHERE base_id = ?1 ORDER BY linked_at, subsystem",
    )?;
    let rows = query.query_map([person.as_bytes()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (subsystem, linked_at) = row?;
        Ok(Link { subsystem: read_subsystem(&subsystem)?, linked_at: instant(linked_at)? })
    })
    .collect()
}

/// The handles for a pair of subsystems, both of which the person must have linked. The exchange handle is made with
/// the first consent between the two; `fresh` is what it then becomes.
///
/// # Errors
/// [`Code::NotLinked`].
pub fn make_pair(
    transaction: &Transaction<'_>,
    person: &BaseId,
    provider: &ClientId,
    consumer: &ClientId,
    fresh: ExchangeHandle,
) -> Result<PairHandles, Failure> {
    if let Some(pair) = find_pair(transaction, person, provider, consumer)? {
        return Ok(pair);
    }
    let provider_link = link_of(transaction, person, provider)?.ok_or(Code::NotLinked)?;
    let consumer_link = link_of(transaction, person, consumer)?.ok_or(Code::NotLinked)?;
    transaction.execute(
        "INSERT INTO exchange_pair (exchange, base_id, consumer, provider) VALUES (?1, ?2, ?3, ?4)",
        params![fresh.as_bytes(), person.as_bytes(), consumer.to_path(), provider.to_path()],
    )?;
    Ok(PairHandles { exchange: fresh, provider_link, consumer_link })
}

/// The handles for a pair of subsystems, if there has been a consent between the two.
///
/// # Errors
/// The database failed.
pub fn find_pair(
    transaction: &Transaction<'_>,
    person: &BaseId,
    provider: &ClientId,
    consumer: &ClientId,
) -> Result<Option<PairHandles>, Failure> {
    let mut query = transaction.prepare_cached(
        "SELECT pair.exchange, provider.link, consumer.link FROM exchange_pair AS pair
         JOIN link AS provider ON provider.base_id = pair.base_id AND provider.subsystem = pair.provider
         JOIN link AS consumer ON consumer.base_id = pair.base_id AND consumer.subsystem = pair.consumer
         WHERE pair.base_id = ?1 AND pair.provider = ?2 AND pair.consumer = ?3",
    )?;
    let key = params![person.as_bytes(), provider.to_path(), consumer.to_path()];
    let found = query.query_row(key, |row| {
        Ok(PairHandles {
            exchange: ExchangeHandle::from_bytes(row.get(0)?),
            provider_link: LinkHandle::from_bytes(row.get(1)?),
            consumer_link: LinkHandle::from_bytes(row.get(2)?),
        })
    });
    Ok(found.optional()?)
}
