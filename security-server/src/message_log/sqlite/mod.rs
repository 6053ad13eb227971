//! The journal in an SQLite file: one connection writes, each reader opens one of its own and never waits for it.

mod reader;
mod schema;
mod writer;

use std::path::{Path, PathBuf};

use protocol::Sha512;
use time::OffsetDateTime;

use self::reader::Reader;
use self::writer::SqliteWriter;
use super::store::{
    Filter, Opening, Patience, StampingTurn, Store, StoreError, StoreWriter, Stored, Summary, Work,
};

/// Name of the database in the journal's folder.
pub(super) const DATABASE: &str = "messages.sqlite";
/// Newest records that are unpacked when the journal is opened.
const CHECKED_AT_START: u32 = 100;

/// The journal in a folder of this machine.
pub(super) struct SqliteStore {
    folder: PathBuf,
    #[cfg(test)]
    fault: std::sync::Arc<super::fault::FaultPoint>,
}

impl SqliteStore {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            #[cfg(test)]
            fault: std::sync::Arc::new(super::fault::FaultPoint::from_environment()),
        }
    }

    /// At the start makes sure that what an abrupt end can have left is sound.
    fn writer(&self, opening: Opening) -> Result<SqliteWriter, StoreError> {
        if opening == Opening::First {
            std::fs::create_dir_all(&self.folder)?;
        }
        let writer = SqliteWriter::open(&self.folder, opening)?;
        if opening == Opening::First {
            writer.check_consistency()?;
            Reader::open(&self.folder)?.check_newest(CHECKED_AT_START)?;
        }
        #[cfg(test)]
        let writer = writer.failing_at(std::sync::Arc::clone(&self.fault));
        Ok(writer)
    }

    /// Runs a closure with a reading connection on a thread where it may block.
    fn read_with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Work<'static, T> {
        let folder = self.folder.clone();
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || work(&Reader::open(&folder)?)).await;
            done.unwrap_or_else(|error| Err(StoreError::Io(error.into())))
        })
    }
}

impl Store for SqliteStore {
    fn is_remote(&self) -> bool {
        false
    }

    fn open_writer(&self, opening: Opening) -> Work<'_, Box<dyn StoreWriter>> {
        let opened = self.writer(opening).map(|writer| Box::new(writer) as Box<dyn StoreWriter>);
        Box::pin(std::future::ready(opened))
    }

    /// The file has one process.
    fn stamping_turn(&self, _: Patience) -> Work<'_, Option<StampingTurn>> {
        Box::pin(std::future::ready(Ok(Some(Box::new(()) as StampingTurn))))
    }

    fn waiting(&self, limit: usize) -> Work<'_, Vec<(i64, Sha512)>> {
        self.read_with(move |reader| reader.waiting(limit))
    }

    fn waiting_among(&self, records: Vec<i64>) -> Work<'_, Vec<(i64, Sha512)>> {
        self.read_with(move |reader| reader.waiting_among(&records))
    }

    fn oldest_waiting(&self) -> Work<'_, Option<OffsetDateTime>> {
        self.read_with(Reader::oldest_waiting)
    }

    fn find(&self, filter: Filter) -> Work<'_, Vec<Summary>> {
        self.read_with(move |reader| reader.find(&filter))
    }

    fn read(&self, record: i64) -> Work<'_, Option<Stored>> {
        self.read_with(move |reader| reader.read(record))
    }
}

#[cfg(test)]
mod tests;
