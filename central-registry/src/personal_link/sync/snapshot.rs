//! All rows that a security server may see, from the database.

use std::collections::BTreeSet;

use consent::row::Row;
use identifiers::ClientId;
use rusqlite::Transaction;

use crate::personal_link::consent::store;
use crate::personal_link::consent::view::{Present, Sides, by_key};
use crate::personal_link::failure::Failure;
use crate::personal_link::linking::handles;

/// The rows for a server that hosts these subsystems.
///
/// # Errors
/// The database failed.
pub fn rows(transaction: &Transaction<'_>, hosted: &BTreeSet<ClientId>) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for subsystem in hosted {
        for consents in by_key(store::of_subsystem(transaction, subsystem)?) {
            let Some(first) = consents.first() else { continue };
            let (person, flow) = (first.subject, &first.flow);
            let sides = Sides::of(flow, hosted);
            // A flow inside one server is found under both of its subsystems; it counts under the provider.
            if sides.provider && flow.provider != *subsystem {
                continue;
            }
            let pair = handles::find_pair(transaction, &person, &flow.provider, &flow.consumer)?;
            let handles = pair.ok_or(Failure::Unreadable("consent without links"))?;
            rows.extend(Present::of(&consents, handles).and_then(|present| present.row(sides)));
        }
    }
    Ok(rows)
}
