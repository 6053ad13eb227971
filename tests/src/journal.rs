//! The message journal of a security server, read beside the running program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use rusqlite::{Connection, OpenFlags};
use testkit::database::Database;

/// One record: `(side, direction)` as `security_server::message_log` numbers them.
pub type Place = (u8, u8);

/// Every record, by message id.
pub type Places = BTreeMap<String, BTreeSet<Place>>;

/// Request and response as the consumer's server records them.
pub const CONSUMER: [Place; 2] = [(0, 0), (0, 1)];

/// Request and response as the provider's server records them.
pub const PROVIDER: [Place; 2] = [(1, 0), (1, 1)];

/// A journal.
pub struct Journal {
    connection: Connection,
}

impl Journal {
    /// Opens the journal of the server with this folder, without the right to write.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn of(server: &Path) -> Result<Self> {
        let file = server.join("state/message-log/messages.sqlite");
        let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .with_context(|| file.display().to_string())?;
        connection.busy_timeout(std::time::Duration::from_secs(30))?;
        Ok(Self { connection })
    }

    /// Every record, by message id.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn places(&self) -> Result<Places> {
        let mut found = Places::new();
        let mut statement = self.connection.prepare("SELECT query_id, side, direction FROM record")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            found.entry(row.get(0)?).or_default().insert((row.get(1)?, row.get(2)?));
        }
        Ok(found)
    }

    /// How many records a message has.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn count(&self, query_id: &str) -> Result<u32> {
        let sql = "SELECT count(*) FROM record WHERE query_id = ?1";
        Ok(self.connection.query_row(sql, [query_id], |row| row.get(0))?)
    }
}

/// Every record of a journal on PostgreSQL, by message id.
///
/// # Errors
/// It cannot be read.
pub async fn places_in(database: &Database) -> Result<Places> {
    let mut found = Places::new();
    let select = "SELECT query_id, side, direction FROM message_log.record";
    for row in database.connect().await?.query(select, &[]).await? {
        let place = (u8::try_from(row.get::<_, i16>(1))?, u8::try_from(row.get::<_, i16>(2))?);
        found.entry(row.get(0)).or_default().insert(place);
    }
    Ok(found)
}
