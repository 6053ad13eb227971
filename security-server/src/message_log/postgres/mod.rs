//! The journal in a PostgreSQL database, which several security servers of one organisation may share.
//!
//! * [`address`]: the line of the configuration that chooses it
//! * [`connection`]: connecting, with TLS or without
//! * [`schema`]: tables, version by version
//! * [`writer`]: one statement for a group of records; [`rows`]: what is in it; [`reader`]: questions
//!
//! What is shared: a record has its number from a sequence, so numbers are unique but not without gaps, and each
//! process writes through a connection of its own. One process stamps at a time, by an advisory lock that goes with
//! its connection; should two do it nevertheless (a connection broke during the stamping), a record keeps the first
//! timestamp that is written.

mod address;
mod connection;
mod reader;
mod rows;
mod schema;
mod writer;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use protocol::Sha512;
use time::OffsetDateTime;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::Client;

pub(super) use self::address::Address;
use self::connection::{Connector, answered};
use self::writer::PostgresWriter;
use super::config::MessageLogConfig;
use super::store::{
    Filter, Opening, Patience, StampingTurn, Store, StoreError, StoreWriter, Stored, Summary, Work,
};

/// Readers at once; more wait.
const READERS: usize = 8;
/// Reading connections that stay open.
const IDLE_READERS: usize = 2;
/// Key of the advisory lock of who stamps.
const STAMPING_LOCK: i64 = 0x0073_6573_7461_6d70;
/// Pause between two looks whether another process still stamps, and how many there are.
const STAMPING_PAUSE: Duration = Duration::from_millis(200);
const STAMPING_LOOKS: u32 = 300;

/// The journal in a database.
pub(super) struct PostgresStore {
    connector: Connector,
    idle: Mutex<Vec<Client>>,
    room: Semaphore,
    #[cfg(test)]
    fault: std::sync::Arc<super::fault::FaultPoint>,
}

/// A reading connection, lent.
struct Lent<'a> {
    client: Client,
    store: &'a PostgresStore,
    _place: SemaphorePermit<'a>,
}

impl PostgresStore {
    /// The database that the configuration names.
    pub(super) fn new(url: &str, config: &MessageLogConfig) -> Result<Self, StoreError> {
        Ok(Self {
            connector: Connector::new(url, config)?,
            idle: Mutex::default(),
            room: Semaphore::new(READERS),
            #[cfg(test)]
            fault: std::sync::Arc::new(super::fault::FaultPoint::from_environment()),
        })
    }

    async fn reader(&self) -> Result<Lent<'_>, StoreError> {
        let place = self.room.acquire().await;
        let place = place.map_err(|_| StoreError::Postgres("the journal is closed".to_owned()))?;
        let rested = || self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        while let Some(client) = rested() {
            if !client.is_closed() {
                return Ok(Lent { client, store: self, _place: place });
            }
        }
        let (client, _) = self.connector.connect().await?;
        Ok(Lent { client, store: self, _place: place })
    }
}

impl Lent<'_> {
    /// For the next reader. Without this the connection is closed, as after an error.
    fn give_back(self) {
        let mut idle = self.store.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS {
            idle.push(self.client);
        }
    }
}

/// Asks with a reading connection; it is kept when there was an answer.
macro_rules! read {
    ($store:expr, $question:path $(, $argument:expr)*) => {
        Box::pin(async move {
            let lent = $store.reader().await?;
            let found = answered($question(&lent.client $(, $argument)*)).await?;
            lent.give_back();
            Ok(found)
        })
    };
}

impl Store for PostgresStore {
    fn is_remote(&self) -> bool {
        true
    }

    fn open_writer(&self, opening: Opening) -> Work<'_, Box<dyn StoreWriter>> {
        Box::pin(async move {
            let writer = PostgresWriter::open(&self.connector, opening).await?;
            #[cfg(test)]
            let writer = writer.failing_at(std::sync::Arc::clone(&self.fault));
            Ok(Box::new(writer) as Box<dyn StoreWriter>)
        })
    }

    fn stamping_turn(&self, patience: Patience) -> Work<'_, Option<StampingTurn>> {
        Box::pin(async move {
            let (client, _) = self.connector.connect().await?;
            for _ in 0..STAMPING_LOOKS {
                if answered(reader::try_lock(&client, STAMPING_LOCK)).await? {
                    // The lock is the connection's; it ends with it.
                    return Ok(Some(Box::new(client) as StampingTurn));
                }
                if patience == Patience::None {
                    return Ok(None);
                }
                tokio::time::sleep(STAMPING_PAUSE).await;
            }
            Ok(None)
        })
    }

    fn waiting(&self, limit: usize) -> Work<'_, Vec<(i64, Sha512)>> {
        read!(self, reader::waiting, limit)
    }

    fn waiting_among(&self, records: Vec<i64>) -> Work<'_, Vec<(i64, Sha512)>> {
        read!(self, reader::waiting_among, &records)
    }

    fn oldest_waiting(&self) -> Work<'_, Option<OffsetDateTime>> {
        read!(self, reader::oldest_waiting)
    }

    fn find(&self, filter: Filter) -> Work<'_, Vec<Summary>> {
        read!(self, reader::find, &filter)
    }

    fn read(&self, record: i64) -> Work<'_, Option<Stored>> {
        read!(self, reader::read, record)
    }
}

#[cfg(test)]
mod tests;
