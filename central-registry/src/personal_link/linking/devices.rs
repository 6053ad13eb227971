//! Device keys and the requests they sign.

use consent::device_key::DevicePublicKey;
use consent::opaque::KeyId;
use identifiers::BaseId;
use registry_api::problem::Code;
use registry_api::request_signature::VerifiedRequest;
use rusqlite::{OptionalExtension, Transaction, params};
use time::OffsetDateTime;

use crate::personal_link::failure::Failure;
use crate::personal_link::stored::millis;

/// A key and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The person.
    pub person: BaseId,
    /// The key.
    pub key: DevicePublicKey,
}

/// The device with this key name.
///
/// # Errors
/// The database failed.
pub fn find(transaction: &Transaction<'_>, key: &KeyId) -> Result<Option<Device>, Failure> {
    let found: Option<([u8; 16], Vec<u8>)> = transaction
        .prepare_cached("SELECT base_id, point FROM device_key WHERE key_id = ?1")?
        .query_row([key.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((person, point)) = found else { return Ok(None) };
    let key = DevicePublicKey::from_point(&point).map_err(|_| Failure::Unreadable("device key"))?;
    Ok(Some(Device { person: BaseId::from_bytes(person), key }))
}

/// Enrols a key whose holder has signed the request. A key that is enrolled already keeps its person; `fresh` is the
/// Base-ID of a new one.
///
/// # Errors
/// The database failed.
pub fn enrol(
    transaction: &Transaction<'_>,
    key: &DevicePublicKey,
    fresh: BaseId,
    now: OffsetDateTime,
) -> Result<BaseId, Failure> {
    transaction.execute(
        "INSERT INTO device_key (key_id, base_id, point, enrolled_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![key.id().as_bytes(), fresh.as_bytes(), key.point(), millis(now)],
    )?;
    let device = find(transaction, &key.id())?.ok_or(Failure::Unreadable("device key"))?;
    Ok(device.person)
}

/// Uses up a request's nonce.
///
/// # Errors
/// [`Code::Replayed`] when the same key used it before.
pub fn use_nonce(
    transaction: &Transaction<'_>,
    request: &VerifiedRequest,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    transaction.prepare_cached("DELETE FROM used_nonce WHERE until < ?1")?.execute([millis(now)])?;
    let used = transaction
        .prepare_cached(
            "INSERT INTO used_nonce (key_id, nonce, until) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            request.key().as_bytes(),
            request.nonce().as_bytes(),
            millis(request.replay_until())
        ])?;
    if used == 1 { Ok(()) } else { Err(Code::Replayed.into()) }
}
