//! Link tokens: made for the person, redeemed once by a member's security server.
//!
//! The registry keeps the SHA-256 of a token only. A token that was used stays in the table until its time is over, so
//! that the server that used it can fetch a lost answer, and nobody else can use it again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use consent::opaque::sha256;
use identifiers::{BaseId, ClientId, LinkHandle, ServerId};
use registry_api::citizen::LinkToken;
use registry_api::node::Redeem;
use registry_api::problem::Code;
use rusqlite::{OptionalExtension, Transaction, params};
use time::OffsetDateTime;

use super::handles::{link_of, make_link};
use crate::personal_link::failure::Failure;
use crate::personal_link::stored::millis;

/// Most tokens of one person at a time.
const MAX_TOKENS: i64 = 20;

/// Makes a token from fresh random bytes.
///
/// # Errors
/// [`Code::TooMany`].
pub fn issue(
    transaction: &Transaction<'_>,
    person: &BaseId,
    subsystem: &ClientId,
    fresh: [u8; 32],
    times: (OffsetDateTime, OffsetDateTime),
) -> Result<LinkToken, Failure> {
    let (now, expires_at) = times;
    transaction.execute("DELETE FROM link_token WHERE expires_at < ?1", [millis(now)])?;
    let present: i64 = transaction.query_row(
        "SELECT count(*) FROM link_token WHERE base_id = ?1",
        [person.as_bytes()],
        |row| row.get(0),
    )?;
    if present >= MAX_TOKENS {
        return Err(Code::TooMany.into());
    }
    let token = URL_SAFE_NO_PAD.encode(fresh);
    transaction.execute(
        "INSERT INTO link_token (token_hash, base_id, subsystem, expires_at) VALUES (?1, ?2, ?3, ?4)",
        params![sha256(token.as_bytes()), person.as_bytes(), subsystem.to_path(), millis(expires_at)],
    )?;
    Ok(LinkToken { token, expires_at })
}

/// A token as it is kept.
struct Kept {
    person: BaseId,
    subsystem: String,
    expires_at: i64,
    server: Option<String>,
    attempt: Option<[u8; 16]>,
}

/// Redeems a token for a server at which the subsystem is registered (the caller has checked that). `fresh` is the
/// handle of a new link; an existing link keeps its own.
///
/// # Errors
/// [`Code::TokenRefused`], [`Code::OtherPerson`].
pub fn redeem(
    transaction: &Transaction<'_>,
    server: &ServerId,
    redeem: &Redeem,
    fresh: LinkHandle,
    now: OffsetDateTime,
) -> Result<LinkHandle, Failure> {
    let token_hash = sha256(redeem.token.as_bytes());
    let kept = find(transaction, &token_hash)?.ok_or(Code::TokenRefused)?;
    if kept.subsystem != redeem.subsystem.to_path() || kept.expires_at <= millis(now) {
        return Err(Code::TokenRefused.into());
    }
    let linked = link_of(transaction, &kept.person, &redeem.subsystem)?;
    let server = server.to_path();
    let attempt = redeem.attempt.as_bytes();
    if let Some(used_by) = kept.server {
        // Used before: only the same server's same attempt gets its answer again.
        let same = used_by == server && kept.attempt.as_ref() == Some(attempt);
        return linked.filter(|_| same).ok_or_else(|| Code::TokenRefused.into());
    }
    if redeem.expected.is_some_and(|expected| linked != Some(expected)) {
        return Err(Code::OtherPerson.into());
    }
    transaction.execute(
        "UPDATE link_token SET server = ?2, attempt = ?3 WHERE token_hash = ?1",
        params![token_hash, server, attempt],
    )?;
    match linked {
        Some(link) => Ok(link),
        None => make_link(transaction, &kept.person, &redeem.subsystem, fresh, now),
    }
}

fn find(transaction: &Transaction<'_>, token_hash: &[u8; 32]) -> Result<Option<Kept>, Failure> {
    let found = transaction
        .query_row(
            "SELECT base_id, subsystem, expires_at, server, attempt FROM link_token WHERE token_hash = ?1",
            [token_hash],
            |row| {
                Ok(Kept {
                    person: BaseId::from_bytes(row.get(0)?),
                    subsystem: row.get(1)?,
                    expires_at: row.get(2)?,
                    server: row.get(3)?,
                    attempt: row.get(4)?,
                })
            },
        )
        .optional()?;
    Ok(found)
}
